package inspect

import (
	"archive/tar"
	"archive/zip"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// archive finds the file that Botkube would take out of the archive and examines it. r is
// the file's stream; only a zip file, whose directory is at its end, is read from file.
func (i *inspection) archive(r io.Reader, file *os.File) error {
	taken, err := i.unpack(r, file)
	if corrupt, ok := errors.AsType[*corruptError](err); ok {
		i.problem(corrupt.Error(), "a "+i.artifact.Archive+" archive that go-getter can unpack", "")
		return nil
	}
	if err != nil {
		return err
	}
	i.verdict(taken)
	return nil
}

// corruptError is an error of the archive's contents, unlike one of the disk.
type corruptError struct{ err error }

func (e *corruptError) Error() string { return fmt.Sprintf("%q when it is unpacked", e.err) }

func (i *inspection) unpack(r io.Reader, file *os.File) (*candidate, error) {
	if i.artifact.Archive == ".zip" {
		return i.unzip(file)
	}
	src := &source{r: r}
	plain, err := decompress(i.artifact.Archive, src)
	if err != nil {
		return nil, src.blame(err)
	}
	defer plain.Close()
	return i.untar(plain, src.blame)
}

// source remembers its error, which tells it from those that its contents cause.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// blame takes an unpacker's error and returns the source's own, if that is the cause, and
// otherwise calls the contents corrupt.
func (s *source) blame(err error) error {
	if s.err != nil {
		return s.err
	}
	return &corruptError{err}
}

// entry is an archived file. Its errors go through blame.
type entry struct {
	r     io.Reader
	blame func(error) error
}

func (e entry) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = e.blame(err)
	}
	return n, err
}

func decompress(suffix string, r io.Reader) (io.ReadCloser, error) {
	switch suffix {
	case ".tar":
		return io.NopCloser(r), nil
	case ".tar.gz", ".tgz":
		return gzip.NewReader(r)
	case ".tar.bz2", ".tbz2":
		return io.NopCloser(bzip2.NewReader(r)), nil
	case ".tar.xz", ".txz":
		x, err := xz.NewReader(r)
		return io.NopCloser(x), err
	case ".tar.zst", ".tzst":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("unknown archive suffix %q", suffix)
}

// untar walks the archive as go-getter does: everything that is no directory becomes a
// file, a later one replaces an earlier one of the same name.
func (i *inspection) untar(r io.Reader, blame func(error) error) (*candidate, error) {
	var taken *candidate
	files := 0
	for tr := tar.NewReader(r); ; {
		hdr, err := tr.Next()
		if errors.Is(err, io.EOF) {
			if files > 0 {
				return taken, nil
			}
			err = errors.New("empty archive")
		}
		if err == nil {
			err = checkPath(hdr.Name)
		}
		if err != nil {
			return nil, blame(err)
		}
		if hdr.Typeflag == tar.TypeXGlobalHeader || hdr.FileInfo().IsDir() {
			continue
		}
		files++
		if name := clean(hdr.Name); eligible(name) && (taken == nil || name <= taken.name) {
			if taken, err = i.examine(name, entry{tr, blame}); err != nil {
				return nil, err
			}
		}
	}
}

func (i *inspection) unzip(file *os.File) (*candidate, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	blame := (&source{}).blame // the file is read at random, so all errors are the contents'
	zr, err := zip.NewReader(file, info.Size())
	if err == nil && len(zr.File) == 0 {
		err = errors.New("empty archive")
	}
	if err != nil {
		return nil, blame(err)
	}
	var first *zip.File
	for _, f := range zr.File {
		if err := checkPath(f.Name); err != nil {
			return nil, blame(err)
		}
		name := clean(f.Name)
		if !f.FileInfo().IsDir() && eligible(name) && (first == nil || name <= clean(first.Name)) {
			first = f
		}
	}
	if first == nil {
		return nil, nil
	}
	r, err := first.Open()
	if err != nil {
		return nil, blame(err)
	}
	defer r.Close()
	return i.examine(clean(first.Name), entry{r, blame})
}

// checkPath refuses what go-getter refuses (containsDotDot in its decompress.go).
func checkPath(name string) error {
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == ".." {
			return fmt.Errorf("entry contains '..': %s", name)
		}
	}
	return nil
}

// clean gives an entry's path below the directory into which go-getter unpacks it.
func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// eligible tells whether Botkube may take a file for the plugin: getFirstFileInDirectory
// in its pkg/plugin/downloader.go takes the first in name order of those that are.
func eligible(name string) bool {
	switch path.Ext(name) {
	case "", ".exe", ".sh":
		return !strings.Contains(name, "/") && !strings.HasPrefix(name, ".")
	}
	return false
}
