package verify

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/report"
)

// Problem is one reason why Botkube could not install what is at a URL.
type Problem struct {
	report.Problem
	URL string `json:"url,omitempty"` // of the artifact or dependency, if it is about one
}

// String renders the problem for people, with the URL on a line of its own.
func (p Problem) String() string {
	text := p.Problem.String()
	if p.URL == "" {
		return text
	}
	first, rest, more := strings.Cut(text, "\n")
	first += "\n  url: " + label(p.URL)
	if more {
		first += "\n" + rest
	}
	return first
}

// label makes a text of the index safe to print. Whoever serves the index wrote it.
func label(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }) {
		return strconv.Quote(s)
	}
	return s
}

// shadowed warns of entries that Botkube never installs.
func shadowed(ix index.Index) []Problem {
	newest := map[string]string{}
	var warnings []Problem
	for _, entry := range ix.Sorted().Entries { // newest first
		key := string(entry.Type) + "/" + entry.Name
		if version, ok := newest[key]; ok {
			warnings = append(warnings, Problem{Problem: report.Problem{
				Where: key,
				Found: fmt.Sprintf("version %q beside the newer %q", entry.Version, version),
				Want:  "one version of each plugin",
				Hint: "Botkube 1.14.0 always installs the newest, even if a configuration pins the other one; " +
					"publish an index of its own for each release",
			}})
			continue
		}
		newest[key] = entry.Version
	}
	return warnings
}

// disagreements are platforms of an entry that were not built from the same source.
func disagreements(checks []Check) []Problem {
	var problems []Problem
	for _, fact := range []struct {
		name string
		of   func(build) string
	}{
		{"module", func(b build) string { return b.module }},
		{"module version", func(b build) string { return b.version }},
		{"revision", func(b build) string { return b.revision }},
	} {
		first := map[int]*Check{} // of each entry, that knows
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
				problems = append(problems, Problem{report.Problem{
					Where: c.where() + ": build information",
					Found: fmt.Sprintf("%s %q", fact.name, found),
					Want:  fmt.Sprintf("%q, as %s has it", fact.of(reference.build), reference.Platform),
					Hint:  "build all platforms of a version from the same commit, in one run",
				}, c.URL})
			}
		}
	}
	return problems
}
