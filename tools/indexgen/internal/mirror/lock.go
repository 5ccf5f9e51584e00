package mirror

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"botkube-plugins/internal/problem"

	"go.yaml.in/yaml/v3"
)

// LockFile is the name of the lock file.
const LockFile = "mirror.lock.yaml"

// Lock says what a mirror is made of.
type Lock struct {
	Layout  Layout `yaml:"layout" json:"layout"`
	BaseURL string `yaml:"baseURL,omitempty" json:"baseURL,omitempty"`
	// Image is the digest of the image, in LayoutOCI.
	Image   string        `yaml:"image,omitempty" json:"image,omitempty"`
	Indexes []LockedIndex `yaml:"indexes" json:"indexes"`
	Files   []LockedFile  `yaml:"files" json:"files"`
}

// Source is a file at a URL.
type Source struct {
	URL    string `yaml:"url" json:"url"`
	Size   int64  `yaml:"size" json:"size"`
	SHA256 string `yaml:"sha256" json:"sha256"`
}

// LockedIndex is an index that was mirrored.
type LockedIndex struct {
	Repository string `yaml:"repository" json:"repository"`
	Source     `yaml:",inline"`
}

// LockedFile is a file of the mirror.
type LockedFile struct {
	Path   string `yaml:"path" json:"path"` // relative to the mirror, with slashes
	Size   int64  `yaml:"size" json:"size"`
	SHA256 string `yaml:"sha256" json:"sha256"`
	// Source is where the file comes from. An index file of the mirror has none.
	Source *Source `yaml:"source,omitempty" json:"source,omitempty"`
	// Plugins are the plugins, each with a version and a platform, that the file was checked for.
	Plugins []string `yaml:"plugins,omitempty" json:"plugins,omitempty"`
	// Taken says how the file was made of the source; empty if it is the same file.
	Taken string `yaml:"taken,omitempty" json:"taken,omitempty"`
}

const lockHeader = "# Written by indexgen mirror. With --locked, it makes the same mirror again, or fails.\n"

func (l Lock) encode() ([]byte, error) {
	text := bytes.NewBufferString(lockHeader)
	encoder := yaml.NewEncoder(text)
	encoder.SetIndent(2)
	err := encoder.Encode(l)
	return text.Bytes(), err
}

// maxLock is the largest size of a lock file, in bytes.
const maxLock = 64 << 20

// readLock reads a lock file. It returns an empty Lock, and no data, if there is none.
func readLock(path string) (l Lock, data []byte, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Lock{}, nil, nil
	}
	if err != nil {
		return Lock{}, nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxLock {
		return Lock{}, nil, fmt.Errorf("%s is not a lock file of at most %d bytes", path, maxLock)
	}
	if data, err = os.ReadFile(path); err != nil {
		return Lock{}, nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&l); err != nil {
		return Lock{}, nil, problem.WithHint(fmt.Errorf("%s: %w", path, err), "this is not a lock file of indexgen mirror; remove it, or name another one with --lock")
	}
	for _, f := range l.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return Lock{}, nil, fmt.Errorf("%s: found the path %s, want one inside the mirror", path, problem.Quote(f.Path))
		}
	}
	return l, data, nil
}

// otherOrigin describes how the layout or the indexes differ from those that a run would write, or
// returns "".
func (l Lock) otherOrigin(now Lock) string {
	if l.Layout != now.Layout || l.BaseURL != now.BaseURL {
		return fmt.Sprintf("the layout %s %s, want %s %s", now.Layout, now.BaseURL, l.Layout, l.BaseURL)
	}
	indexes := func(l Lock) map[string]string {
		all := map[string]string{}
		for _, i := range l.Indexes {
			all["the index "+i.URL] = i.SHA256
		}
		return all
	}
	return firstDifference(indexes(l), indexes(now))
}

// difference describes the first difference between a lock and the one that a run would write.
func (l Lock) difference(now Lock) string {
	files := func(l Lock) map[string]string {
		all := map[string]string{}
		for _, f := range l.Files {
			all["the file "+f.Path] = f.SHA256
		}
		return all
	}
	return cmp.Or(firstDifference(files(l), files(now)), fmt.Sprintf("the image %s, want %s", now.Image, l.Image))
}

func newLock(opts Options, t tree) Lock {
	l := Lock{Layout: opts.Layout, BaseURL: opts.BaseURL}
	for _, r := range opts.Repositories {
		for _, source := range r.Sources {
			l.Indexes = append(l.Indexes, LockedIndex{r.Name, source})
		}
	}
	for _, f := range t.files {
		source := f.file.source
		l.Files = append(l.Files, LockedFile{f.path, f.file.size, f.file.sha256, &source, f.plugins, f.taken})
	}
	for _, i := range t.indexes {
		l.Files = append(l.Files, LockedFile{Path: i.path, Size: int64(len(i.data)), SHA256: sha256Of(i.data)})
	}
	slices.SortFunc(l.Files, func(a, b LockedFile) int { return cmp.Compare(a.Path, b.Path) })
	return l
}

// lockedError reports what differs from the lock file.
func lockedError(found, want string) error {
	text := "found " + found
	if want != "" {
		text += ", want " + want
	}
	return problem.WithHint(fmt.Errorf("the lock file does not allow this mirror: %s", text),
		"find out why it changed; without --locked, the lock file is written again")
}

// firstDifference describes the first difference between two maps, by key, or returns "".
func firstDifference(want, now map[string]string) string {
	all := maps.Clone(want)
	maps.Copy(all, now)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if w, n := want[key], now[key]; w != n {
			name := problem.Line(key)
			return fmt.Sprintf("%s with the SHA-256 %s, want %s", name, cmp.Or(n, problem.Nothing), cmp.Or(w, problem.Nothing))
		}
	}
	return ""
}

// contents returns what the file is to the store.
func (f LockedFile) contents() []content {
	if len(f.Plugins) == 0 {
		return []content{{f.Source.SHA256, f.Taken, ""}}
	}
	var all []content
	for _, plugin := range f.Plugins {
		all = append(all, content{f.Source.SHA256, f.Taken, plugin})
	}
	return all
}
