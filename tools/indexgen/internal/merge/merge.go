// Package merge makes one plugin index of several.
package merge

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"slices"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"

	"golang.org/x/sync/errgroup"
)

// Input is one of the indexes.
type Input struct {
	Name string // of its file or URL
	Data []byte
}

// Options defines what is merged.
type Options struct {
	// Keep is how many versions of each plugin are kept, the newest, or 0 for all.
	Keep int
	// SkipBroken leaves out an index that Botkube rejects. Otherwise nothing is merged.
	SkipBroken bool
}

// Result is the merged index.
type Result struct {
	Index index.Index // empty if there are problems
	// Problems are those of the inputs, and entries of the same version with other content.
	Problems problem.Limited
	Skipped  []Skipped // by Options.SkipBroken, in the order of the inputs
}

// Skipped is an input that was left out.
type Skipped struct {
	Name     string
	Problems problem.Limited
}

// Run merges indexes. Their order does not matter. It forgets the Data of an input when it has read
// it. It returns an error only if the context ends, or if an index exceeds a limit of the package index.
func Run(ctx context.Context, inputs []Input, options Options) (Result, error) {
	checked, err := check(ctx, inputs)
	if err != nil {
		return Result{}, err
	}
	var result Result
	m := merged{entries: map[string]origin{}}
	for i, c := range checked {
		switch {
		case c.problems.Total() == 0:
			m.add(inputs[i].Name, c.index)
		case options.SkipBroken:
			result.Skipped = append(result.Skipped, Skipped{inputs[i].Name, c.problems})
		default:
			result.Problems.Add(c.problems.Kept...)
			result.Problems.More += c.problems.More
		}
	}
	slices.SortFunc(m.conflicts, problem.Compare)
	result.Problems.Add(m.conflicts...)
	if result.Problems.Total() > 0 {
		return result, nil
	}
	result.Index = m.newest(options.Keep)
	if len(result.Index.Entries) == 0 {
		result.Problems.Add(problem.Problem{Where: "index", Field: "entries", Found: problem.Nothing, Want: "at least one plugin"})
	}
	return result, nil
}

type checkedInput struct {
	index    index.Index
	problems problem.Limited
}

// check decodes and validates the inputs, as many at once as there are processors.
func check(ctx context.Context, inputs []Input) ([]checkedInput, error) {
	out := make([]checkedInput, len(inputs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range inputs {
		group.Go(func() error {
			input := &inputs[i]
			ix, found, err := index.Check(ctx, input.Data)
			input.Data = nil
			if err != nil {
				return fmt.Errorf("%s: %w", input.Name, err)
			}
			for k := range found.Problems.Kept {
				p := &found.Problems.Kept[k]
				p.Where = input.Name + ": " + p.Where
			}
			out[i] = checkedInput{ix, found.Problems}
			return nil
		})
	}
	return out, group.Wait()
}

// merged is what several valid indexes contain together. Each entry is valid, and no two have the
// same version, so the result is valid too.
type merged struct {
	entries   map[string]origin // by plugin and version
	conflicts problem.List
}

type origin struct {
	entry index.Entry
	name  string // of the input
}

func (m *merged) add(name string, ix index.Index) {
	for _, e := range ix.Entries {
		key := e.Key() + " " + index.VersionKey(e.Version)
		first, ok := m.entries[key]
		switch {
		case !ok:
			m.entries[key] = origin{e, name}
		case !same(first.entry, e):
			names := []string{first.name, name}
			slices.Sort(names)
			m.conflicts = append(m.conflicts, problem.Problem{
				Where: e.Label() + " " + problem.Label(min(e.Version, first.entry.Version)),
				Found: fmt.Sprintf("other content in %s than in %s", problem.Line(names[1]), problem.Line(names[0])),
				Want:  "the same entry, since a published version never changes",
				Hint:  "indexgen diff shows what differs",
			})
		}
	}
}

// same reports whether two entries are equal, apart from the order of their artifacts.
func same(a, b index.Entry) bool {
	return reflect.DeepEqual(index.Index{Entries: []index.Entry{a}}.Sorted(), index.Index{Entries: []index.Entry{b}}.Sorted())
}

// newest returns the newest versions of each plugin, or all for 0.
func (m *merged) newest(keep int) index.Index {
	var ix index.Index
	for _, o := range m.entries {
		ix.Entries = append(ix.Entries, o.entry)
	}
	if keep == 0 {
		return ix
	}
	kept := map[string]int{}
	ix = ix.Sorted() // newest first
	ix.Entries = slices.DeleteFunc(ix.Entries, func(e index.Entry) bool {
		kept[e.Key()]++
		return kept[e.Key()] > keep
	})
	return ix
}
