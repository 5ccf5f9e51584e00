package inspect

import (
	"fmt"
	"os"
	"path/filepath"

	"botkube-plugins/internal/problem"
)

// File is an open artifact.
type File struct {
	*os.File
	opened os.FileInfo
}

// Open opens an artifact's file. It must be a regular file, since a named pipe would block.
func Open(path string) (*File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &File{file, info}, nil
}

// Changed reports whether the file has changed, or another one has replaced it, since it was opened.
func (f *File) Changed() bool {
	now, err := os.Stat(f.Name())
	return err != nil || !os.SameFile(now, f.opened) || now.Size() != f.opened.Size() || !now.ModTime().Equal(f.opened.ModTime())
}

// Unsteady returns the problem of a file that changed while it was read. path is that of the file.
func Unsteady(path string) problem.Problem {
	return problem.Problem{
		Where: filepath.Base(path), Found: "a file that changed while it was read", Want: "a complete build",
		Hint: "run it again when nothing writes to " + filepath.Dir(path),
	}
}
