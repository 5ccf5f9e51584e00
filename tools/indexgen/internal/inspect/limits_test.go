package inspect_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/inspect"

	"github.com/google/go-cmp/cmp"
	"github.com/ulikunitz/xz"
)

// stream inspects an archive and returns the problems without their hints.
func stream(t *testing.T, data []byte, subject inspect.Subject, opts inspect.Options) problem.List {
	t.Helper()
	subject.Name = "it"
	r, err := inspect.Stream(t.Context(), bytes.NewReader(data), subject, opts)
	check(t, err)
	for i := range r.Problems {
		r.Problems[i].Hint = ""
	}
	return r.Problems
}

func ownLimit(n int64) string {
	return fmt.Sprintf("at most %d, the limit of indexgen; Botkube has none", n)
}

func TestLimitOfUnpackedSize(t *testing.T) {
	// Ten thousand empty files, whose headers alone are 5 MB.
	var many bytes.Buffer
	w := tar.NewWriter(&many)
	check(t, w.WriteHeader(&tar.Header{Name: "x.txt", Mode: 0o600}))
	check(t, w.Flush())
	headers := gz(t, bytes.Repeat(many.Bytes(), 10_000))
	for name, test := range map[string]struct {
		archive string
		data    []byte
		limit   int64
		refused bool
	}{
		"binary":           {".tar.gz", gz(t, tarball(t, file{plugin, amd64})), 299_999, true},
		"binary that fits": {".tar.gz", gz(t, tarball(t, file{plugin, amd64})), 310_000, false},
		"other files":      {".tar.gz", gz(t, tarball(t, file{"a.txt", make([]byte, 1e6)}, file{plugin, amd64})), 1e6, true},
		"headers":          {".tar.gz", headers, 1e6, true},
		"zip":              {".zip", zipped(t, file{"a.txt", make([]byte, 1e6)}, file{plugin, amd64}), 1e6, true},
		"zip that fits":    {".zip", zipped(t, file{"a.txt", make([]byte, 1e6)}, file{plugin, amd64}), 1_300_000, false},
	} {
		t.Run(name, func(t *testing.T) {
			var want problem.List
			if test.refused {
				want = problem.List{{
					Where: "it", Found: fmt.Sprintf("more than %d bytes when it is unpacked", test.limit), Want: ownLimit(test.limit),
				}}
			}
			got := stream(t, test.data, inspect.Subject{Platform: index.Platform{OS: "linux", Arch: "amd64"}, Archive: test.archive}, inspect.Options{MaxUnpacked: test.limit})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// xzWithDictionary compresses data and states a dictionary of 1 GiB.
func xzWithDictionary(t *testing.T, data []byte) []byte {
	t.Helper()
	packed := xzipped(t, data)
	header := packed[12:] // after the header of the stream
	size := 4 * (int(header[0]) + 1)
	at := bytes.Index(header[:size], []byte{0x21, 1})
	header[at+2] = 36
	binary.LittleEndian.PutUint32(header[size-4:], crc32.ChecksumIEEE(header[:size-4]))
	return packed
}

func xzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := xz.NewWriter(&b)
	check(t, err)
	return compressed(t, data, w, &b)
}

// zstdWithWindow returns a frame that holds data unpacked and states a window of 512 MiB.
func zstdWithWindow(data []byte) []byte {
	header := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 19 << 3}
	size := len(data)<<3 | 1 // of the last block
	return append(append(header, byte(size), byte(size>>8), byte(size>>16)), data...)
}

// zipDirectory returns a zip archive with the local part of another one, and its first entry n
// times.
func zipDirectory(archive []byte, n int) []byte {
	end := bytes.Clone(archive[len(archive)-22:])
	at := binary.LittleEndian.Uint32(end[16:])
	record := archive[at:][:46+int(binary.LittleEndian.Uint16(archive[at+28:]))]
	binary.LittleEndian.PutUint16(end[8:], uint16(n))
	binary.LittleEndian.PutUint16(end[10:], uint16(n))
	binary.LittleEndian.PutUint32(end[12:], uint32(n*len(record)))
	return slices.Concat(archive[:at], bytes.Repeat(record, n), end)
}

// emptyBlocks returns a zip archive with 1 MB of data that unpack to nothing.
func emptyBlocks(t *testing.T) []byte {
	t.Helper()
	data := append(bytes.Repeat([]byte{0, 0, 0, 0xff, 0xff}, 200_000), 1, 0, 0, 0xff, 0xff)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	entry, err := w.CreateRaw(&zip.FileHeader{Name: "a.txt", Method: zip.Deflate, CompressedSize64: uint64(len(data))})
	check(t, err)
	_, err = entry.Write(data)
	check(t, err)
	check(t, w.Close())
	return b.Bytes()
}

// numbered returns n empty files, with names of the length.
func numbered(n, length int) []file {
	files := make([]file, n)
	padding := strings.Repeat(strings.Repeat("x", 199)+"/", length/200)
	for i := range files {
		files[i].name = fmt.Sprintf("%s%0*d", padding, length-len(padding), i)
	}
	return files
}

// An archive that costs more than it should is refused before it costs that, in memory and in time.
func TestLimitsOfArchives(t *testing.T) {
	plain := tarball(t, file{"helm", []byte("#!/bin/sh")})
	long := tarball(t, file{"helm", amd64})
	var deep []file
	for i := range 100 {
		deep = append(deep, file{fmt.Sprintf("%d/%sx", i, strings.Repeat("d/", 505)), nil})
	}
	for name, test := range map[string]struct {
		archive  string
		data     []byte
		found    string
		limit    int64
		alloc    uint64 // the most bytes that it may allocate; 0 for any, because the race detector makes pools allocate
		unpacked int64  // MaxUnpacked, if not the default
	}{
		"dictionary":             {".tar.xz", xzWithDictionary(t, plain), "a dictionary of more than 67108864 bytes", 64 << 20, 1e6, 0},
		"dictionary of a stream": {".tar.xz", append(xzipped(t, plain[:700]), xzWithDictionary(t, plain[700:])...), "a dictionary of more than 67108864 bytes", 64 << 20, 1e6, 0},
		"dictionary far behind":  {".tar.xz", append(xzipped(t, long[:250_000]), xzWithDictionary(t, long[250_000:])...), "a dictionary of more than 67108864 bytes", 64 << 20, 20e6, 0},
		"window":                 {".tar.zst", zstdWithWindow(plain), "a window of more than 67108864 bytes", 64 << 20, 10e6, 0},
		"entries of a tar":       {".tar.gz", gz(t, tarball(t, slices.Repeat([]file{{"x", nil}}, 50_001)...)), "more than 50000 entries", 50_000, 0, 0},
		"entries of a zip":       {".zip", zipDirectory(zipped(t, file{"x", nil}), 50_001), "more than 50000 entries", 50_000, 0, 0},
		"directory of a zip":     {".zip", zipDirectory(zipped(t, file{"x", nil}), 400_000), "a zip directory of more than 8388608 bytes", 8 << 20, 100e6, 0},
		"directories":            {".tar", tarball(t, deep...), "more than 50000 files and directories", 50_000, 20e6, 0},
		"name":                   {".tar", tarball(t, numbered(1, 1025)...), "an entry with a name of more than 1024 bytes", 1024, 1e6, 0},
		"names":                  {".tar", tarball(t, numbered(9000, 1000)...), "entries with names of together more than 8388608 bytes", 8 << 20, 200e6, 0},
		"data without contents":  {".zip", zipDirectory(emptyBlocks(t), 10), "entries that together have more than 2000572 packed bytes", 2_000_572, 10e6, 1e6},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := stream(t, test.data, inspect.Subject{Archive: test.archive, File: "helm", Dir: "*"}, inspect.Options{MaxUnpacked: test.unpacked})
			runtime.ReadMemStats(&after)
			want := problem.List{{Where: "it", Found: test.found, Want: ownLimit(test.limit)}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > test.alloc && test.alloc > 0 {
				t.Errorf("%d bytes allocated, want at most %d", n, test.alloc)
			}
		})
	}
}

// countdown is a context that ends after a number of calls of Err.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A context that ends stops an unpack within a few entries, even if the archive is so small that it
// was read long before.
func TestContextEndsUnpack(t *testing.T) {
	files := numbered(3000, 10)
	plain := tarball(t, files...)
	emptyStreams := bytes.Repeat(xzipped(t, nil), 3000)
	for suffix, data := range map[string][]byte{
		".tar": plain, ".tar.gz": gz(t, plain), ".tar.xz": xzipped(t, plain), ".txz": emptyStreams, ".zip": zipped(t, files...),
	} {
		ctx := &countdown{Context: t.Context(), left: 1000}
		_, err := inspect.Stream(ctx, bytes.NewReader(data), inspect.Subject{Archive: suffix, File: "helm"}, inspect.Options{})
		if !errors.Is(err, context.Canceled) || ctx.left < -10 {
			t.Errorf("%s: error %v after %d looks at the ended context, want %v after a few", suffix, err, -ctx.left, context.Canceled)
		}
	}
}

// A dependency is the file with its own name, at the top level or in the only directory that
// matches.
func TestFileOfArchive(t *testing.T) {
	script := []byte("#!/bin/sh\n")
	for name, test := range map[string]struct {
		dir   string
		files []file
		found string
	}{
		"top":                    {"", []file{{"./helm", script}, {"a", nil}}, ""},
		"directory":              {"linux-amd64", []file{{"linux-amd64/", nil}, {"linux-amd64/helm", script}}, ""},
		"pattern":                {"*/bin", []file{{"v1/bin/helm", script}, {"README", nil}}, ""},
		"hidden":                 {"", []file{{".helm/helm", script}}, "an archive without helm"},
		"below":                  {"", []file{{"linux-amd64/helm", script}}, "an archive without helm"},
		"above":                  {"linux-amd64", []file{{"helm", script}}, "an archive without linux-amd64/helm"},
		"directory of that name": {"", []file{{"helm/", nil}, {"helm/x", script}}, "an archive without helm"},
		"two directories":        {"*", []file{{"b/helm", script}, {"a/x", script}}, "the directories a, b in the archive"},
		"directory and file":     {"*", []file{{"b/helm", script}, {"a", script}}, "the directories a, b in the archive"},
		"empty":                  {"", []file{{"helm", nil}}, "helm, an empty file, in the archive"},
		"page":                   {"", []file{{"helm", []byte("\n<HTML>")}}, `helm, a file that begins with "\n<HTML>", in the archive`},
	} {
		t.Run(name, func(t *testing.T) {
			for suffix, data := range map[string][]byte{".tar": tarball(t, test.files...), ".zip": zipped(t, test.files...)} {
				var found string
				for _, p := range stream(t, data, inspect.Subject{Archive: suffix, File: "helm", Dir: test.dir}, inspect.Options{}) {
					found += p.Found
				}
				if found != test.found {
					t.Errorf("%s: found %q, want %q", suffix, found, test.found)
				}
			}
		})
	}
}

// Nothing writes to the pipe, so opening it would block forever.
func TestNamedPipe(t *testing.T) {
	dir := t.TempDir()
	check(t, syscall.Mkfifo(filepath.Join(dir, plugin), 0o600))
	a, _, _ := artifact.Parse(plugin)
	if _, err := inspect.Artifact(t.Context(), dir, a, inspect.Options{}); err == nil {
		t.Error("no error")
	}
	if _, err := inspect.Open(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Errorf("error is %v, want %v", err, os.ErrNotExist)
	}
}
