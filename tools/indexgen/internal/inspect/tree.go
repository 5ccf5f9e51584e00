package inspect

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// tree holds the mode of each file and directory that go-getter has unpacked, by its path. The path
// of the directory into which it unpacks is empty.
type tree map[string]fs.FileMode

// add adds an entry and the directories above it. It returns an error where go-getter does, which
// opens every file with os.OpenFile(path, O_RDWR|O_CREATE|O_TRUNC), and does not run as root.
func (t tree) add(name string, mode fs.FileMode) error {
	old, exists := t[name]
	switch {
	case exists && old.IsDir() != mode.IsDir():
		return fmt.Errorf("entry is both a file and a directory: %s", path.Clean(name))
	case exists && !mode.IsDir() && old&0o600 != 0o600:
		return fmt.Errorf("entry replaces a file that is read-only: %s", name)
	case mode.IsDir():
		mode = fs.ModeDir | 0o755 // for now, see chmod
	}
	t[name] = mode
	for !exists {
		name = parent(name)
		if old, exists = t[name]; !exists {
			t[name] = fs.ModeDir | 0o755
		} else if !old.IsDir() {
			return fmt.Errorf("entry is both a file and a directory: %s", path.Clean(name))
		}
	}
	if len(t) > maxEntries {
		return &limitError{"more than %d files and directories", maxEntries}
	}
	return nil
}

func parent(name string) string { return name[:max(0, strings.LastIndexByte(name, '/'))] }

// checkName rejects a name that leads out of the archive, and one that Linux cannot store.
func checkName(name string) error {
	if len(name) > maxName {
		return &limitError{"an entry with a name of more than %d bytes", maxName}
	}
	if strings.Contains(name, "\x00") {
		return errors.New("entry with a NUL in its name")
	}
	for part := range strings.SplitSeq(name, "/") {
		if len(part) > 255 {
			return fmt.Errorf("entry with a file name of more than 255 bytes: %.60s", part)
		}
	}
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == ".." {
			return fmt.Errorf("entry contains '..': %s", name)
		}
	}
	return nil
}
