package generate

import (
	"bytes"
	"cmp"
	"maps"
	"path"
	"slices"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
)

// takeMetadata describes each plugin as the proven index does.
func takeMetadata(works []*work, proven []byte) error {
	ix, err := index.Decode(proven)
	if err != nil {
		return err
	}
	for _, w := range works {
		i := slices.IndexFunc(ix.Entries, func(e index.Entry) bool { return e.Type == w.Type && e.Name == w.Name })
		if i < 0 {
			w.failures = append(w.failures, problem.Problem{
				Where: w.Key(), Found: "no such plugin in the proven index", Want: "the plugins that were proven",
			})
			continue
		}
		entry := ix.Entries[i]
		artifacts := entry.URLs
		entry.URLs = nil
		w.described = &description{entry, func(p index.Platform) index.Dependencies {
			for _, a := range artifacts {
				if a.Platform == p {
					return a.Dependencies
				}
			}
			return nil
		}}
	}
	return nil
}

const irreproducible = "build from the same commit with the same version of Go and the same settings; a build differs each time " +
	"if it contains the current time, a random number, the path of a directory or the order of a map"

// differences reports each file that is not the one in the proven index. If there is none, it
// reports any other difference between the indexes.
func differences(r Result, proven []byte) problem.List {
	if bytes.Equal(r.Index, proven) {
		return nil
	}
	built, wanted := checksums(r.Index), checksums(proven)
	files := maps.Clone(wanted)
	maps.Copy(files, built)
	var problems problem.List
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if got, want := built[file], wanted[file]; got != want {
			problems = append(problems, problem.Problem{
				Where: problem.Label(file), Field: "SHA-256",
				Found: problem.Line(cmp.Or(got, problem.Nothing)), Want: problem.Line(cmp.Or(want, problem.Nothing)) + ", as in the proven index",
				Hint: irreproducible,
			})
		}
	}
	if len(problems) == 0 {
		problems = problem.List{{
			Where: "index", Found: "another index of the same files", Want: "the bytes of the proven index",
			Hint: "give the base URL and the plugins that it was generated with",
		}}
	}
	return problems
}

// checksums returns the checksums of an index by file name.
func checksums(text []byte) map[string]string {
	sums := map[string]string{}
	ix, err := index.Decode(text)
	if err != nil {
		return sums // takeMetadata has reported it
	}
	for _, entry := range ix.Entries {
		for _, a := range entry.URLs {
			sums[path.Base(a.URL)] = a.Checksum
		}
	}
	return sums
}
