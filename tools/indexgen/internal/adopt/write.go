package adopt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"botkube-plugins/internal/problem"

	"github.com/rogpeppe/go-internal/diff"
)

// Diff returns a change as a unified diff.
func (c Change) Diff() string {
	from := "a/" + c.Path
	if c.Old == nil {
		from = "/dev/null"
	}
	return string(diff.Diff(from, c.Old, "b/"+c.Path, c.New))
}

// Write writes all changes, or none if it fails. A file that was changed since Plan is an error.
func Write(ctx context.Context, root *os.Root, changes []Change) (err error) {
	var undo []func() error
	defer func() {
		if err != nil {
			for _, u := range slices.Backward(undo) {
				err = errors.Join(err, u())
			}
		}
	}()
	for _, c := range changes {
		for _, dir := range missingDirs(root, path.Dir(c.Path)) {
			if err := root.Mkdir(dir, 0o755); err != nil {
				return err
			}
			undo = append(undo, func() error { return root.Remove(dir) })
		}
		mode := fs.FileMode(0o644)
		if info, err := root.Lstat(c.Path); err == nil {
			if !info.Mode().IsRegular() {
				return fmt.Errorf("%s is not a regular file", c.Path)
			}
			mode = info.Mode().Perm()
		}
		if err := root.WriteFile(temporary(c.Path), c.New, mode); err != nil {
			return err
		}
		undo = append(undo, func() error { return ignoreMissing(root.Remove(temporary(c.Path))) })
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, c := range changes {
		now, err := readFile(root, c.Path)
		if err := ignoreMissing(err); err != nil {
			return err
		}
		if !bytes.Equal(now, c.Old) {
			return problem.WithHint(fmt.Errorf("%s has just been changed", c.Path), "run indexgen init again")
		}
		if err := root.Rename(temporary(c.Path), c.Path); err != nil {
			return err
		}
		undo = append(undo, func() error {
			if c.Old == nil {
				return root.Remove(c.Path)
			}
			return root.WriteFile(c.Path, c.Old, 0o644)
		})
	}
	return nil
}

func temporary(file string) string { return file + ".indexgen-init" }

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// missingDirs lists the directories to create, outermost first.
func missingDirs(root *os.Root, dir string) (missing []string) {
	for ; dir != "."; dir = path.Dir(dir) {
		if _, err := root.Lstat(dir); err == nil {
			break
		}
		missing = append(missing, dir)
	}
	slices.Reverse(missing)
	return missing
}
