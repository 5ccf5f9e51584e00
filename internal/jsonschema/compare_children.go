package jsonschema

import (
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// lists shows that the keywords for lists allow all lists of the set.
func (p *prover) lists(was set, is *jsonschema.Schema) bool {
	if !allows(was.counts, is.MinItems, is.MaxItems) {
		return p.fail("minItems or maxItems")
	}
	_, most := was.counts()
	if is.UniqueItems && (most < 0 || most > 1) &&
		!slices.ContainsFunc(was.parts, func(part *jsonschema.Schema) bool { return part.UniqueItems }) {
		return p.fail("uniqueItems")
	}
	if is.UnevaluatedItems != nil && !isTrue(is.UnevaluatedItems) {
		return p.fail("unevaluatedItems")
	}
	prefix, rest := itemsOf(is)
	// From the last index on, all items have the same schemas.
	for i := range max(len(prefix), was.prefix()) + 1 {
		to := rest
		if i < len(prefix) {
			to = prefix[i]
		}
		if to == nil || most >= 0 && i >= most {
			continue
		}
		if !p.below(strconv.Itoa(i), newSet(was.item(i)...), to) {
			return false
		}
	}
	return is.Contains == nil || p.contains(was, is)
}

func (p *prover) contains(was set, is *jsonschema.Schema) bool {
	least := func(s *jsonschema.Schema) int {
		if s.MinContains == nil {
			return 1
		}
		return *s.MinContains
	}
	if is.MaxContains != nil {
		return p.fail("maxContains")
	}
	return least(is) == 0 || slices.ContainsFunc(was.parts, func(part *jsonschema.Schema) bool {
		return part.Contains != nil && least(part) >= least(is) && p.below("0", newSet(part.Contains), is.Contains)
	}) || p.fail("contains")
}

// objects shows that the keywords for objects allow all objects of the set.
func (p *prover) objects(was set, is *jsonschema.Schema) bool {
	if !allows(was.sizes, is.MinProperties, is.MaxProperties) {
		return p.fail("minProperties or maxProperties")
	}
	required := was.required()
	for _, name := range is.Required {
		if !required[name] {
			return p.fail("required")
		}
	}
	if is.UnevaluatedProperties != nil && !isTrue(is.UnevaluatedProperties) {
		return p.fail("unevaluatedProperties")
	}
	return p.properties(was, is) && p.propertyNames(was, is) && p.dependencies(was, is)
}

func isTrue(s *jsonschema.Schema) bool { return s.Bool != nil && *s.Bool }

// properties shows that each property of the objects is valid.
func (p *prover) properties(was set, is *jsonschema.Schema) bool {
	names := append(was.names(), sortedKeys(is.Properties)...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		from := newSet(was.property(name)...)
		for _, to := range propertyOf(is, name) {
			if !p.below(name, from, to) {
				return false
			}
		}
	}
	for _, pattern := range sortedPatterns(is) {
		if !p.below(pattern.String(), newSet(matching(was, pattern)...), is.PatternProperties[pattern]) {
			return false
		}
	}
	rest := additional(is)
	return rest == nil || p.below("*", newSet(others(was, is)...), rest)
}

// matching returns the schemas for all properties whose names match a pattern, except those that the
// set names.
func matching(was set, pattern jsonschema.Regexp) (schemas []*jsonschema.Schema) {
	for _, part := range was.parts {
		known := false
		for _, other := range sortedPatterns(part) {
			if other.String() == pattern.String() {
				known = true
				schemas = append(schemas, part.PatternProperties[other])
			}
		}
		if rest := additional(part); rest != nil && !known && len(part.PatternProperties) == 0 {
			schemas = append(schemas, rest)
		}
	}
	return schemas
}

// others returns the schemas for the properties that a schema neither names nor matches, except
// those that the set names.
func others(was set, is *jsonschema.Schema) (schemas []*jsonschema.Schema) {
	matched := map[string]bool{}
	for pattern := range is.PatternProperties {
		matched[pattern.String()] = true
	}
	for _, part := range was.parts {
		rest := additional(part)
		for pattern := range part.PatternProperties {
			if !matched[pattern.String()] {
				rest = nil // the pattern's schema may apply instead
			}
		}
		if rest != nil {
			schemas = append(schemas, rest)
		}
	}
	return schemas
}

func (p *prover) propertyNames(was set, is *jsonschema.Schema) bool {
	if is.PropertyNames == nil {
		return true
	}
	var names []*jsonschema.Schema
	closed := false
	for _, part := range was.parts {
		if part.PropertyNames != nil {
			names = append(names, part.PropertyNames)
		}
		closed = closed || additional(part) == nothing && len(part.PatternProperties) == 0
	}
	if closed {
		valid := true
		for _, name := range was.names() {
			valid = valid && (is.PropertyNames.Validate(name) == nil || newSet(was.property(name)...).empty())
		}
		if valid {
			return true
		}
	}
	return p.below("*", newSet(names...).of(texts), is.PropertyNames) || p.fail("propertyNames")
}

// dependencies shows what the presence of a property requires.
func (p *prover) dependencies(was set, is *jsonschema.Schema) bool {
	required, schemas := dependenciesOf(is)
	for _, name := range sortedKeys(required) {
		if newSet(was.property(name)...).empty() {
			continue
		}
		has := was.required()
		for _, part := range was.parts {
			names, _ := dependenciesOf(part)
			for _, other := range names[name] {
				has[other] = true
			}
		}
		for _, other := range required[name] {
			if !has[other] && other != name {
				return p.fail("dependentRequired")
			}
		}
	}
	for _, name := range sortedKeys(schemas) {
		if newSet(was.property(name)...).empty() {
			continue
		}
		from := was
		for _, part := range was.parts {
			_, others := dependenciesOf(part)
			from = from.with(others[name]...)
		}
		for _, to := range schemas[name] {
			if !p.within(from, to) {
				return p.fail("dependentSchemas")
			}
		}
	}
	return true
}

// dependenciesOf returns the names and the schemas that the presence of a property requires.
func dependenciesOf(s *jsonschema.Schema) (required map[string][]string, schemas map[string][]*jsonschema.Schema) {
	required, schemas = map[string][]string{}, map[string][]*jsonschema.Schema{}
	for name, dependency := range s.Dependencies {
		switch d := dependency.(type) {
		case []string:
			required[name] = append(required[name], d...)
		case *jsonschema.Schema:
			schemas[name] = append(schemas[name], d)
		}
	}
	for name, names := range s.DependentRequired {
		required[name] = append(required[name], names...)
	}
	for name, schema := range s.DependentSchemas {
		schemas[name] = append(schemas[name], schema)
	}
	return required, schemas
}
