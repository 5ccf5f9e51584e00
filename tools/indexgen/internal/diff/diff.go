// Package diff says what changes for operators who move from one plugin index to another.
package diff

import (
	"cmp"
	"context"
	"slices"

	"botkube-plugins/index"
	"botkube-plugins/internal/jsonschema"
	"botkube-plugins/internal/problem"
)

// Kind says what changed.
type Kind string

// The kinds of changes. docs/json.md describes them.
const (
	PluginAdded       Kind = "plugin-added"
	PluginRemoved     Kind = "plugin-removed"
	VersionNewer      Kind = "version-newer"
	VersionOlder      Kind = "version-older"
	ContentReplaced   Kind = "content-replaced"
	PlatformAdded     Kind = "platform-added"
	PlatformRemoved   Kind = "platform-removed"
	DependencyAdded   Kind = "dependency-added"
	DependencyRemoved Kind = "dependency-removed"
	DependencyChanged Kind = "dependency-changed"
	ConfigSchema      Kind = "config-schema"
	PayloadSchema     Kind = "payload-schema"
	Default           Kind = "default"
	Field             Kind = "field"
	Size              Kind = "size"
)

// Change is one change of a plugin.
type Change struct {
	Verdict jsonschema.Verdict `json:"verdict"`
	Kind    Kind               `json:"kind"`
	// Text describes the change for people, on one line. It is safe to print.
	Text string `json:"text"`
	// Witness is a config or payload that was valid and no longer is. It is set if a schema breaks.
	Witness *any `json:"witness,omitempty"`
	// Problems are those of the witness under the new schema.
	Problems problem.List `json:"problems,omitempty"`
}

// Plugin is a plugin that changed.
type Plugin struct {
	Name string `json:"plugin"` // such as "source/ticker"
	// Old and New are the versions that Botkube installs, empty if there is none.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
	// Verdict is that of the worst change.
	Verdict jsonschema.Verdict `json:"verdict"`
	// NewMajor says that New has a greater major number than Old, which permits breaking changes.
	NewMajor bool     `json:"newMajor"`
	Changes  []Change `json:"changes"` // the worst first
}

// Permitted reports whether the version of the plugin permits all of its changes.
func (p Plugin) Permitted() bool { return p.Verdict != jsonschema.Breaking || p.NewMajor }

// Side is one of the two indexes.
type Side struct {
	Index index.Index
	// Size returns the size of the file at a URL in bytes, and false if it is not known. It may be nil.
	Size func(url string) (int64, bool)
}

// Run compares two indexes. It returns the plugins that changed, sorted by type and name, and an error
// only if the context ends.
func Run(ctx context.Context, from, to Side) ([]Plugin, error) {
	c := comparison{
		from: from, to: to, comparer: jsonschema.NewComparer(), schemas: map[schemaPair]jsonschema.Comparison{},
	}
	before, after := byPlugin(from.Index), byPlugin(to.Index)
	var keys []string
	for key := range before {
		keys = append(keys, key)
	}
	for key := range after {
		if _, ok := before[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	var plugins []Plugin
	for _, key := range keys {
		p, err := c.plugin(ctx, before[key], after[key])
		if err != nil {
			return nil, err
		}
		if len(p.Changes) > 0 {
			plugins = append(plugins, p)
		}
	}
	return plugins, nil
}

// byPlugin returns the entries of each plugin, the one that Botkube installs first.
func byPlugin(ix index.Index) map[string][]*index.Entry {
	plugins := map[string][]*index.Entry{}
	for i := range ix.Entries {
		e := &ix.Entries[i]
		plugins[e.Key()] = append(plugins[e.Key()], e)
	}
	for _, entries := range plugins {
		newest := 0
		for i, e := range entries {
			if order, ok := index.CompareVersions(entries[newest].Version, e.Version); ok && order < 0 {
				newest = i
			}
		}
		entries[0], entries[newest] = entries[newest], entries[0]
	}
	return plugins
}

// rank orders verdicts, the worst first.
func rank(v jsonschema.Verdict) int {
	return slices.Index([]jsonschema.Verdict{jsonschema.Breaking, jsonschema.Unknown, jsonschema.Compatible}, v)
}

type comparison struct {
	from, to Side
	comparer *jsonschema.Comparer
	schemas  map[schemaPair]jsonschema.Comparison // compared already: most plugins have many versions
	changes  []Change                             // of the current plugin
}

func (c *comparison) add(verdict jsonschema.Verdict, kind Kind, text string) {
	c.changes = append(c.changes, Change{Verdict: verdict, Kind: kind, Text: problem.OneLine(text)})
}

// plugin compares the entries of one plugin. One of the lists may be empty.
func (c *comparison) plugin(ctx context.Context, before, after []*index.Entry) (Plugin, error) {
	c.changes = nil
	var p Plugin
	switch {
	case len(after) == 0:
		p.Name, p.Old = before[0].Label(), before[0].Version
		c.add(jsonschema.Breaking, PluginRemoved, "the plugin is gone")
	case len(before) == 0:
		p.Name, p.New = after[0].Label(), after[0].Version
		c.add(jsonschema.Compatible, PluginAdded, "new plugin")
	default:
		was, is := before[0], after[0]
		p.Name, p.Old, p.New, p.NewMajor = was.Label(), was.Version, is.Version, index.NewMajor(was.Version, is.Version)
		c.replaced(before, after)
		c.versions(was, is)
		c.platforms(was, is)
		c.dependencies(was, is)
		if err := c.entrySchemas(ctx, was, is); err != nil {
			return Plugin{}, err
		}
	}
	slices.SortStableFunc(c.changes, func(a, b Change) int { return cmp.Compare(rank(a.Verdict), rank(b.Verdict)) })
	p.Changes = c.changes
	if len(c.changes) > 0 {
		p.Verdict = c.changes[0].Verdict
	}
	return p, context.Cause(ctx)
}
