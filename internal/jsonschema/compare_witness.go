package jsonschema

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// These limits bound the search for a witness.
const (
	maxTried  = 20_000 // values that are judged; one of many bytes counts as more
	maxLevels = 12     // of values inside values
	maxKept   = 8      // values of each sort for one place
	maxNames  = 200    // properties of one object
	maxLong   = 1000   // characters of a text
	maxItems  = 50     // of a list
)

// findWitness looks for a value that is valid under one schema and invalid under another.
func findWitness(ctx context.Context, was, is *Schema) (any, bool) {
	s := &search{ctx: ctx, left: maxTried, known: map[string]samples{}, fits: func(value any) bool {
		return was.meter.fits(value) && is.meter.fits(value)
	}}
	found := s.at(spot{was: []*jsonschema.Schema{was.compiled}, is: []*jsonschema.Schema{is.compiled}}, 0)
	if len(found.breaking) == 0 {
		return nil, false
	}
	return found.breaking[0], true
}

// search tries values that the constants and limits of both schemas suggest.
type search struct {
	ctx   context.Context
	left  int // values that may still be judged
	known map[string]samples
	fits  func(value any) bool // whether a value can be judged in a short time
}

// spot is a place in the values of both schemas.
type spot struct {
	was, is []*jsonschema.Schema // all of them apply there
	hints   []*jsonschema.Schema // some of them may apply there
}

// samples are values that are valid under the old schemas of a spot, the simplest first.
type samples struct {
	breaking []any // invalid under its new schemas
	safe     []any
}

// any returns all samples, those first that other changes cannot break.
func (s samples) any() []any { return append(slices.Clip(s.safe), s.breaking...) }

func (s samples) full() bool { return len(s.breaking) == maxKept && len(s.safe) == maxKept }

func (s *search) at(at spot, level int) samples {
	var key strings.Builder
	for _, list := range [][]*jsonschema.Schema{at.was, at.is, at.hints} {
		key.WriteByte('|')
		for _, schema := range list {
			fmt.Fprintf(&key, "%p ", schema)
		}
	}
	if found, ok := s.known[key.String()]; ok || level > maxLevels {
		return found
	}
	s.known[key.String()] = samples{} // for a schema inside itself
	facets := facetsOf(slices.Concat(at.was, at.is, at.hints))
	var found samples
	seen := map[string]bool{}
	try := func(value any) bool {
		text := jsonKey(value)
		if seen[text] {
			return true
		}
		seen[text] = true
		if s.left -= 1 + len(text)/100; s.left < 0 || s.ctx.Err() != nil {
			return false
		}
		switch {
		case !s.fits(value), !validUnder(at.was, value):
		case validUnder(at.is, value):
			found.safe = appendFew(found.safe, value)
		default:
			found.breaking = appendFew(found.breaking, value)
		}
		return !found.full()
	}
	was, is := newSet(at.was...), newSet(at.is...)
	child := func(of func(set) []*jsonschema.Schema) samples {
		next := spot{was: of(was), is: of(is)}
		for _, facet := range facets {
			next.hints = append(next.hints, of(set{parts: []*jsonschema.Schema{facet}})...)
		}
		return s.at(next, level+1)
	}
	_ = tryConstants(facets, try) && try("text") && try(1.0) && try(true) &&
		tryObjects(was, facets, child, try) && tryLists(facets, child, try) && tryScalars(facets, try)
	for _, list := range [][]any{found.breaking, found.safe} {
		slices.SortStableFunc(list, func(a, b any) int { return cmp.Compare(count(a), count(b)) })
	}
	s.known[key.String()] = found
	return found
}

func appendFew(list []any, value any) []any {
	if len(list) == maxKept {
		return list
	}
	return append(list, value)
}

// facetsOf returns the schemas, and all that they apply to the same value.
func facetsOf(schemas []*jsonschema.Schema) []*jsonschema.Schema {
	seen := map[*jsonschema.Schema]bool{}
	var facets []*jsonschema.Schema
	queue := slices.Clone(schemas)
	for i := 0; i < len(queue); i++ {
		if s := queue[i]; !seen[s] {
			seen[s] = true
			facets = append(facets, s)
			queue = append(queue, sameValue(s)...)
		}
	}
	return facets
}

// tryConstants tries the values that the schemas themselves contain.
func tryConstants(facets []*jsonschema.Schema, try func(any) bool) bool {
	for _, f := range facets {
		values := f.Examples
		if f.Enum != nil {
			values = append(slices.Clip(values), f.Enum.Values...)
		}
		if f.Default != nil {
			values = append(slices.Clip(values), *f.Default)
		}
		if f.Const != nil {
			values = append(slices.Clip(values), *f.Const)
		}
		for _, v := range values[:min(len(values), maxValues)] {
			if !try(v) {
				return false
			}
		}
	}
	return true
}
