package inspect

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"context"
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

// archive unpacks the archive and examines the file that Botkube takes from it. r hashes everything
// that it reads from in.
func (i *inspection) archive(r, in io.Reader) error {
	i.tree, i.taken = tree{"": fs.ModeDir | 0o755}, map[string]*candidate{}
	err := i.unpack(r, in)
	if i.ctx.Err() != nil {
		return context.Cause(i.ctx)
	}
	if errors.Is(err, zstd.ErrWindowSizeExceeded) {
		err = &limitError{"a window of more than %d bytes", maxWindow}
	}
	if limit, ok := errors.AsType[*limitError](err); ok {
		i.report(limit.Error(), fmt.Sprintf("at most %d, the limit of indexgen; Botkube has none", limit.max), "")
		return nil
	}
	if corrupt, ok := errors.AsType[*corruptError](err); ok {
		i.report(corrupt.Error(), "a "+i.Archive+" archive that go-getter can unpack", "")
		return nil
	}
	if err != nil {
		return err
	}
	i.verdict()
	return nil
}

// corruptError is an error in the contents of an archive, as opposed to an error of the disk.
type corruptError struct{ err error }

func (e *corruptError) Error() string { return fmt.Sprintf("%q when it is unpacked", e.err) }
func (e *corruptError) Unwrap() error { return e.err }

func (i *inspection) unpack(r, in io.Reader) error {
	if i.Archive == ".zip" {
		return i.unzip(r, in)
	}
	src := &input{r: r}
	plain, err := i.decompress(src)
	if err != nil {
		return src.blame(err)
	}
	defer plain.Close()
	return i.untar(&limited{ctx: i.ctx, r: plain, max: i.opts.MaxUnpacked, spend: i.spend}, src.blame)
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

func (i *inspection) decompress(r io.Reader) (io.ReadCloser, error) {
	switch i.Archive {
	case ".tar":
		return io.NopCloser(r), nil
	case ".tar.gz", ".tgz":
		return gzip.NewReader(r)
	case ".tar.bz2", ".tbz2":
		return io.NopCloser(bzip2.NewReader(r)), nil
	case ".tar.xz", ".txz":
		x, err := xz.NewReader(&dictionaryGuard{ctx: i.ctx, r: bufio.NewReaderSize(r, 64<<10)})
		return io.NopCloser(x), err
	case ".tar.zst", ".tzst":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("unknown archive suffix %q", i.Archive)
}

// untar unpacks a tar archive as go-getter's decompress_tar.go does.
func (i *inspection) untar(r io.Reader, blame func(error) error) error {
	files := 0
	var dirs []directory
	for tr := tar.NewReader(r); ; {
		hdr, err := tr.Next()
		if errors.Is(err, io.EOF) {
			err = errors.New("empty archive")
			if files > 0 {
				err = i.tree.chmod(i.ctx, dirs)
			}
			if err == nil {
				return nil
			}
		}
		if err != nil {
			return blame(err)
		}
		if hdr.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		mode, size := hdr.FileInfo().Mode(), hdr.Size
		switch hdr.Typeflag {
		case tar.TypeLink, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeDir, tar.TypeFifo:
			size = 0 // they have no content, whatever size they state
		}
		if err := i.add(hdr.Name, mode, size); err != nil {
			return blame(err)
		}
		if mode.IsDir() {
			dirs = append(dirs, directory{clean(hdr.Name), mode})
			continue
		}
		files++
		link := hdr.Typeflag == tar.TypeSymlink || hdr.Typeflag == tar.TypeLink
		if err := i.file(hdr.Name, entry{tr, blame}, link); err != nil {
			return err
		}
	}
}

// unzip unpacks a zip archive as go-getter's decompress_zip.go does. It needs the complete file,
// because the directory of a zip archive is at its end.
func (i *inspection) unzip(r, in io.Reader) error {
	file, ok := in.(*os.File)
	if !ok {
		var err error
		if file, err = os.CreateTemp("", "indexgen"); err != nil {
			return err
		}
		defer file.Close()
		defer os.Remove(file.Name())
		if _, err := io.Copy(i.opts.Job.Writer(i.ctx, file), r); err != nil {
			return err
		}
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	blame := (&input{}).blame // random access hides read errors, so every error counts as one in the contents
	at := &limitedAt{ctx: i.ctx, r: file, left: maxNames, err: &limitError{"a zip directory of more than %d bytes", maxNames}}
	zr, err := zip.NewReader(at, info.Size())
	if err == nil && len(zr.File) == 0 {
		err = errors.New("empty archive")
	}
	if err != nil {
		return blame(err)
	}
	// Entries that share their data, or have data without contents, would be read forever.
	most := info.Size() + i.opts.MaxUnpacked
	at.left, at.err = most, &limitError{"entries that together have more than %d packed bytes", most}
	for _, f := range zr.File {
		if err := i.unzipEntry(f, blame); err != nil {
			return err
		}
	}
	return nil
}

func (i *inspection) unzipEntry(f *zip.File, blame func(error) error) error {
	mode, size := f.Mode(), f.FileInfo().Size()
	if mode.IsDir() {
		size = 0 // go-getter does not read its content
	}
	if err := i.add(f.Name, mode, size); err != nil {
		return blame(err)
	}
	if mode.IsDir() {
		return nil
	}
	content, err := f.Open()
	if err != nil {
		return blame(err)
	}
	defer content.Close()
	return i.file(f.Name, entry{content, blame}, mode&fs.ModeSymlink != 0)
}

// add adds an entry to the tree. It rejects entries that go-getter rejects (containsDotDot in its
// decompress.go), and entries beyond the limits.
func (i *inspection) add(name string, mode fs.FileMode, size int64) error {
	if err := checkName(name); err != nil {
		return err
	}
	if size < 0 || size > i.opts.MaxUnpacked-i.unpacked {
		return tooLarge(i.opts.MaxUnpacked)
	}
	i.unpacked += size
	if err := i.spend(i.unpacked); err != nil {
		return err
	}
	i.names += int64(len(name))
	if i.names > maxNames {
		return &limitError{"entries with names of together more than %d bytes", maxNames}
	}
	if i.entries++; i.entries > maxEntries {
		return &limitError{"more than %d entries", maxEntries}
	}
	return i.tree.add(clean(name), mode)
}

// file reads a file of the archive to its end, because go-getter fails if any file is damaged. A
// later file replaces an earlier one of the same name. link reports whether it is a link in the
// archive. go-getter writes links and devices as files: from a tar archive an empty one, and from a
// zip archive one that contains the link's target.
func (i *inspection) file(name string, r io.Reader, link bool) (err error) {
	name = clean(name)
	dir := parent(name)
	if i.eligible(name) && (i.taken[dir] == nil || name <= i.taken[dir].name) {
		i.taken[dir], err = i.examine(name, r, link)
		return err
	}
	return readAll(r)
}

// matchDirs returns the paths in the archive that match Dir, sorted, and that go-getter finds in
// spite of their permissions. SubdirGlob in its source.go requires exactly one match.
func (i *inspection) matchDirs() []string {
	var dirs []string
	for name := range i.tree {
		if ok, err := path.Match(i.Dir, name); ok && err == nil && name != "" && i.tree.found(name, i.Dir) {
			dirs = append(dirs, name)
		}
	}
	slices.Sort(dirs)
	return dirs
}

// clean returns an entry's path below the directory into which go-getter unpacks it.
func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// eligible reports whether Botkube may take a file. getFirstFileInDirectory in its
// pkg/plugin/downloader.go takes the first eligible file in name order as the plugin.
func (i *inspection) eligible(name string) bool {
	if i.File != "" {
		dir := parent(name)
		ok, err := path.Match(i.Dir, dir)
		return path.Base(name) == i.File && ok && err == nil && (dir == "") == (i.Dir == "")
	}
	switch path.Ext(name) {
	case "", ".exe", ".sh":
		return !strings.Contains(name, "/") && !strings.HasPrefix(name, ".")
	}
	return false
}
