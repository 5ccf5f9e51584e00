package mirror

import (
	"cmp"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"botkube-plugins/index"
)

// Repository is a plugin repository, as in Botkube's values.
type Repository struct {
	Name string
	// Sources are the indexes of the repository. Botkube's values name the first.
	Sources []Source
	// Index is the plugins of all sources.
	Index index.Index
}

// SourceOf describes an index that was read from a URL or a file. The user and password of a URL are
// not part of it.
func SourceOf(name string, data []byte) (Source, error) {
	link := withoutUser(name)
	if !strings.Contains(name, "://") {
		path, err := filepath.Abs(name)
		if err != nil {
			return Source{}, err
		}
		link = (&url.URL{Scheme: "file", Path: path}).String()
	}
	return Source{link, int64(len(data)), sha256Of(data)}, nil
}

// Plugin selects a plugin.
type Plugin struct {
	Name    string // or type and name, such as "source/ticker"
	Version string // or empty for all versions
}

func (p Plugin) matches(e index.Entry) bool {
	return (p.Name == e.Name || p.Name == e.Key()) && (p.Version == "" || index.SameVersion(p.Version, e.Version))
}

// Selection selects what is mirrored.
type Selection struct {
	Plugins   []Plugin // all if empty
	Platforms []index.Platform
	// Keep is how many versions of each plugin are selected, the newest first, or 0 for all. It does
	// not limit the plugins that are selected with a version.
	Keep int
}

// Of returns the selected entries of an index, in the order of index.Sorted. used marks the Plugins
// that select an entry.
func (s Selection) Of(ix index.Index, used []bool) index.Index {
	var selected index.Index
	kept := map[string]int{}
	for _, e := range ix.Sorted().Entries {
		e.URLs = slices.DeleteFunc(e.URLs, func(a index.Artifact) bool { return !slices.Contains(s.Platforms, a.Platform) })
		if len(e.URLs) == 0 {
			continue
		}
		all, pinned := len(s.Plugins) == 0, false
		for i, p := range s.Plugins {
			if p.matches(e) {
				used[i] = true
				all, pinned = all || p.Version == "", pinned || p.Version != ""
			}
		}
		if all && (s.Keep == 0 || kept[e.Key()] < s.Keep) {
			kept[e.Key()]++
		} else if !pinned {
			continue
		}
		selected.Entries = append(selected.Entries, e)
	}
	return selected
}

// Merge returns the entries of several indexes. It drops an entry that is the same in two of them.
func Merge(a, b index.Index) index.Index {
	for _, e := range b.Entries {
		if !slices.ContainsFunc(a.Entries, func(o index.Entry) bool { return reflect.DeepEqual(o, e) }) {
			a.Entries = append(a.Entries, e)
		}
	}
	return a
}

// only returns the entries and artifacts for one platform.
func only(ix index.Index, p index.Platform) index.Index {
	return Selection{Platforms: []index.Platform{p}}.Of(ix, nil)
}

// platforms returns the platforms of an index, sorted.
func platforms(repositories []Repository) []index.Platform {
	var all []index.Platform
	for _, r := range repositories {
		for _, e := range r.Index.Entries {
			for _, a := range e.URLs {
				all = append(all, a.Platform)
			}
		}
	}
	slices.SortFunc(all, func(a, b index.Platform) int { return cmp.Compare(a.String(), b.String()) })
	return slices.Compact(all)
}
