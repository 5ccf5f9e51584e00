package verify

import (
	"os"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/gogetter"
)

// Keeper keeps files instead of checking them again. Several goroutines may call it at once.
type Keeper interface {
	// Has reports whether the file was kept before. It is then neither downloaded nor checked. size
	// is that of the file at its URL.
	Has(f File) (size int64, ok bool, err error)
	// Keep takes over a file that was checked.
	Keep(f File, d Download) error
}

// File is an artifact or a dependency.
type File struct {
	gogetter.Download
	// Source is the URL in the index.
	Source string
	// Plugin is the plugin, version and platform that an artifact is for, such as "source/ticker 1.0.0
	// linux/amd64". It is empty for a dependency.
	Plugin string
	// Dependency is the name of the dependency, or empty for an artifact.
	Dependency string
	// SHA256 is the checksum that the index states, hexadecimal, or empty if it states none or one
	// of another kind.
	SHA256 string
}

// Download is a file that was downloaded and checked.
type Download struct {
	Size   int64
	SHA256 string // hexadecimal
	// Path is the file as it was downloaded, and Program what Botkube installs from it. They are the
	// same unless the file is an archive. Keep may move both.
	Path, Program string
}

// prepare returns a new directory for a file and what is in it. It returns "" if the file is kept
// already, and if there is an error.
func (v *verifier) prepare(c *Check, f File) (dir string, err error) {
	if v.opts.Keeper != nil {
		size, kept, err := v.opts.Keeper.Has(f)
		if kept {
			c.Size = size
		}
		if kept || err != nil {
			return "", err
		}
	}
	return os.MkdirTemp(v.dir, "")
}

// keep passes on a file without problems.
func (v *verifier) keep(c *Check, f File, d download, program string) error {
	if v.opts.Keeper == nil || len(c.problems) > 0 || c.faulty {
		return nil
	}
	path := d.path
	if path == "" {
		path = program
	}
	return v.opts.Keeper.Keep(f, Download{Size: d.Size, SHA256: d.SHA256, Path: path, Program: program})
}

// ArtifactFile returns the file of an artifact of an entry.
func ArtifactFile(e index.Entry, a index.Artifact) (File, error) {
	d, err := gogetter.Parse(a.URL)
	return File{Download: d, Source: a.URL, Plugin: e.Key() + " " + e.Version + " " + a.Platform.String(), SHA256: strings.ToLower(a.Checksum)}, err
}

// DependencyFile returns the file of a dependency.
func DependencyFile(name, url string) (File, error) {
	d, err := gogetter.Parse(url)
	f := File{Download: d, Source: url, Dependency: name}
	if sum, err := gogetter.ParseChecksum(d.Checksum); err == nil && sum.Kind == "sha256" {
		f.SHA256 = strings.ToLower(sum.Digits)
	}
	return f, err
}
