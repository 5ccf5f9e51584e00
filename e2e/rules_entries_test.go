package e2e_test

import (
	"strings"

	"github.com/kubeshop/botkube/pkg/plugin"
)

// entry is a change to the only entry.
func entry(change func(e *plugin.IndexEntry)) func(*plugin.Index) {
	return func(ix *plugin.Index) { change(&ix.Entries[0]) }
}

// again adds a changed copy of the first entry.
func again(change func(e *plugin.IndexEntry)) func(*plugin.Index) {
	return func(ix *plugin.Index) {
		copied := ix.Entries[0]
		change(&copied)
		ix.Entries = append(ix.Entries, copied)
	}
}

// eachArtifact is a change to the artifacts of all platforms.
func eachArtifact(change func(a *plugin.IndexURL)) func(*plugin.Index) {
	return entry(func(e *plugin.IndexEntry) {
		for i := range e.URLs {
			change(&e.URLs[i])
		}
	})
}

// dependsOn is a change to an index with one platform, this machine's, and one dependency.
func dependsOn(name, url string) func(*plugin.Index) {
	return entry(func(e *plugin.IndexEntry) {
		e.URLs = e.URLs[:1]
		e.URLs[0].Dependencies = plugin.Dependencies{name: {URL: url}}
	})
}

var validIndexes = []rule{
	{name: "as published", change: func(*plugin.Index) {}, shown: starts},
	{name: "no optional field", change: entry(func(e *plugin.IndexEntry) {
		e.DocumentationURL, e.JSONSchema = "", plugin.JSONSchema{}
	}), shown: starts},
	{name: "recommended", change: entry(func(e *plugin.IndexEntry) { e.Recommended = true })},
	{name: "schema by reference", change: entry(func(e *plugin.IndexEntry) {
		e.JSONSchema = plugin.JSONSchema{RefURL: "https://example.com/schema.json"}
	})},
	{name: "version with v", change: entry(func(e *plugin.IndexEntry) { e.Version = "v1.0.0" }), shown: starts},
	{name: "older pre-release", change: again(func(e *plugin.IndexEntry) { e.Version = "0.0.1-rc.1" }), shown: starts},
	{name: "executor of the same name", change: again(func(e *plugin.IndexEntry) { e.Type = "executor" }), shown: starts},
	{name: "one platform", change: entry(func(e *plugin.IndexEntry) { e.URLs = e.URLs[:1] }), shown: starts},
	{name: "checksum in capitals", change: eachArtifact(func(a *plugin.IndexURL) { a.Checksum = strings.ToUpper(a.Checksum) }), shown: starts},
	{name: "dependency of all platforms", change: eachArtifact(func(a *plugin.IndexURL) {
		a.Dependencies = plugin.Dependencies{"tool": {URL: "https://example.com/tool"}}
	})},
	{name: "dependency in a directory of an archive", change: dependsOn("tool", "https://example.com/tool.tar.gz//linux")},
	{name: "line for editors", text: `# yaml-language-server: $schema=https://example.com/schema.json
entries: [{name: x, type: source, version: 1.0.0, description: X,
		urls: [{url: 'https://example.com/x', checksum: '` + digest + `', platform: {os: linux, architecture: arm64}}]}]`},
	{name: "unknown keys", text: `{apiVersion: v1, entries: [{name: x, type: source, version: 1.0.0, description: X, new: 1,
		urls: [{url: 'https://example.com/x', checksum: '` + digest + `', platform: {os: linux, architecture: arm64, variant: v8}}]}]}`},
	{name: "version that looks like a number", text: `entries: [{name: x, type: source, version: 1.10, description: X,
		urls: [{url: 'https://example.com/x', checksum: '` + digest + `', platform: {os: linux, architecture: arm64}}]}]`},
}

// digest is the checksum of an empty file.
const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

var rejectedByBotkube = []rule{
	{name: "no name", change: entry(func(e *plugin.IndexEntry) { e.Name = "" }), botkube: "field name cannot be empty", fields: []string{"name"}},
	{name: "no type", change: entry(func(e *plugin.IndexEntry) { e.Type = "" }), botkube: "field type cannot be empty", fields: []string{"type"}},
	{name: "unknown type", change: entry(func(e *plugin.IndexEntry) { e.Type = "action" }), botkube: "field type is not valid", fields: []string{"type"}},
	{name: "type in capitals", change: entry(func(e *plugin.IndexEntry) { e.Type = "Source" }), botkube: "field type is not valid", fields: []string{"type"}},
	{name: "no version", change: entry(func(e *plugin.IndexEntry) { e.Version = "" }), botkube: "field version cannot be empty", fields: []string{"version"}},
	{name: "no artifacts", change: entry(func(e *plugin.IndexEntry) { e.URLs = nil }), botkube: "field urls cannot be empty", fields: []string{"urls"}},
	{name: "the same twice", change: again(func(*plugin.IndexEntry) {}), botkube: "conflicts with the 0th entry", fields: []string{"version"}},
	{name: "dependency without URL", change: dependsOn("tool", ""), botkube: `dependency URL for key "tool"`, fields: []string{`urls[0].dependencies["tool"].url`}},
	{name: "one bad entry among good ones", change: again(func(e *plugin.IndexEntry) { e.Name, e.URLs = "other", nil }), botkube: "entries[1]", fields: []string{"urls"}, shown: fails("entries[1]")},
	{name: "not YAML", text: "entries: [", botkube: "did not find", fields: []string{""}},
	{name: "a web page", text: "<!DOCTYPE html>\n<html></html>\n", botkube: "cannot unmarshal", fields: []string{""}},
	{name: "entries that are no list", text: "entries: {name: ticker}", botkube: "cannot unmarshal", fields: []string{""}},
	{name: "key that occurs twice", text: "entries: []\nentries: []\n", botkube: "already defined", fields: []string{""}},
}

var rejectedEntries = []rule{
	{
		name: "empty file", text: "\n", fields: []string{""},
		reason: "a download or a generator that was cut short looks like this", shown: fails("not found source plugin"),
	},
	{
		name: "no entries", text: "entries: []", fields: []string{"entries"},
		reason: "whatever an operator enables is not there", shown: fails("not found source plugin"),
	},
	{
		name: "name with @", change: entry(func(e *plugin.IndexEntry) { e.Name = "ticker@home" }), fields: []string{"name"},
		reason: "Botkube takes what follows for a version, and looks for the rest", shown: failsFor("ticker@home", `called "ticker"`),
	},
	{
		name: "name that leaves the directory", change: entry(func(e *plugin.IndexEntry) { e.Name = "a/../../escaped" }), fields: []string{"name"},
		reason: "Botkube makes a path of it", shown: installsAt("a/../../escaped", "escaped"),
	},
	{
		name: "name that is too long", change: entry(func(e *plugin.IndexEntry) { e.Name = strings.Repeat("x", 250) }), fields: []string{"name"},
		reason: "Botkube makes a file name of it", shown: failsFor(strings.Repeat("x", 250), "file name too long"),
	},
	{
		name: "name with a space", change: entry(func(e *plugin.IndexEntry) { e.Name = "tick er" }), fields: []string{"name"},
		reason: "no one could type it in a command",
	},
	{
		name: "no description", change: entry(func(e *plugin.IndexEntry) { e.Description = "" }), fields: []string{"description"},
		reason: "Botkube's own index builder refuses a plugin without one",
	},
	{
		name: "documentation that is a path", change: entry(func(e *plugin.IndexEntry) { e.DocumentationURL = "docs/ticker.md" }), fields: []string{"documentationUrl"},
		reason: "no one who is shown the link can follow it",
	},
	{
		name: "version that does not compare", change: func(ix *plugin.Index) {
			ix.Entries[0].Version = "1.0.0"
			again(func(e *plugin.IndexEntry) { e.Version = "latest" })(ix)
			again(func(e *plugin.IndexEntry) { e.Version = "2.0.0" })(ix)
		}, fields: []string{"version"},
		reason: "versions cannot be put in order, and Botkube does not install the newest", shown: installsVersion("1.0.0"),
	},
	{
		name: "versions that compare equal", change: func(ix *plugin.Index) {
			ix.Entries[0].Version = "1.0"
			again(func(e *plugin.IndexEntry) { e.Version = "v1.0.0" })(ix)
		}, fields: []string{"version"},
		reason: "which of the two Botkube installs is a matter of their order in the file", shown: installsVersion("1.0"),
	},
}
