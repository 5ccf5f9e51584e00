package inspect_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/problem"
	"botkube-plugins/internal/testplugin"
	"botkube-plugins/tools/indexgen/internal/inspect"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// file is an entry of an archive.
type file struct {
	name string
	data []byte
}

// link marks an entry as a symbolic link.
const link = "-> "

var (
	amd64 = testplugin.Executable("linux", "amd64", 300_000)
	arm64 = testplugin.Executable("linux", "arm64", 300_000)
)

func tarball(t *testing.T, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		hdr := &tar.Header{Name: f.name, Size: int64(len(f.data)), Mode: 0o755, Typeflag: tar.TypeReg}
		switch {
		case strings.HasSuffix(f.name, "/"):
			hdr.Typeflag = tar.TypeDir
		case strings.HasPrefix(string(f.data[:min(len(f.data), len(link))]), link):
			hdr.Typeflag, hdr.Linkname, hdr.Size, f.data = tar.TypeSymlink, string(f.data[len(link):]), 0, nil
		}
		check(t, w.WriteHeader(hdr))
		_, err := w.Write(f.data)
		check(t, err)
	}
	check(t, w.Close())
	return b.Bytes()
}

func zipped(t *testing.T, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		entry, err := w.Create(f.name)
		check(t, err)
		_, err = entry.Write(f.data)
		check(t, err)
	}
	check(t, w.Close())
	return b.Bytes()
}

func gz(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	return compressed(t, data, w, &b)
}

func compressed(t *testing.T, data []byte, w io.WriteCloser, b *bytes.Buffer) []byte {
	t.Helper()
	_, err := w.Write(data)
	check(t, err)
	check(t, w.Close())
	return b.Bytes()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const plugin = "source_ticker_linux_amd64"

// run inspects data as an artifact with the given name.
func run(t *testing.T, name string, data []byte, opts inspect.Options) inspect.Result {
	t.Helper()
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	a, ok, err := artifact.Parse(name)
	if !ok {
		t.Fatalf("%s is not an artifact's name: %v", name, err)
	}
	var read int
	opts.OnRead = func(n int) { read += n }
	got, err := inspect.Artifact(t.Context(), dir, a, opts)
	check(t, err)
	if a.Archive != ".zip" && read != len(data) {
		t.Errorf("%d bytes were read, want each of the %d once", read, len(data))
	}
	return got
}

func TestBinaryForAnotherPlatform(t *testing.T) {
	universal := []byte("\xca\xfe\xba\xbe\x00\x00\x00\x02" +
		"\x01\x00\x00\x07" + strings.Repeat("\x00", 16) + "\x01\x00\x00\x0c" + strings.Repeat("\x00", 16))
	object := bytes.Clone(amd64)
	object[16] = 1
	freebsd := bytes.Clone(amd64)
	freebsd[7] = 9
	tests := []struct {
		name, data string
		found      string // empty if the file is right
	}{
		{"source_x_linux_amd64", string(amd64), ""},
		{"source_x_linux_arm64", string(arm64), ""},
		{"source_x_freebsd_amd64", string(freebsd), ""},
		{"source_x_darwin_amd64", string(universal), ""},
		{"source_x_darwin_arm64", string(universal), ""},
		{"source_x_darwin_arm64", string(testplugin.Executable("darwin", "arm64", 0)), ""},
		{"source_x_windows_amd64.exe", string(testplugin.Executable("windows", "amd64", 0)), ""},
		{"source_x_linux_amd64", string(arm64), "an ELF executable for linux/arm64"},
		{"source_x_linux_amd64", string(freebsd), "an ELF executable for freebsd/amd64"},
		{"source_x_darwin_amd64", string(amd64), "an ELF executable for linux/amd64"},
		{"source_x_linux_amd64", string(testplugin.Executable("darwin", "amd64", 0)), "a Mach-O executable for darwin/amd64"},
		{"source_x_linux_amd64", string(testplugin.Executable("windows", "amd64", 0)), "a PE executable for windows/amd64"},
		{"source_x_linux_amd64", string(object), "an ELF file of type ET_REL"},
		{"source_x_linux_amd64", "", "an empty file"},
		{"source_x_linux_amd64", "\x7fELF", "a truncated ELF file"},
		{"source_x_windows_amd64", "MZ", "a truncated DOS file"},
		{"source_x_windows_amd64", "MZ" + strings.Repeat("\xff", 100), "a DOS file without a PE header"},
		{"source_x_linux_amd64", "#!/bin/sh\nexec python3", `a script ("#!/bin/sh")`},
		{"source_x_linux_amd64", "<!DOCTYPE html><html>", `a file that begins with "<!DOCTYPE html><"`},
		{"source_x_js_wasm", "\x00asm\x01\x00\x00\x00", `a file that begins with "\x00asm\x01\x00\x00\x00"`},
	}
	for _, test := range tests {
		got := run(t, test.name, []byte(test.data), inspect.Options{})
		a, _, _ := artifact.Parse(test.name)
		var want problem.List
		if test.found != "" {
			want = problem.List{{Where: test.name, Found: test.found, Want: "an executable for " + a.Platform.String()}}
		}
		if diff := cmp.Diff(want, got.Problems); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}

// Binaries of Go's own cross compiler confirm that the headers above are realistic.
func TestBinariesOfGo(t *testing.T) {
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\nfunc main() {}\n"), 0o600))
	for _, platform := range []string{"darwin/arm64", "windows/arm64", "linux/s390x", "freebsd/amd64"} {
		goos, goarch, _ := strings.Cut(platform, "/")
		name := "source_x_" + goos + "_" + goarch
		cmd := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(dir, name), "main.go")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", platform, err, out)
		}
		a, _, _ := artifact.Parse(name)
		got, err := inspect.Artifact(t.Context(), dir, a, inspect.Options{})
		check(t, err)
		if len(got.Problems) > 0 {
			t.Errorf("%s: %v", platform, got.Problems)
		}
	}
}

func TestArchiveProblems(t *testing.T) {
	complete := gz(t, tarball(t, file{plugin, amd64}))
	const want = "an executable for linux/amd64"
	tests := map[string]struct {
		archive     []byte
		found, want string
	}{
		"license next to the plugin": {
			gz(t, tarball(t, file{"LICENSE", []byte("MIT License\n\nCopyright")}, file{plugin, amd64})),
			`LICENSE, a file that begins with "MIT License\n\nCop", which Botkube starts`, want,
		},
		"another binary first in name order": {
			gz(t, tarball(t, file{plugin, amd64}, file{"a-helper", testplugin.Executable("linux", "amd64", 1000)})),
			"a-helper, which Botkube starts, with other bytes than " + plugin, "the same bytes",
		},
		"older binary": {
			gz(t, tarball(t, file{plugin, append(bytes.Clone(amd64), 0)})),
			plugin + ", which Botkube starts, with other bytes than " + plugin, "the same bytes",
		},
		"shorter binary": {
			gz(t, tarball(t, file{plugin, amd64[:len(amd64)-1]})),
			plugin + ", which Botkube starts, with other bytes than " + plugin, "the same bytes",
		},
		"binary for another platform": {
			gz(t, tarball(t, file{plugin, arm64})),
			plugin + ", an ELF executable for linux/arm64, which Botkube starts", want,
		},
		"link to the binary": {
			gz(t, tarball(t, file{plugin, []byte(link + "/usr/bin/ticker")})),
			plugin + ", a link that go-getter does not create, which Botkube starts", want,
		},
		"later entry of the same name": {
			gz(t, tarball(t, file{plugin, amd64}, file{"./" + plugin, []byte("#!/bin/sh\n")})),
			plugin + `, a script ("#!/bin/sh"), which Botkube starts`, want,
		},
		"plugin in a directory": {
			gz(t, tarball(t, file{"bin/", nil}, file{"bin/" + plugin, amd64})),
			"an archive in which Botkube finds no plugin", "the plugin's binary at its top level",
		},
		"plugin with a dot in its name": {
			gz(t, tarball(t, file{"source_my.ticker_linux_amd64", amd64}, file{".hidden", amd64}, file{"README.md", nil})),
			"an archive in which Botkube finds no plugin", "the plugin's binary at its top level",
		},
		"path that leads out of the archive": {
			gz(t, tarball(t, file{"../" + plugin, amd64})),
			`"entry contains '..': ../` + plugin + `" when it is unpacked`, "a .tar.gz archive that go-getter can unpack",
		},
		"empty archive": {
			gz(t, tarball(t)), `"empty archive" when it is unpacked`, "a .tar.gz archive that go-getter can unpack",
		},
		"truncated archive": {
			complete[:len(complete)/2], `"unexpected EOF" when it is unpacked`, "a .tar.gz archive that go-getter can unpack",
		},
		"no archive": {
			amd64, `"gzip: invalid header" when it is unpacked`, "a .tar.gz archive that go-getter can unpack",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			binary := filepath.Join(t.TempDir(), plugin)
			check(t, os.WriteFile(binary, amd64, 0o600))
			got := run(t, plugin+".tar.gz", test.archive, inspect.Options{Binary: binary})
			for i := range got.Problems {
				got.Problems[i].Hint = "" // the same for every row
			}
			want := problem.List{{Where: plugin + ".tar.gz", Found: test.found, Want: test.want}}
			if diff := cmp.Diff(want, got.Problems); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if sum := sha256.Sum256(test.archive); got.SHA256 != hex.EncodeToString(sum[:]) {
				t.Errorf("checksum is %s, want that of the complete file, %x", got.SHA256, sum)
			}
		})
	}
}

func TestArchives(t *testing.T) {
	plain := tarball(t, file{"docs/", nil}, file{"README.md", []byte("# Ticker")}, file{plugin, amd64}, file{"z", nil})
	var xzBuf, zstdBuf bytes.Buffer
	xzWriter, err := xz.NewWriter(&xzBuf)
	check(t, err)
	zstdWriter, err := zstd.NewWriter(&zstdBuf)
	check(t, err)
	// Go cannot write bzip2. The archive contains a README.md and the first bytes of the plugin.
	bz2, err := os.ReadFile("testdata/plugin.tar.bz2")
	check(t, err)

	for suffix, data := range map[string][]byte{
		".tar":     plain,
		".tar.gz":  gz(t, plain),
		".tgz":     append(gz(t, plain), make([]byte, 1024)...), // data after the archive is hashed too
		".tar.bz2": bz2,
		".tbz2":    bz2,
		".tar.xz":  compressed(t, plain, xzWriter, &xzBuf),
		".txz":     xzBuf.Bytes(),
		".tar.zst": compressed(t, plain, zstdWriter, &zstdBuf),
		".tzst":    zstdBuf.Bytes(),
		".zip":     zipped(t, file{"docs/x", nil}, file{"README.md", []byte("# Ticker")}, file{plugin, amd64}, file{"z", nil}),
	} {
		t.Run(suffix, func(t *testing.T) {
			binary := amd64
			if strings.HasSuffix(suffix, "bz2") {
				binary = amd64[:1000]
			}
			dir := t.TempDir()
			opts := inspect.Options{Binary: filepath.Join(dir, "binary"), Unpack: filepath.Join(dir, "unpacked")}
			check(t, os.WriteFile(opts.Binary, binary, 0o600))
			got := run(t, plugin+suffix, data, opts)
			sum := sha256.Sum256(data)
			want := inspect.Result{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data))}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			unpacked, err := os.ReadFile(opts.Unpack)
			check(t, err)
			if !bytes.Equal(unpacked, binary) {
				t.Errorf("%d bytes unpacked, want the %d of the plugin", len(unpacked), len(binary))
			}
		})
	}
}

// An error of the disk must not be reported as a broken archive.
func TestFailures(t *testing.T) {
	dir := t.TempDir()
	name := plugin + ".tar.gz"
	check(t, os.WriteFile(filepath.Join(dir, name), gz(t, tarball(t, file{plugin, amd64})), 0o600))
	a, _, _ := artifact.Parse(name)

	if _, err := inspect.Artifact(t.Context(), dir, a, inspect.Options{Binary: filepath.Join(dir, "none")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing binary: error is %v, want %v", err, os.ErrNotExist)
	}
	if runtime.GOOS == "linux" { // macOS has no /dev/full
		if _, err := inspect.Artifact(t.Context(), dir, a, inspect.Options{Unpack: "/dev/full"}); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("full disk: error is %v, want one that says so", err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	cancel(interrupted)
	if _, err := inspect.Artifact(ctx, dir, a, inspect.Options{}); !errors.Is(err, interrupted) {
		t.Errorf("ended context: error is %v, want %v", err, interrupted)
	}
	a.File = "none"
	if _, err := inspect.Artifact(t.Context(), dir, a, inspect.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing artifact: error is %v, want %v", err, os.ErrNotExist)
	}
	check(t, os.Mkdir(filepath.Join(dir, "source_dir_linux_amd64"), 0o700))
	a.File = "source_dir_linux_amd64"
	if _, err := inspect.Artifact(t.Context(), dir, a, inspect.Options{}); err == nil {
		t.Error("directory: no error")
	}
}
