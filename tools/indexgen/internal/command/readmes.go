package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxREADME is the size of the largest README that is read.
const maxREADME = 1 << 20

// readmesIn returns a function that reads the README of a plugin from a directory.
func readmesIn(dir string) func(plugin string) (string, error) {
	return func(plugin string) (string, error) {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return "", err
		}
		defer root.Close()
		name := filepath.Join(plugin, "README.md")
		info, err := root.Stat(name)
		if errors.Is(err, os.ErrNotExist) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		if !info.Mode().IsRegular() || info.Size() > maxREADME {
			return "", fmt.Errorf("%s is not a file of at most %d bytes", filepath.Join(dir, name), maxREADME)
		}
		file, err := root.Open(name)
		if err != nil {
			return "", err
		}
		defer file.Close()
		text, err := io.ReadAll(io.LimitReader(file, maxREADME))
		return string(text), err
	}
}
