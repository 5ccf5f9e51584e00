package jsonschema

import (
	"maps"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// childOf returns the samples for the values at a place inside those of a spot.
type childOf func(of func(set) []*jsonschema.Schema) samples

// tryObjects tries objects with few properties, each of them with a value that is valid by itself.
func tryObjects(was set, facets []*jsonschema.Schema, child childOf, try func(any) bool) bool {
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
			_ = tryConstants([]*jsonschema.Schema{f.PropertyNames}, func(v any) bool {
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

// tryLists tries lists of the lengths that the schemas suggest.
func tryLists(facets []*jsonschema.Schema, child childOf, try func(any) bool) bool {
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
