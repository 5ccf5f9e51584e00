package inspect

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// permissions reports permissions in the archive that keep Botkube, which does not run as root, from
// installing the file that it takes. dir is the directory that matches Dir, if there is one.
func (i *inspection) permissions(dir string, taken *candidate) {
	var name, want, hint string
	var bad bool
	switch {
	case dir != "":
		want, hint = "r for the owner of a file, and rx for that of a directory", "go-getter copies the directory after // and everything in it"
		name, bad = i.tree.unreadable(dir)
	case i.File != "":
		want, hint = "rwx for its owner", "Botkube must take the file out of the directory, and remove the directory"
		name, bad = i.tree.locked(taken.name, 0o300)
	default:
		want, hint = "rwx for its owner", "Botkube must find the plugin in the directory, take it out, and remove the directory"
		name, bad = i.tree.locked(taken.name, 0o700)
	}
	if !bad {
		return
	}
	what := "file"
	if i.tree[name].IsDir() {
		what = "directory"
	}
	i.report(fmt.Sprintf("the %s %q with the permissions %s in the archive", what, path.Clean(name), i.tree[name].Perm()), want, hint)
}

// directory is the entry of a directory in a tar archive.
type directory struct {
	name string
	mode fs.FileMode
}

// chmod sets the permissions of directories, which go-getter does after it has unpacked all files of
// a tar archive. It ignores those in a zip archive.
func (t tree) chmod(ctx context.Context, dirs []directory) error {
	for _, d := range dirs {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for name := d.name; name != ""; {
			if name = parent(name); t[name]&0o100 == 0 {
				return fmt.Errorf("entry is below a directory with the permissions %s: %s", t[name].Perm(), d.name)
			}
		}
		t[d.name] = d.mode
	}
	return nil
}

// locked returns the top directory if its owner lacks one of the permissions in top, or another
// directory that contains something but the file at taken, and that its owner cannot list, change
// and enter.
func (t tree) locked(taken string, top fs.FileMode) (dir string, ok bool) {
	if t[""]&top != top {
		return "", true
	}
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if dir := parent(name); name != "" && name != taken && t[dir]&0o700 != 0o700 {
			return dir, true
		}
	}
	return "", false
}

// unreadable returns a file or a directory that keeps its owner from copying dir.
func (t tree) unreadable(dir string) (name string, ok bool) {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if !strings.HasPrefix(name+"/", dir+"/") {
			continue
		}
		if t[name]&0o400 == 0 {
			return name, true
		}
		if above := parent(name); name != dir && t[above]&0o100 == 0 {
			return above, true
		}
	}
	return "", false
}

// found reports whether filepath.Glob finds the path, which matches the pattern: it enters the
// directories above, and lists those in which it looks for a name by a pattern.
func (t tree) found(name, pattern string) bool {
	for ; name != ""; name, pattern = parent(name), parent(pattern) {
		need := fs.FileMode(0o100)
		if strings.ContainsAny(pattern, `*?[\`) {
			need = 0o500
		}
		if t[parent(name)]&need != need {
			return false
		}
	}
	return true
}
