package jsonschema

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// kinds is a set of kinds of values. Each value is of exactly one kind.
type kinds int

const (
	nulls kinds = 1 << iota
	booleans
	integers
	fractions // numbers that are not integers
	texts
	lists
	objects
	allKinds = objects<<1 - 1
)

func kindOf(value any) kinds {
	switch value := value.(type) {
	case nil:
		return nulls
	case bool:
		return booleans
	case string:
		return texts
	case []any:
		return lists
	case map[string]any:
		return objects
	case float64:
		if value != math.Trunc(value) {
			return fractions
		}
	}
	return integers
}

// kindsOf returns the kinds that the keyword type allows.
func kindsOf(types *jsonschema.Types) kinds {
	if types == nil || types.IsEmpty() {
		return allKinds
	}
	var all kinds
	for _, name := range types.ToStrings() {
		all |= map[string]kinds{
			"null": nulls, "boolean": booleans, "integer": integers, "number": integers | fractions,
			"string": texts, "array": lists, "object": objects,
		}[name]
	}
	return all
}

// set is the set of values that are valid under all of several schemas. It may be treated as larger
// than it is, never as smaller.
type set struct {
	parts []*jsonschema.Schema // with the targets of references, and all of an allOf
	kinds kinds
}

// newSet returns the set of values that are valid under all schemas.
func newSet(schemas ...*jsonschema.Schema) set { return set{kinds: allKinds}.with(schemas...) }

// with returns the values of the set that are also valid under further schemas.
func (s set) with(schemas ...*jsonschema.Schema) set {
	out := s.and(schemas)
	out.narrow(maxEmptyDepth)
	return out
}

// and is with, without a look for kinds of which the set has no values.
func (s set) and(schemas []*jsonschema.Schema) set {
	s.parts = slices.Clone(s.parts)
	seen := map[*jsonschema.Schema]bool{}
	for _, part := range s.parts {
		seen[part] = true
	}
	queue := slices.Clone(schemas)
	for i := 0; i < len(queue); i++ {
		part := queue[i]
		if seen[part] {
			continue
		}
		seen[part] = true
		if part.Bool != nil {
			if !*part.Bool {
				s.kinds = 0
			}
			continue
		}
		s.kinds &= kindsOf(part.Types)
		s.parts = append(s.parts, part)
		if part.Ref != nil {
			queue = append(queue, part.Ref)
		}
		queue = append(queue, part.AllOf...)
		for _, list := range [][]*jsonschema.Schema{part.AnyOf, part.OneOf} {
			if len(list) == 1 {
				queue = append(queue, list[0])
			}
		}
	}
	return s
}

// of returns the values of the set that are of some kinds.
func (s set) of(k kinds) set {
	s.kinds &= k
	return s
}

func (s set) empty() bool { return s.kinds == 0 }

// maxEmptyDepth is how deep narrow looks for a required property that no value can have.
const maxEmptyDepth = 3

// narrow removes the kinds of which the set has no value, as far as that is easy to see.
func (s *set) narrow(depth int) {
	if values, ok := s.values(); ok {
		var found kinds
		for _, v := range values {
			found |= kindOf(v)
		}
		s.kinds &= found
	}
	for _, part := range s.parts {
		if part.MultipleOf != nil && part.MultipleOf.IsInt() {
			s.kinds &^= fractions
		}
	}
	if low, high := s.bounds(); low.value != nil && high.value != nil {
		if order := low.value.Cmp(high.value); order > 0 || order == 0 && (low.open || high.open) {
			s.kinds &^= integers | fractions
		}
	}
	if least, most := s.lengths(); most >= 0 && least > most {
		s.kinds &^= texts
	}
	if least, most := s.counts(); most >= 0 && least > most {
		s.kinds &^= lists
	}
	if s.kinds&objects == 0 || depth == 0 {
		return
	}
	least, most := s.sizes()
	if most >= 0 && least > most {
		s.kinds &^= objects
	}
	for name := range s.required() {
		property := set{kinds: allKinds}.and(s.property(name))
		if property.narrow(depth - 1); property.empty() {
			s.kinds &^= objects
			return
		}
	}
}

// maxValues is the size of the largest enum that is analyzed.
const maxValues = 1000

// values returns all values of the set, if it is known to be small.
func (s set) values() ([]any, bool) {
	var candidates []any
	found := false
	for _, part := range s.parts {
		if part.Const != nil {
			candidates, found = []any{*part.Const}, true
			break
		}
		if part.Enum != nil && (!found || len(part.Enum.Values) < len(candidates)) {
			candidates, found = part.Enum.Values, true
		}
	}
	if !found && s.kinds&^(nulls|booleans) == 0 {
		candidates, found = []any{nil, true, false}, true
	}
	if !found || len(candidates) > maxValues {
		return nil, false
	}
	var values []any
	for _, v := range candidates {
		if kindOf(v)&s.kinds != 0 && validUnder(s.parts, v) {
			values = append(values, v)
		}
	}
	return values, true
}

// validUnder reports whether the validator accepts a value under all schemas.
func validUnder(schemas []*jsonschema.Schema, value any) bool {
	for _, schema := range schemas {
		if schema.Validate(value) != nil {
			return false
		}
	}
	return true
}

// required returns the names of the properties that each object of the set has.
func (s set) required() map[string]bool {
	names := map[string]bool{}
	for _, part := range s.parts {
		for _, name := range part.Required {
			names[name] = true
		}
	}
	return names
}

// names returns the names for which a schema of the set has a property.
func (s set) names() []string {
	names := map[string]bool{}
	for _, part := range s.parts {
		for name := range part.Properties {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// property returns the schemas for the property with a name.
func (s set) property(name string) (schemas []*jsonschema.Schema) {
	for _, part := range s.parts {
		schemas = append(schemas, propertyOf(part, name)...)
	}
	return schemas
}

// propertyOf returns the schemas that a schema applies to the property with a name.
func propertyOf(part *jsonschema.Schema, name string) (schemas []*jsonschema.Schema) {
	if schema, ok := part.Properties[name]; ok {
		schemas = append(schemas, schema)
	}
	for _, pattern := range sortedPatterns(part) {
		if pattern.MatchString(name) {
			schemas = append(schemas, part.PatternProperties[pattern])
		}
	}
	if len(schemas) == 0 {
		if rest := additional(part); rest != nil {
			schemas = append(schemas, rest)
		}
	}
	return schemas
}

// item returns the schemas for the item at an index.
func (s set) item(i int) (schemas []*jsonschema.Schema) {
	for _, part := range s.parts {
		prefix, rest := itemsOf(part)
		switch {
		case i < len(prefix):
			schemas = append(schemas, prefix[i])
		case rest != nil:
			schemas = append(schemas, rest)
		}
	}
	return schemas
}

// prefix returns how many first items have schemas that differ from those of the rest.
func (s set) prefix() (n int) {
	for _, part := range s.parts {
		prefix, _ := itemsOf(part)
		n = max(n, len(prefix))
	}
	return n
}

// itemsOf returns the schemas of the first items, and that of all others or nil.
func itemsOf(s *jsonschema.Schema) (prefix []*jsonschema.Schema, rest *jsonschema.Schema) {
	switch items := s.Items.(type) {
	case []*jsonschema.Schema:
		return items, schemaOf(s.AdditionalItems)
	case *jsonschema.Schema:
		return nil, items
	}
	return s.PrefixItems, s.Items2020
}

// additional returns the schema of additional properties, or nil.
func additional(s *jsonschema.Schema) *jsonschema.Schema { return schemaOf(s.AdditionalProperties) }

// schemaOf returns a value of the library that is nil, a bool or a schema as a schema or nil.
func schemaOf(v any) *jsonschema.Schema {
	switch v := v.(type) {
	case *jsonschema.Schema:
		return v
	case bool:
		if !v {
			return nothing
		}
	}
	return nil
}

// nothing is the schema under which no value is valid.
var nothing = &jsonschema.Schema{Bool: new(bool)}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func sortedPatterns(s *jsonschema.Schema) []jsonschema.Regexp {
	return slices.SortedFunc(maps.Keys(s.PatternProperties), func(a, b jsonschema.Regexp) int {
		return cmp.Compare(a.String(), b.String())
	})
}

// jsonKey is the JSON of a value, to find equal ones.
func jsonKey(value any) string {
	text, _ := json.Marshal(value) // it was read from JSON, or consists of the same types
	return string(text)
}
