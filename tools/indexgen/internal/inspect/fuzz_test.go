package inspect_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/testplugin"
	"botkube-plugins/tools/indexgen/internal/inspect"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// FuzzInspect checks that no archive makes Stream panic, fail, or unpack more than it may.
func FuzzInspect(f *testing.F) {
	formats := []string{".tar", ".tar.gz", ".tar.xz", ".tar.zst", ".zip", ".tar.bz2"}
	for i, write := range []func(io.Writer) (io.WriteCloser, error){
		func(w io.Writer) (io.WriteCloser, error) { return nopCloser{w}, nil },
		func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
		func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) },
		func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
	} {
		var data bytes.Buffer
		w, err := write(&data)
		if err != nil {
			f.Fatal(err)
		}
		if err := errors.Join(writeTar(w), w.Close()); err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), data.Bytes())
	}
	var zipped bytes.Buffer
	w := zip.NewWriter(&zipped)
	entry, err := w.Create("source_a")
	if err != nil {
		f.Fatal(err)
	}
	if _, err := entry.Write(testplugin.Executable("linux", "amd64", 0)); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(uint8(4), zipped.Bytes())
	f.Add(uint8(5), []byte("BZh9"))
	f.Fuzz(func(t *testing.T, format uint8, data []byte) {
		const limit = 1 << 20
		unpacked := filepath.Join(t.TempDir(), "unpacked")
		wantInspected(t, data, inspect.Subject{
			Name: "it", Platform: index.Platform{OS: "linux", Arch: "amd64"}, Archive: formats[int(format)%len(formats)],
		}, inspect.Options{MaxUnpacked: limit, Unpack: unpacked})
		if info, err := os.Stat(unpacked); err == nil && info.Size() > limit {
			t.Errorf("found %d unpacked bytes, want at most %d", info.Size(), limit)
		}
	})
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// writeTar writes a tar archive with one plugin.
func writeTar(out io.Writer) error {
	data := testplugin.Executable("linux", "amd64", 0)
	w := tar.NewWriter(out)
	err := w.WriteHeader(&tar.Header{Name: "source_a", Size: int64(len(data)), Mode: 0o755, Typeflag: tar.TypeReg})
	_, werr := w.Write(data)
	return errors.Join(err, werr, w.Close())
}

// FuzzHeader checks that no header of an executable makes Stream panic or fail.
func FuzzHeader(f *testing.F) {
	platforms := []index.Platform{{}, {OS: "linux", Arch: "amd64"}, {OS: "darwin", Arch: "arm64"}, {OS: "windows", Arch: "386"}}
	for i, p := range platforms {
		f.Add(uint8(i), testplugin.Executable(p.OS, p.Arch, 200))
	}
	f.Fuzz(func(t *testing.T, platform uint8, data []byte) {
		wantInspected(t, data, inspect.Subject{Name: "it", Platform: platforms[int(platform)%len(platforms)]}, inspect.Options{})
	})
}

// wantInspected checks that Stream reads all data, whatever it is.
func wantInspected(t *testing.T, data []byte, subject inspect.Subject, opts inspect.Options) {
	t.Helper()
	r, err := inspect.Stream(t.Context(), bytes.NewReader(data), subject, opts)
	check(t, err)
	sum := sha256.Sum256(data)
	if r.SHA256 != hex.EncodeToString(sum[:]) || r.Size != int64(len(data)) {
		t.Errorf("found %d bytes with the checksum %s, want %d with %x", r.Size, r.SHA256, len(data), sum)
	}
	if len(r.Problems) > 1 {
		t.Errorf("found %d problems, want one at most: %v", len(r.Problems), r.Problems)
	}
}
