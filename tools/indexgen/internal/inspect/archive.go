package inspect

import (
	"archive/tar"
	"archive/zip"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// archive finds the file that Botkube takes from the archive, and examines it. r hashes everything
// that it reads from in.
func (i *inspection) archive(r, in io.Reader) error {
	taken, err := i.unpack(r, in)
	if corrupt, ok := errors.AsType[*corruptError](err); ok {
		i.report(corrupt.Error(), "a "+i.Archive+" archive that go-getter can unpack", "")
		return nil
	}
	if err != nil {
		return err
	}
	i.verdict(taken)
	return nil
}

// corruptError is an error in the contents of an archive, as opposed to an error of the disk.
type corruptError struct{ err error }

func (e *corruptError) Error() string { return fmt.Sprintf("%q when it is unpacked", e.err) }

func (i *inspection) unpack(r, in io.Reader) (*candidate, error) {
	if i.Archive == ".zip" {
		return i.unzip(r, in)
	}
	src := &input{r: r}
	plain, err := decompress(i.Archive, src)
	if err != nil {
		return nil, src.blame(err)
	}
	defer plain.Close()
	return i.untar(&limited{r: plain, max: i.opts.MaxUnpacked}, src.blame)
}

// limited fails after a number of bytes, whatever size the headers state.
type limited struct {
	r    io.Reader
	max  int64
	read int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.read += int64(n); l.read > l.max {
		return 0, fmt.Errorf("more than %d bytes", l.max)
	}
	return n, err
}

// input remembers a read error, to distinguish it from an error in the contents.
type input struct {
	r   io.Reader
	err error
}

func (s *input) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// blame converts an error of an unpacker: it returns the input's read error if there was one, and
// otherwise a corruptError.
func (s *input) blame(err error) error {
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

// untar reads the archive as go-getter does: every entry that is not a directory becomes a file,
// and replaces an earlier file of the same name.
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
		if err != nil {
			return nil, blame(err)
		}
		if hdr.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if err := i.checkEntry(hdr.Name, hdr.FileInfo()); err != nil {
			return nil, blame(err)
		}
		if hdr.Typeflag == tar.TypeLink { // its mode is that of a regular file
			return nil, blame(fmt.Errorf("entry is a hard link: %s", hdr.Name))
		}
		if hdr.FileInfo().IsDir() {
			continue
		}
		files++
		if name := clean(hdr.Name); i.eligible(name) && (taken == nil || name <= taken.name) {
			if taken, err = i.examine(name, entry{tr, blame}); err != nil {
				return nil, err
			}
		}
	}
}

// unzip needs the complete file, because the directory of a zip archive is at its end.
func (i *inspection) unzip(r, in io.Reader) (*candidate, error) {
	file, ok := in.(*os.File)
	if !ok {
		var err error
		if file, err = os.CreateTemp("", "indexgen"); err != nil {
			return nil, err
		}
		defer file.Close()
		defer os.Remove(file.Name())
		if _, err := io.Copy(file, r); err != nil {
			return nil, err
		}
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	blame := (&input{}).blame // random access hides read errors, so every error counts as one in the contents
	zr, err := zip.NewReader(file, info.Size())
	if err == nil && len(zr.File) == 0 {
		err = errors.New("empty archive")
	}
	if err != nil {
		return nil, blame(err)
	}
	var first *zip.File
	for _, f := range zr.File {
		if err := i.checkEntry(f.Name, f.FileInfo()); err != nil {
			return nil, blame(err)
		}
		name := clean(f.Name)
		if !f.FileInfo().IsDir() && i.eligible(name) && (first == nil || name <= clean(first.Name)) {
			first = f
		}
	}
	if first == nil {
		return nil, nil
	}
	content, err := first.Open()
	if err != nil {
		return nil, blame(err)
	}
	defer content.Close()
	return i.examine(clean(first.Name), &counter{ctx: i.ctx, r: entry{content, blame}})
}

// checkEntry rejects entries that go-getter rejects (containsDotDot in its decompress.go), entries
// that it turns into empty files, and entries that are too large.
func (i *inspection) checkEntry(name string, info fs.FileInfo) error {
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == ".." {
			return fmt.Errorf("entry contains '..': %s", name)
		}
	}
	if t := info.Mode().Type(); t != 0 && t != fs.ModeDir {
		return fmt.Errorf("entry is neither a file nor a directory: %s (%s)", name, t)
	}
	i.unpacked += info.Size()
	if i.unpacked > i.opts.MaxUnpacked || info.Size() < 0 {
		return fmt.Errorf("more than %d bytes", i.opts.MaxUnpacked)
	}
	i.noteDir(clean(name))
	return nil
}

// noteDir records the beginning of a path if it matches Dir. SubdirGlob in go-getter's source.go
// requires exactly one match.
func (i *inspection) noteDir(name string) {
	if i.Dir == "" {
		return
	}
	parts, depth := strings.Split(name, "/"), len(strings.Split(i.Dir, "/"))
	if len(parts) < depth {
		return
	}
	dir := path.Join(parts[:depth]...)
	if ok, err := path.Match(i.Dir, dir); ok && err == nil && !slices.Contains(i.dirs, dir) {
		i.dirs = append(i.dirs, dir)
	}
}

// clean returns an entry's path below the directory into which go-getter unpacks it.
func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// eligible reports whether Botkube may take a file. getFirstFileInDirectory in its
// pkg/plugin/downloader.go takes the first eligible file in name order as the plugin.
func (i *inspection) eligible(name string) bool {
	if i.File != "" {
		dir := path.Dir("/" + name)[1:]
		ok, err := path.Match(i.Dir, dir)
		return path.Base(name) == i.File && ok && err == nil
	}
	switch path.Ext(name) {
	case "", ".exe", ".sh":
		return !strings.Contains(name, "/") && !strings.HasPrefix(name, ".")
	}
	return false
}
