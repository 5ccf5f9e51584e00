package serve

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"time"

	"botkube-plugins/internal/artifact"
)

// GoReleaser writes the first file to its directory before it builds, and the second when it is
// done.
const (
	goreleaserConfig    = "config.yaml"
	goreleaserMetadata  = "metadata.json"
	goreleaserArtifacts = "artifacts.json"
)

// files holds the files in a directory that affect its index, by name. A file outside the
// directory, such as the target of a symbolic link that leads out of it, is nil.
type files map[string]os.FileInfo

// look returns the files in the site's directory. It returns none if the directory cannot be read.
func (s *Site) look() files {
	found := files{}
	root, err := os.OpenRoot(s.opts.Dist)
	if err != nil {
		return found
	}
	defer root.Close()
	entries, _ := fs.ReadDir(root.FS(), ".")
	for _, entry := range entries {
		name := entry.Name()
		_, ok, err := artifact.Parse(name)
		decides := ok || err != nil || s.isDependency(name) || name == goreleaserConfig || name == goreleaserMetadata || name == goreleaserArtifacts
		if entry.IsDir() || !decides {
			continue
		}
		info, err := root.Stat(name)
		if err != nil {
			info = nil
		}
		found[name] = info
	}
	return found
}

// newest returns the name of the file in a directory that was modified last.
func newest(dir string) string {
	entries, _ := os.ReadDir(dir) // it may be missing
	name, last := "a missing file", time.Time{}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && !entry.IsDir() && info.ModTime().After(last) {
			name, last = entry.Name(), info.ModTime()
		}
	}
	return name
}

func (f files) equal(other files) bool { return maps.EqualFunc(f, other, same) }

// unfinished reports whether GoReleaser is still building in the directory, or has failed. A
// partial build can look like a complete one for fewer platforms.
func (f files) unfinished() bool {
	_, config := f[goreleaserConfig]
	_, metadata := f[goreleaserMetadata]
	_, artifacts := f[goreleaserArtifacts]
	return config && metadata && !artifacts
}

// same reports whether both describe the same file with the same content, as far as can be known
// without reading it.
func same(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Mode() == b.Mode() && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

var errChanged = errors.New("the file has changed")

// steady is a file whose reads fail after it changes, so that a client never receives parts of two
// versions.
type steady struct {
	file *os.File
	want os.FileInfo
}

// open opens a file in a directory, if it has not changed since want.
func open(dir, name string, want os.FileInfo) (steady, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return steady{}, err
	}
	defer root.Close()
	// Check before opening, since opening a pipe could block forever.
	if info, err := root.Stat(name); err != nil || !same(info, want) {
		return steady{}, errChanged
	}
	file, err := root.Open(name)
	if err != nil {
		return steady{}, err
	}
	s := steady{file, want}
	if s.changed() {
		file.Close()
		return steady{}, errChanged
	}
	return s, nil
}

func (s steady) changed() bool {
	info, err := s.file.Stat()
	return err != nil || !same(info, s.want)
}

// Read reads the file. It returns an error if the file has changed.
func (s steady) Read(p []byte) (int, error) {
	n, err := s.file.Read(p)
	if s.changed() {
		return 0, errChanged
	}
	return n, err
}

func (s steady) Seek(offset int64, whence int) (int64, error) { return s.file.Seek(offset, whence) }
func (s steady) close()                                       { s.file.Close() }
