package verify

import (
	"fmt"
	"slices"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
)

// shadowed warns about entries that Botkube never installs.
func shadowed(ix index.Index) problem.List {
	newest := map[string]string{}
	var warnings problem.List
	for _, entry := range ix.Sorted().Entries { // newest first
		if version, ok := newest[entry.Key()]; ok {
			warnings = append(warnings, problem.Problem{
				Where: entry.Label(),
				Found: fmt.Sprintf("version %q next to the newer %q", entry.Version, version),
				Want:  "one version of each plugin",
				Hint: "Botkube 1.14.0 always installs the newest, even if a configuration pins another one; " +
					"publish a separate index for each release",
			})
			continue
		}
		newest[entry.Key()] = entry.Version
	}
	return warnings
}

// notStarted reports the platforms of which no plugin was started, and none has a problem that
// explains it.
func notStarted(checks []Check, platforms []string) problem.List {
	var problems problem.List
	for _, platform := range platforms {
		if !slices.ContainsFunc(checks, func(c Check) bool { return c.Platform == platform && (c.Started || !c.OK) }) {
			problems = append(problems, problem.Problem{
				Where: platform, Found: "no plugin that was started", Want: "at least one plugin in the index for this platform",
				Hint: "build the plugins for it, or do not require it",
			})
		}
	}
	return problems
}

// disagreements reports platforms of an entry that were not built from the same source.
func disagreements(checks []Check) problem.List {
	var problems problem.List
	for _, fact := range []struct {
		name string
		of   func(build) string
	}{
		{"module", func(b build) string { return b.module }},
		{"module version", func(b build) string { return b.version }},
		{"revision", func(b build) string { return b.revision }},
	} {
		first := map[int]*Check{} // by entry: the first check that has the fact
		for i := range checks {
			c := &checks[i]
			found := fact.of(c.build)
			reference := first[c.entry]
			switch {
			case found == "":
			case reference == nil:
				first[c.entry] = c
			case found != fact.of(reference.build):
				c.OK = false
				problems = append(problems, problem.Problem{
					Where: c.where(), Field: "build information",
					Found: fmt.Sprintf("%s %q", fact.name, found),
					Want:  fmt.Sprintf("%q, as %s has it", fact.of(reference.build), reference.Platform),
					Hint:  "build all platforms of a version from the same commit, in one run",
					URL:   c.URL,
				})
			}
		}
	}
	return problems
}
