package site

import (
	"maps"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/jsonschema"
)

// overview is what the overview shows.
type overview struct {
	Root         string // the path from the page to the directory of the site
	Repositories []Repository
	Items        []item
	Platforms    []string // of all plugins
}

// item is a plugin in the overview.
type item struct {
	index.Entry
	Repository string
	Path       string
	Platforms  []string
	// Groups are the platforms for people.
	Groups []string
	// Fields are the names of the fields of the config, for the search.
	Fields string
}

func newOverview(repositories []Repository, plugins []plugin) overview {
	o := overview{Repositories: repositories}
	all := map[string]bool{}
	for _, p := range plugins {
		i := item{
			Entry: p.newest, Repository: p.repository.Name, Path: p.path(), Platforms: platforms(p.newest),
			Groups: platformGroups(p.newest), Fields: fieldNames(p.newest.JSONSchema.Value),
		}
		for _, platform := range i.Platforms {
			all[platform] = true
		}
		o.Items = append(o.Items, i)
	}
	o.Platforms = slices.Sorted(maps.Keys(all))
	return o
}

// maxFieldNames is how many bytes of names of fields an item has: the overview must stay small.
const maxFieldNames = 500

// fieldNames returns the names of the fields of a config, each once.
func fieldNames(schema string) string {
	var names []string
	size := 0
	for _, f := range jsonschema.FieldsOf(schema).List {
		name := f.Path[strings.LastIndexByte(f.Path, '.')+1:]
		if slices.Contains(names, name) || size+len(name) > maxFieldNames {
			continue
		}
		names, size = append(names, name), size+len(name)+1
	}
	return strings.Join(names, " ")
}
