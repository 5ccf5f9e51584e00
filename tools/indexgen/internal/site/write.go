package site

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"botkube-plugins/internal/problem"

	"golang.org/x/sync/errgroup"
)

const (
	// listFile lists the files of the site in a directory, one path on each line.
	listFile = ".indexgen-site"
	// workDir is the directory for unfinished work.
	workDir = ".indexgen-site-work"
)

// writers is how many files are written at once. Most of the time is that of the disk.
const writers = 32

// maxList limits the size of a list that is read.
const maxList = 16 << 20

// Write writes the site to a directory. It writes all files before it replaces any, and the overview
// last. It removes the files of an earlier site that this one does not have, and never touches a file
// that is not of a site.
func Write(ctx context.Context, dir string, files Files) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir) // a symbolic link in it leads nowhere else
	if err != nil {
		return err
	}
	defer root.Close()
	old, err := readList(root)
	if err != nil {
		return err
	}
	for name := range files {
		if _, err := root.Lstat(name); err == nil && !old[name] {
			return problem.WithHint(fmt.Errorf("%s is there, and is not of a site that indexgen wrote", path.Join(dir, name)),
				"choose another directory, or remove the file")
		}
	}
	names := slices.Sorted(maps.Keys(files))
	defer root.RemoveAll(workDir) //nolint:errcheck // the next run removes it
	if err := stage(ctx, root, names, files); err != nil {
		return err
	}
	return commit(root, names, old)
}

// readList returns the files of the site that is there.
func readList(root *os.Root) (map[string]bool, error) {
	info, err := root.Lstat(listFile)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]bool{}, nil
	}
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxList) {
		err = fmt.Errorf("%s is not a list of files", path.Join(root.Name(), listFile))
	}
	if err != nil {
		return nil, err
	}
	text, err := root.ReadFile(listFile)
	if err != nil {
		return nil, err
	}
	old := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		name := strings.TrimSuffix(line, "\n")
		if path.Clean(name) == name && fs.ValidPath(name) {
			old[name] = true
		}
	}
	return old, nil
}

// stage writes the files to the directory for unfinished work, under their numbers.
func stage(ctx context.Context, root *os.Root, names []string, files Files) error {
	if err := root.RemoveAll(workDir); err != nil {
		return err
	}
	if err := root.Mkdir(workDir, 0o755); err != nil {
		return err
	}
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for i, name := range names {
		group.Go(func() error {
			if running.Err() != nil {
				return context.Cause(ctx)
			}
			return writeSynced(root, staged(i), files[name])
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return writeSynced(root, staged(len(names)), []byte(strings.Join(names, "\n")+"\n"))
}

func staged(i int) string { return path.Join(workDir, strconv.Itoa(i)) }

func writeSynced(root *os.Root, name string, data []byte) error {
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// commit moves the staged files into place, and then removes those that the new site does not have.
// The list has the files of both sites in between.
func commit(root *os.Root, names []string, old map[string]bool) error {
	all := maps.Clone(old)
	for _, name := range names {
		all[name] = true
	}
	if err := replace(root, listFile, []byte(strings.Join(slices.Sorted(maps.Keys(all)), "\n")+"\n")); err != nil {
		return err
	}
	move := func(name string) error {
		i, _ := slices.BinarySearch(names, name)
		if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		return root.Rename(staged(i), name)
	}
	for _, name := range names {
		if name != Overview {
			if err := move(name); err != nil {
				return err
			}
		}
	}
	if err := move(Overview); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if _, kept := slices.BinarySearch(names, name); kept {
			continue
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if root.Remove(dir) != nil {
				break // it is not empty
			}
		}
	}
	return root.Rename(staged(len(names)), listFile)
}

// replace replaces a file in one step.
func replace(root *os.Root, name string, data []byte) error {
	temporary := path.Join(workDir, "list")
	if err := writeSynced(root, temporary, data); err != nil {
		return err
	}
	return root.Rename(temporary, name)
}
