package diff

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/jsonschema"
	"botkube-plugins/internal/problem"
)

// replaced looks for versions with other content in the new index. An agent that has such a version
// keeps it, since Botkube caches by version, and a new agent gets the other one.
func (c *comparison) replaced(before, after []*index.Entry) {
	versions := map[string]*index.Entry{}
	for _, was := range before {
		versions[index.VersionKey(was.Version)] = was
	}
	for _, is := range after {
		was, ok := versions[index.VersionKey(is.Version)]
		if !ok {
			continue
		}
		if what := difference(was, is); what != "" {
			c.add(jsonschema.Breaking, ContentReplaced, fmt.Sprintf("version %s has other content: %s", problem.Line(is.Version), what))
		}
	}
}

// difference says in what two entries of the same version differ for Botkube. It returns "" if they
// do not: a file may move to another URL, and the texts for people may change.
func difference(was, is *index.Entry) string {
	var what []string
	files := artifacts(is)
	for platform, a := range sorted(artifacts(was)) {
		if b, ok := files[platform]; ok && !strings.EqualFold(a.Checksum, b.Checksum) {
			what = append(what, "the file for "+problem.Line(platform))
		}
	}
	if was.JSONSchema != is.JSONSchema {
		what = append(what, "the schema of the config")
	}
	if was.ExternalRequest != is.ExternalRequest {
		what = append(what, "the schema of the payload")
	}
	return strings.Join(what, ", ")
}

func (c *comparison) versions(was, is *index.Entry) {
	change := problem.Line(was.Version) + " → " + problem.Line(is.Version)
	switch order, ok := index.CompareVersions(was.Version, is.Version); {
	case !ok:
		c.add(jsonschema.Unknown, VersionNewer, change+": Botkube cannot compare these versions")
	case order < 0:
		c.add(jsonschema.Compatible, VersionNewer, change)
	case order > 0:
		c.add(jsonschema.Breaking, VersionOlder, change+": the version goes down")
	}
}

// artifacts returns the artifact of each platform. If there are several, Botkube uses the last.
func artifacts(e *index.Entry) map[string]index.Artifact {
	byPlatform := map[string]index.Artifact{}
	for _, a := range e.URLs {
		byPlatform[a.Platform.String()] = a
	}
	return byPlatform
}

func sorted[V any](m map[string]V) func(yield func(string, V) bool) {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

func (c *comparison) platforms(was, is *index.Entry) {
	before, after := artifacts(was), artifacts(is)
	for platform, a := range sorted(before) {
		b, ok := after[platform]
		if !ok {
			c.add(jsonschema.Breaking, PlatformRemoved, problem.Line(platform)+" is gone")
			continue
		}
		c.size(platform, a, b)
	}
	for platform := range sorted(after) {
		if _, ok := before[platform]; !ok {
			c.add(jsonschema.Compatible, PlatformAdded, "new platform "+problem.Line(platform))
		}
	}
}

// size compares the sizes of two files, if both are known.
func (c *comparison) size(platform string, a, b index.Artifact) {
	if c.from.Size == nil || c.to.Size == nil || strings.EqualFold(a.Checksum, b.Checksum) {
		return
	}
	before, ok1 := c.from.Size(a.URL)
	after, ok2 := c.to.Size(b.URL)
	if !ok1 || !ok2 || before == after {
		return
	}
	change := ""
	if before > 0 {
		change = fmt.Sprintf(" (%+.1f %%)", 100*float64(after-before)/float64(before))
	}
	c.add(jsonschema.Compatible, Size, fmt.Sprintf("%s: the file has %s, before %s%s", problem.Line(platform), megabytes(after), megabytes(before), change))
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// dependencies compares those of all platforms that both entries have.
func (c *comparison) dependencies(was, is *index.Entry) {
	found := map[string]Change{} // by its text: most platforms have the same dependencies
	add := func(verdict jsonschema.Verdict, kind Kind, format, name string) {
		text := fmt.Sprintf(format, problem.Label(name))
		found[text] = Change{Verdict: verdict, Kind: kind, Text: problem.OneLine(text)}
	}
	after := artifacts(is)
	for platform, a := range artifacts(was) {
		b, ok := after[platform]
		if !ok || reflect.DeepEqual(a.Dependencies, b.Dependencies) {
			continue
		}
		for name, d := range a.Dependencies {
			switch other, ok := b.Dependencies[name]; {
			case !ok:
				add(jsonschema.Breaking, DependencyRemoved, "dependency %s is gone", name)
			case d != other:
				add(jsonschema.Compatible, DependencyChanged, "dependency %s comes from another URL", name)
			}
		}
		for name := range b.Dependencies {
			if _, ok := a.Dependencies[name]; !ok {
				add(jsonschema.Compatible, DependencyAdded, "new dependency %s", name)
			}
		}
	}
	for _, change := range sorted(found) {
		c.changes = append(c.changes, change)
	}
}
