package index

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
	// unusual pre-releases. Sorting by all texts first makes the result independent of the
	// order of the input even then.
	slices.SortFunc(releases, func(a, b release) int {
		order := cmp.Or(
			strings.Compare(string(a.entry.Type), string(b.entry.Type)),
			strings.Compare(a.entry.Name, b.entry.Name),
			strings.Compare(a.entry.Version, b.entry.Version),
		)
		if order == 0 { // two entries of one version, which an index should not have
			// %#v writes every field, in a fixed order and with maps sorted by key.
			order = strings.Compare(fmt.Sprintf("%#v", a.entry), fmt.Sprintf("%#v", b.entry))
		}
		return order
	})
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
	version *version.Version // nil if it cannot be parsed
}

func newRelease(e Entry) release { return release{entry: e, version: parseVersion(e.Version)} }

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
func SameVersion(a, b string) bool { return VersionKey(a) == VersionKey(b) }

// parseVersion parses a version as Botkube does. It returns nil if Botkube cannot parse it.
func parseVersion(s string) *version.Version {
	v, err := version.NewVersion(s)
	if err != nil {
		return nil
	}
	return v
}

// compareVersions orders the newer version first, by the comparison that Botkube uses
// (semvVerAGreaterThanB in its pkg/plugin/store.go). If a number in a pre-release overflows, Botkube
// may find each version newer than the other; neither comes first then.
func compareVersions(a, b *version.Version) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	case a.GreaterThan(b) == b.GreaterThan(a):
		return 0
	case a.GreaterThan(b):
		return -1
	default:
		return 1
	}
}

// versionRank returns a text that two versions share if Botkube treats them as the same: neither is
// newer. Botkube's comparison is not transitive for a few unusual versions: it takes neither 1.0.0.0
// nor any pre-release of 1.0.0 for the newer one. Such versions have different texts. For a version
// that Botkube cannot compare with all others, versionRank also returns what is wanted instead.
func versionRank(s string) (rank, want string) {
	const comparable = "a version such as v1.2.3, which Botkube can compare with others"
	if len(s) > maxFileName {
		return "?" + s, fmt.Sprintf("a version of at most %d bytes, since it is part of the name of a file", maxFileName)
	}
	v := parseVersion(s)
	if v == nil {
		return "?" + s, comparable
	}
	var b strings.Builder
	segments := v.Segments64()
	for len(segments) > 0 && segments[len(segments)-1] == 0 {
		segments = segments[:len(segments)-1]
	}
	for _, n := range segments {
		fmt.Fprintf(&b, "%d.", n)
	}
	b.WriteString("-")
	for part := range strings.SplitSeq(v.Prerelease(), ".") {
		n, err := strconv.ParseInt(part, 10, 64)
		switch {
		case err == nil:
			part = strconv.FormatInt(n, 10)
		case errors.Is(err, strconv.ErrRange):
			// Botkube takes both it and 1.0.0-a for the newer one.
			want = comparable + ": a number has at most 18 digits"
		}
		b.WriteString("." + part)
	}
	return b.String(), want
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
