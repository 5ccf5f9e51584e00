package index

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
)

// Sorted returns a copy in the order in which Encode writes: entries by type,
// by name, and newest version first as Botkube sorts them; versions that Botkube
// cannot parse come last. Artifacts are sorted by platform. Empty lists and maps
// become nil, except Entries, which becomes an empty list.
func (ix Index) Sorted() Index {
	releases := make([]release, len(ix.Entries))
	for i, entry := range ix.Entries {
		entry.URLs = sortedArtifacts(entry.URLs)
		releases[i] = newRelease(entry)
	}
	// Botkube's comparison treats some different versions as equal, and is not transitive for a few
	// unusual pre-releases. Sorting by the complete text first makes the result independent of the
	// order of the input even then.
	slices.SortFunc(releases, func(a, b release) int { return strings.Compare(a.text, b.text) })
	slices.SortStableFunc(releases, compareReleases)

	out := Index{Entries: make([]Entry, len(releases))}
	for i, r := range releases {
		out.Entries[i] = r.entry
	}
	return out
}

// release is an entry with its sort keys.
type release struct {
	entry   Entry
	text    string
	version *version.Version // nil if it cannot be parsed
}

func newRelease(e Entry) release {
	// %#v writes every field, in a fixed order and with maps sorted by key.
	return release{entry: e, text: fmt.Sprintf("%#v", e), version: parseVersion(e.Version)}
}

func compareReleases(a, b release) int {
	return cmp.Or(
		strings.Compare(string(a.entry.Type), string(b.entry.Type)),
		strings.Compare(a.entry.Name, b.entry.Name),
		compareVersions(a.version, b.version),
		strings.Compare(a.entry.Version, b.entry.Version),
	)
}

// SameVersion reports whether Botkube treats both as the same version, such as v1.2.3 and 1.2.3.
// Versions that Botkube cannot parse are the same if their texts are equal.
func SameVersion(a, b string) bool {
	va, vb := parseVersion(a), parseVersion(b)
	return a == b || va != nil && vb != nil && sameRank(va, vb)
}

// parseVersion parses a version as Botkube does. It returns nil if Botkube cannot parse it.
func parseVersion(s string) *version.Version {
	v, err := version.NewVersion(s)
	if err != nil {
		return nil
	}
	return v
}

// compareVersions orders the newer version first, by the comparison that Botkube uses
// (semvVerAGreaterThanB in its pkg/plugin/store.go).
func compareVersions(a, b *version.Version) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	case sameRank(a, b):
		return 0
	case a.GreaterThan(b):
		return -1
	default:
		return 1
	}
}

// sameRank reports whether Botkube cannot decide which version is newer: neither is greater, or, if
// a number in a pre-release overflows, both are.
func sameRank(a, b *version.Version) bool {
	return a.GreaterThan(b) == b.GreaterThan(a)
}

func sortedArtifacts(in []Artifact) []Artifact {
	if len(in) == 0 {
		return nil
	}
	out := slices.Clone(in)
	for i, a := range out {
		if out[i].Dependencies = nil; len(a.Dependencies) > 0 {
			out[i].Dependencies = maps.Clone(a.Dependencies)
		}
	}
	slices.SortFunc(out, func(a, b Artifact) int {
		order := cmp.Or(
			strings.Compare(a.Platform.OS, b.Platform.OS),
			strings.Compare(a.Platform.Arch, b.Platform.Arch),
			strings.Compare(a.URL, b.URL),
		)
		if order == 0 {
			order = strings.Compare(fmt.Sprintf("%#v", a), fmt.Sprintf("%#v", b))
		}
		return order
	})
	return out
}
