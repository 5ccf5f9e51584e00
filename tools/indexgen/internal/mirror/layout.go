package mirror

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/gogetter"
	"botkube-plugins/tools/indexgen/internal/verify"
)

// Layout is the form of a mirror.
type Layout string

const (
	// LayoutCache is one directory for each platform, each of which is a filled cache directory of
	// Botkube.
	LayoutCache Layout = "cache"
	// LayoutHTTP is a directory for a web server or a volume, with indexes whose URLs lead there.
	LayoutHTTP Layout = "http"
	// LayoutOCI is a container image for each platform, with a filled cache directory as its content.
	LayoutOCI Layout = "oci"
)

// Layouts are all layouts.
var Layouts = []Layout{LayoutCache, LayoutHTTP, LayoutOCI}

// layout decides which files are stored, and where.
type layout interface {
	// take returns how the file of the mirror is made of the file, as in LockedFile.Taken.
	take(f verify.File) string
	mode() fs.FileMode
	// tree returns the files of the mirror. All that is selected is in the store.
	tree(repositories []Repository, s *store) (tree, error)
}

// The values of LockedFile.Taken. The program that Botkube takes from an archive is a plugin, or a
// dependency, whose name follows. A packed program is one that was put into an archive under the
// name that follows.
const (
	takenPlugin     = "plugin"
	takenDependency = "dependency "
	takenPacked     = "packed "
)

// tree is the content of a mirror.
type tree struct {
	files   []target
	indexes []indexFile
	at      map[string]int // the positions of files, by path
}

// target is a file that is copied from the store.
type target struct {
	path    string // in the mirror, with slashes
	file    stored
	taken   string
	plugins []string // as in LockedFile
}

type indexFile struct {
	path string
	data []byte
}

// newLayout returns the layout of the files. The files of an image are those of a cache.
func newLayout(l Layout, baseURL string) layout {
	if l == LayoutHTTP {
		return httpLayout{baseURL, strings.HasPrefix(baseURL, "file:")}
	}
	return cacheLayout{}
}

// Dir returns the name of a platform's directory in LayoutCache.
func Dir(p index.Platform) string { return p.OS + "-" + p.Arch }

// IndexFile returns the path of a repository's index in LayoutHTTP, and in a cache directory of
// Botkube (loadRepositoriesMetadata in its pkg/plugin/manager.go).
func IndexFile(repository string) string { return repository + ".yaml" }

// cacheLayout is Botkube's cache (loadPlugins and ensurePluginDownloaded in its
// pkg/plugin/manager.go).
type cacheLayout struct{}

func (cacheLayout) mode() fs.FileMode { return 0o755 }

func (cacheLayout) take(f verify.File) string {
	switch {
	case f.Archive == "":
		return ""
	case f.Dependency == "":
		return takenPlugin
	}
	return takenDependency + path.Join(f.Dir, f.Dependency)
}

func (cacheLayout) tree(repositories []Repository, s *store) (tree, error) {
	var t tree
	for _, platform := range platforms(repositories) {
		for _, r := range repositories {
			ix := only(r.Index, platform)
			if len(ix.Entries) == 0 {
				continue
			}
			data, err := index.Encode(ix)
			if err != nil {
				return t, err
			}
			t.indexes = append(t.indexes, indexFile{path.Join(Dir(platform), IndexFile(r.Name)), data})
			dir := path.Join(Dir(platform), r.Name)
			newest := index.Dependencies{} // of the plugin of the entry before
			for i, e := range ix.Entries { // newest first
				a := e.URLs[0]
				if i == 0 || ix.Entries[i-1].Key() != e.Key() {
					newest = a.Dependencies
				}
				if err := t.addCached(s, dir, e, a, newest); err != nil {
					return t, err
				}
			}
		}
	}
	return t, nil
}

// addCached adds a plugin with its dependencies. Botkube looks for the dependencies of the newest
// version, whichever version it starts, so those that the version does not have are added, too.
func (t *tree) addCached(s *store, dir string, e index.Entry, a index.Artifact, newest index.Dependencies) error {
	program := path.Join(dir, fmt.Sprintf("%s_%s_%s", e.Type, e.Version, e.Name))
	file, err := verify.ArtifactFile(e, a)
	if err == nil {
		err = t.add(s, program, file)
	}
	if err != nil {
		return err
	}
	for _, dependencies := range []index.Dependencies{a.Dependencies, newest} {
		for name, dependency := range dependencies {
			at := path.Join(program+"_deps", name)
			file, err := verify.DependencyFile(name, dependency.URL)
			if err == nil {
				err = t.add(s, at, file)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// add adds a file, unless there is one at its path.
func (t *tree) add(s *store, at string, f verify.File) error {
	file, taken, err := s.get(f)
	if err == nil {
		t.put(target{path: at, file: file, taken: taken}, f.Plugin)
	}
	return err
}

func (t *tree) put(f target, plugin string) {
	if t.at == nil {
		t.at = map[string]int{}
	}
	i, there := t.at[f.path]
	if !there {
		i = len(t.files)
		t.at[f.path] = i
		t.files = append(t.files, f)
	}
	if plugins := &t.files[i].plugins; plugin != "" && !slices.Contains(*plugins, plugin) {
		*plugins = append(*plugins, plugin)
	}
}

// httpLayout is a tree of downloads. Its files are named by their checksums, so that an index always
// leads to the files that it was written for.
type httpLayout struct {
	baseURL string
	// local means that Botkube opens the files itself. It changes the permissions of a program
	// (downloadBinary in its pkg/plugin/downloader.go), which a read-only volume does not allow, but
	// copies the program in an archive. So all programs are in archives.
	local bool
}

func (httpLayout) mode() fs.FileMode { return 0o644 }

func (l httpLayout) take(f verify.File) string {
	switch {
	case !l.local || f.Archive != "":
		return ""
	case f.Dependency != "":
		return takenPacked + f.Dependency
	}
	return takenPacked + "plugin"
}

func (l httpLayout) tree(repositories []Repository, s *store) (tree, error) {
	var t tree
	for _, r := range repositories {
		ix := r.Index.Sorted() // a copy of the artifacts and the dependencies
		for _, e := range ix.Entries {
			for i := range e.URLs {
				if err := l.rewrite(&t, s, r.Name, e, &e.URLs[i]); err != nil {
					return t, err
				}
			}
		}
		data, err := index.Encode(ix)
		if err != nil {
			return t, err
		}
		t.indexes = append(t.indexes, indexFile{IndexFile(r.Name), data})
	}
	return t, nil
}

// rewrite makes the URLs of an artifact lead to the mirror, and adds the files.
func (l httpLayout) rewrite(t *tree, s *store, repository string, e index.Entry, a *index.Artifact) error {
	file, err := verify.ArtifactFile(e, *a)
	if err != nil {
		return err
	}
	at, sum, err := l.add(t, s, repository, artifact.FileName(e.Type, e.Name, a.Platform), file)
	if err != nil {
		return err
	}
	a.URL, a.Checksum = l.url(at), sum
	for name, dependency := range a.Dependencies {
		file, err := verify.DependencyFile(name, dependency.URL)
		if err != nil {
			return err
		}
		base := name
		if unpack, _ := gogetter.Suffix(name); unpack != gogetter.AsIs {
			base = "dependency" // the name alone would make it an archive
		}
		at, sum, err := l.add(t, s, repository, base, file)
		if err != nil {
			return err
		}
		link := l.url(at)
		if file.Dir != "" && file.Archive != "" {
			link += "//" + file.Dir
		}
		a.Dependencies[name] = index.Dependency{URL: gogetter.WithChecksum(link, sum)}
	}
	return nil
}

// add adds a file, and returns its path and its checksum.
func (l httpLayout) add(t *tree, s *store, repository, base string, f verify.File) (at, sum string, err error) {
	file, taken, err := s.get(f)
	if err != nil {
		return "", "", err
	}
	suffix := f.Archive
	if taken != "" {
		suffix = ".tar"
	}
	at = path.Join(repository, file.sha256, base+suffix)
	t.put(target{path: at, file: file, taken: taken}, f.Plugin)
	return at, file.sha256, nil
}

// url escapes no more than necessary, since go-getter does not decode other escapes in a file: URL.
func (l httpLayout) url(at string) string {
	return l.baseURL + "/" + (&url.URL{Path: at}).EscapedPath()
}
