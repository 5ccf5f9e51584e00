package mirror

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/google/renameio/v2"
)

// commit moves what is new into place: first the files, then the indexes, each in one step, so that
// every index always leads to files that are there. old are the files that may be there from before.
func (s *store) commit(t tree, old []LockedFile) (removed []string, err error) {
	if err := s.place(t.files); err != nil {
		return nil, err
	}
	for _, i := range t.indexes {
		if err := writeFile(filepath.Join(s.out, filepath.FromSlash(i.path)), i.data, s.work); err != nil {
			return nil, err
		}
	}
	return s.clean(t, old)
}

// place puts files into place. Before it replaces any, it makes a link to each, because a file that
// is replaced may be needed elsewhere.
func (s *store) place(files []target) error {
	links := map[string]string{} // by the path in the mirror
	for n, f := range files {
		at := filepath.Join(s.out, filepath.FromSlash(f.path))
		if f.file.path == at {
			continue
		}
		link := filepath.Join(s.work, "link"+strconv.Itoa(n))
		if err := linkOrCopy(f.file.path, link, s.layout.mode()); err != nil {
			return err
		}
		links[at] = link
	}
	for at, link := range links {
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.Rename(link, at); err != nil {
			return err
		}
	}
	return nil
}

// linkOrCopy makes a hard link, or copies the file where there are none.
func linkOrCopy(from, to string, mode os.FileMode) error {
	os.Remove(to) // of an interrupted run
	err := os.Link(from, to)
	if err == nil || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(mode), out.Sync(), out.Close())
}

// writeFile replaces a file, unless it has this content. The new file begins in the directory temp,
// where a killed process may leave it.
func writeFile(path string, data []byte, temp string) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return renameio.WriteFile(path, data, 0o644, renameio.WithTempDir(temp), renameio.IgnoreUmask())
}

// clean removes the files of the mirror that it no longer has, and directories without files.
func (s *store) clean(t tree, old []LockedFile) (removed []string, err error) {
	wanted := map[string]bool{}
	for _, f := range t.files {
		wanted[f.path] = true
	}
	for _, i := range t.indexes {
		wanted[i.path] = true
	}
	for _, f := range old {
		if wanted[f.Path] {
			continue
		}
		at := filepath.Join(s.out, filepath.FromSlash(f.Path))
		if err := os.Remove(at); errors.Is(err, os.ErrNotExist) {
			continue
		} else if err != nil {
			return removed, err
		}
		removed = append(removed, f.Path)
		wanted[f.Path] = true // so that it is counted once
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			if os.Remove(filepath.Join(s.out, filepath.FromSlash(dir))) != nil {
				break // it is not empty
			}
		}
	}
	return removed, nil
}
