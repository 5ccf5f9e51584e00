package jsonschema

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
func findWitness(ctx context.Context, was, is *jsonschema.Schema) (any, bool) {
	s := &search{ctx: ctx, left: maxTried, known: map[string]samples{}}
	found := s.at(spot{was: []*jsonschema.Schema{was}, is: []*jsonschema.Schema{is}}, 0)
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
		case !validUnder(at.was, value):
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
	_ = constants(facets, try) && try("text") && try(1.0) && try(true) &&
		s.objects(was, facets, child, try) && s.lists(facets, child, try) && scalars(facets, try)
	for _, list := range [][]any{found.breaking, found.safe} {
		slices.SortStableFunc(list, func(a, b any) int { return cmp.Compare(count(a), count(b)) })
	}
	s.known[key.String()] = found
	return found
}

// count returns how many values a value consists of.
func count(value any) int {
	n := 1
	switch value := value.(type) {
	case map[string]any:
		for _, v := range value {
			n += count(v)
		}
	case []any:
		for _, v := range value {
			n += count(v)
		}
	}
	return n
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

// constants tries the values that the schemas themselves contain.
func constants(facets []*jsonschema.Schema, try func(any) bool) bool {
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
		for _, v := range values {
			if !try(v) {
				return false
			}
		}
	}
	return true
}

type childOf func(of func(set) []*jsonschema.Schema) samples

// objects tries objects with few properties, each of them with a value that is valid by itself.
func (s *search) objects(was set, facets []*jsonschema.Schema, child childOf, try func(any) bool) bool {
	if !try(map[string]any{}) {
		return false
	}
	names := namesOf(facets)
	values := map[string]samples{}
	for _, name := range names {
		values[name] = child(func(s set) []*jsonschema.Schema { return s.property(name) })
	}
	for _, base := range bases(was, facets, values) {
		if !try(base) {
			return false
		}
		for _, name := range names {
			found := values[name]
			for _, v := range slices.Concat(found.breaking[:min(4, len(found.breaking))], found.safe[:min(4, len(found.safe))]) {
				more := maps.Clone(base)
				more[name] = v
				if !try(more) {
					return false
				}
			}
		}
	}
	all := map[string]any{}
	for _, name := range names {
		if some := values[name].any(); len(some) > 0 {
			all[name] = some[0]
			if !try(maps.Clone(all)) {
				return false
			}
		}
	}
	return true
}

// namesOf returns the names of properties that the schemas suggest, and one that none of them does.
func namesOf(facets []*jsonschema.Schema) []string {
	names := map[string]bool{}
	object := false
	for _, f := range facets {
		for name := range f.Properties {
			names[name] = true
		}
		for _, name := range f.Required {
			names[name] = true
		}
		for pattern := range f.PatternProperties {
			for _, name := range matches(pattern.String()) {
				names[name] = true
			}
		}
		required, schemas := dependenciesOf(f)
		for name, others := range required {
			names[name] = true
			for _, other := range others {
				names[other] = true
			}
		}
		for name := range schemas {
			names[name] = true
		}
		if f.PropertyNames != nil {
			_ = constants([]*jsonschema.Schema{f.PropertyNames}, func(v any) bool {
				if name, ok := v.(string); ok {
					names[name] = true
				}
				return true
			})
		}
		object = object || f.AdditionalProperties != nil || f.PropertyNames != nil || f.MinProperties != nil ||
			f.MaxProperties != nil || f.UnevaluatedProperties != nil || kindsOf(f.Types)&objects != 0
	}
	sorted := slices.Sorted(maps.Keys(names))
	sorted = sorted[:min(maxNames, len(sorted))]
	if object {
		for _, name := range []string{"other", "OTHER", "another"} {
			if !names[name] {
				sorted = append(sorted, name)
			}
		}
	}
	return sorted
}

// bases returns objects with what the old schemas require, and with what each of their branches
// requires in addition.
func bases(was set, facets []*jsonschema.Schema, values map[string]samples) (bases []map[string]any) {
	base := map[string]any{}
	fill(base, was.required(), values, nil)
	bases = append(bases, base)
	for _, f := range facets {
		if len(f.Required) == 0 && len(f.Properties) == 0 {
			continue
		}
		required := map[string]bool{}
		for _, name := range f.Required {
			required[name] = true
		}
		for name, property := range f.Properties {
			if property.Const != nil {
				required[name] = true
			}
		}
		branch := maps.Clone(base)
		fill(branch, required, values, f)
		bases = append(bases, branch)
	}
	return bases
}

// fill sets properties to values that are valid, and if possible valid under a branch too.
func fill(object map[string]any, names map[string]bool, values map[string]samples, branch *jsonschema.Schema) {
	for name := range names {
		some := values[name].any()
		if branch != nil {
			schemas := propertyOf(branch, name)
			if i := slices.IndexFunc(some, func(v any) bool { return validUnder(schemas, v) }); i >= 0 {
				object[name] = some[i]
				continue
			}
		}
		if _, ok := object[name]; !ok && len(some) > 0 {
			object[name] = some[0]
		}
	}
}

// lists tries lists of the lengths that the schemas suggest.
func (s *search) lists(facets []*jsonschema.Schema, child childOf, try func(any) bool) bool {
	lengths := map[int]bool{0: true, 1: true, 2: true}
	first, list := 1, false
	for _, f := range facets {
		prefix, rest := itemsOf(f)
		first = max(first, len(prefix))
		for _, n := range []*int{f.MinItems, f.MaxItems} {
			if n != nil {
				lengths[*n-1], lengths[*n], lengths[*n+1] = true, true, true
			}
		}
		lengths[len(prefix)], lengths[len(prefix)+1] = true, true
		list = list || kindsOf(f.Types)&lists != 0 || rest != nil
	}
	if !list {
		return true
	}
	first = min(first, maxItems)
	var items []samples
	for i := range first + 1 {
		items = append(items, child(func(s set) []*jsonschema.Schema { return s.item(i) }))
	}
	contained := child(func(s set) (schemas []*jsonschema.Schema) {
		for _, part := range s.parts {
			if part.Contains != nil {
				schemas = append(schemas, part.Contains)
			}
		}
		return schemas
	})
	items = append(items, items[first])
	for _, n := range slices.Sorted(maps.Keys(lengths)) {
		if n < 0 || n > maxItems {
			continue
		}
		for _, list := range listsOf(n, items, contained) {
			if !try(list) {
				return false
			}
		}
	}
	return true
}

// listsOf returns lists of a length: of equal items, of different ones, and with each sample of an
// item at each of the first places.
func listsOf(n int, items []samples, contained samples) (all []any) {
	pick := func(i, k int) any {
		some := items[min(i, len(items)-1)].any()
		if len(some) == 0 {
			return nil
		}
		return some[k%len(some)]
	}
	same, different := make([]any, n), make([]any, n)
	for i := range n {
		same[i], different[i] = pick(i, 0), pick(i, i)
	}
	all = append(all, same, different)
	for i := range min(n, len(items)) {
		found := items[i]
		for _, v := range slices.Concat(found.breaking, found.safe, contained.any()) {
			list := slices.Clone(same)
			list[i] = v
			all = append(all, list)
		}
	}
	return all
}
