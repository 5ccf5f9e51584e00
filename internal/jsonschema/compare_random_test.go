package jsonschema

import (
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var (
	pairs     = flag.Int("pairs", 1000, "how many pairs of schemas TestCompareRandomSchemas compares")
	firstSeed = flag.Uint64("first-seed", 0, "the seed of the first pair")
)

// The validator confirms each witness, and no value that it tries breaks what is called compatible.
// make fuzz compares more pairs.
func TestCompareRandomSchemas(t *testing.T) {
	if *pairs > 1000 {
		defer debug.SetGCPercent(debug.SetGCPercent(400)) // a third faster
	}
	var done atomic.Int64
	var mu sync.Mutex
	verdicts := map[Verdict]int{}
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			checker := NewChecker()
			for i := done.Add(1) - 1; i < int64(*pairs) && !t.Failed(); i = done.Add(1) - 1 {
				verdict := checkPair(t, checker, *firstSeed+uint64(i))
				mu.Lock()
				verdicts[verdict]++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	t.Logf("verdicts: %v", verdicts)
	if *pairs < 1000 || t.Failed() {
		return
	}
	// A comparison that gives up is never wrong, and useless.
	for verdict, least := range map[Verdict]int{Compatible: *pairs / 3, Breaking: *pairs / 4} {
		if verdicts[verdict] < least {
			t.Errorf("found %d pairs that are %s, want at least %d", verdicts[verdict], verdict, least)
		}
	}
	if most := *pairs / 12; verdicts[Unknown] > most {
		t.Errorf("found %d pairs that are unknown, want at most %d", verdicts[Unknown], most)
	}
}

// checkPair compares the pair of a seed.
func checkPair(t *testing.T, checker *Checker, seed uint64) Verdict {
	g := &generator{rand.New(rand.NewPCG(seed, 15)), 7}
	was := g.document()
	is := g.changed(was)
	if seed%4 == 0 { // two schemas that have little in common
		is = g.document()
	}
	oldText, newText := jsonKey(was), jsonKey(is)
	fail := func(format string, args ...any) {
		t.Errorf("seed %d: "+format+"\nold: %s\nnew: %s", append(append([]any{seed}, args...), oldText, newText)...)
	}
	before, err1 := checker.compile(oldText)
	after, err2 := checker.compile(newText)
	if err1 != nil || err2 != nil {
		fail("found a schema that does not compile: %v, %v", err1, err2)
		return Unknown
	}
	got := compare(t.Context(), before, after)
	breaks := func(value any) bool {
		return before.compiled.Validate(value) == nil && after.compiled.Validate(value) != nil
	}
	switch got.Verdict {
	case Breaking:
		if !breaks(got.Witness) || len(got.Problems) == 0 {
			fail("the witness %s breaks nothing", jsonKey(got.Witness))
		}
	case Compatible:
		if witness, found := findWitness(t.Context(), before, after); found {
			fail("found compatible, but %s breaks", jsonKey(witness))
		}
		for range 40 {
			if value := g.value(before.compiled, 3); breaks(value) {
				fail("found compatible, but %s breaks", jsonKey(value))
				break
			}
		}
	case Unknown:
		if got.Reason == "" {
			fail("found no reason")
		}
	}
	return got.Verdict
}

// generator makes random schemas and values. They consist of few different parts, so that schemas
// overlap and values are often valid.
type generator struct {
	*rand.Rand
	draft int
}

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

// chance is true in one of n cases.
func (g *generator) chance(n int) bool { return g.IntN(n) == 0 }

func (g *generator) document() map[string]any {
	g.draft = pick(g, 4, 6, 7, 7, 2019, 2020)
	schema := g.object(3)
	schema["$schema"] = map[int]string{
		4: "http://json-schema.org/draft-04/schema#", 6: "http://json-schema.org/draft-06/schema#",
		7: "http://json-schema.org/draft-07/schema#", 2019: "https://json-schema.org/draft/2019-09/schema",
		2020: "https://json-schema.org/draft/2020-12/schema",
	}[g.draft]
	schema["definitions"] = map[string]any{"d": g.object(2), "e": g.schema(1)}
	return schema
}

// schema returns a schema with a few keywords. depth is how many levels may be below it.
func (g *generator) schema(depth int) any {
	switch {
	case g.draft > 4 && g.chance(12):
		return g.chance(2)
	case g.chance(12):
		return map[string]any{"$ref": pick(g, "#/definitions/d", "#/definitions/e", "#")}
	case g.chance(3):
		return g.object(depth)
	}
	schema := map[string]any{}
	if g.chance(2) {
		schema["type"] = g.types()
	}
	for range 1 + g.IntN(2) {
		g.addKeyword(schema, depth)
	}
	return schema
}

// object returns a schema like that of a config.
func (g *generator) object(depth int) map[string]any {
	schema := map[string]any{"type": "object"}
	if depth > 0 {
		schema["properties"] = g.named(depth)
		schema["additionalProperties"] = g.chance(2)
	}
	if g.chance(2) {
		g.addKeyword(schema, depth)
	}
	return schema
}

func (g *generator) types() any {
	types := []string{"null", "boolean", "integer", "number", "string", "array", "object"}
	if g.chance(2) {
		return pick(g, types...)
	}
	g.Shuffle(len(types), func(i, j int) { types[i], types[j] = types[j], types[i] })
	return types[:1+g.IntN(3)]
}

var names = []string{"a", "b", "c"}

func (g *generator) named(depth int) map[string]any {
	schemas := map[string]any{}
	for range g.IntN(4) {
		schemas[pick(g, names...)] = g.schema(depth - 1)
	}
	return schemas
}

func (g *generator) schemas(depth int) (schemas []any) {
	for range 1 + g.IntN(3) {
		schemas = append(schemas, g.schema(depth-1))
	}
	return schemas
}

func (g *generator) scalar() any {
	return pick[any](g, nil, true, false, 0.0, 1.0, 2.0, 3.0, 1.5, -1.0, "", "a", "b", "ab", "aab", "1", []any{}, map[string]any{})
}

// addKeyword adds or replaces one keyword, with those that belong to it.
func (g *generator) addKeyword(schema map[string]any, depth int) {
	number := func() float64 { return float64(g.IntN(7)-2) / float64(1+g.IntN(2)) }
	limits := []func(){
		func() { schema["minimum"] = number() },
		func() { schema["maximum"] = number() },
		func() { schema["multipleOf"] = pick(g, 0.5, 1.0, 2.0, 3.0) },
		func() { schema["minLength"] = g.IntN(4) },
		func() { schema["maxLength"] = g.IntN(4) },
		func() { schema["pattern"] = pick(g, "^a", "b$", "^[ab]+$", "1", "^a{1,2}b?$") },
		func() { schema["format"] = pick(g, "ipv4", "date", "regex", "unknown") },
		func() { schema["minItems"] = g.IntN(3) },
		func() { schema["maxItems"] = g.IntN(3) },
		func() { schema["uniqueItems"] = g.chance(2) },
		func() { schema["minProperties"] = g.IntN(3) },
		func() { schema["maxProperties"] = g.IntN(4) },
		func() { schema["required"] = []string{pick(g, names...)} },
		func() { schema["enum"] = g.enum() },
		func() { schema["default"] = g.scalar() },
		func() { g.exclusive(schema, number()) },
		func() { schema["dependencies"] = map[string]any{pick(g, names...): []string{pick(g, names...)}} },
	}
	if g.draft > 4 {
		limits = append(limits, func() { schema["const"] = g.scalar() }, func() { schema["examples"] = []any{g.scalar()} })
	}
	if depth == 0 || g.chance(3) {
		limits[g.IntN(len(limits))]()
		return
	}
	g.addSchemas(schema, depth)
}

func (g *generator) enum() []any {
	values := []any{g.scalar()}
	for range g.IntN(3) {
		if v := g.scalar(); !slices.ContainsFunc(values, func(other any) bool { return jsonKey(v) == jsonKey(other) }) {
			values = append(values, v)
		}
	}
	return values
}

func (g *generator) exclusive(schema map[string]any, n float64) {
	side := pick(g, "inimum", "aximum")
	name := "exclusiveM" + side
	if g.draft == 4 {
		schema["m"+side], schema[name] = n, g.chance(2)
	} else {
		schema[name] = n
	}
}

// addSchemas adds or replaces one keyword that has schemas.
func (g *generator) addSchemas(schema map[string]any, depth int) {
	keywords := []func(){
		func() { schema["properties"] = g.named(depth) },
		func() { schema["additionalProperties"] = g.schema(depth - 1) },
		func() { schema["patternProperties"] = map[string]any{pick(g, "^a", "b|c"): g.schema(depth - 1)} },
		func() { schema["items"] = g.schema(depth - 1) },
		func() { schema["allOf"] = g.schemas(depth) },
		func() { schema["anyOf"] = g.schemas(depth) },
		func() { schema["oneOf"] = g.schemas(depth) },
		func() { schema["not"] = g.schema(depth - 1) },
		func() { schema["dependencies"] = map[string]any{pick(g, names...): g.schema(depth - 1)} },
		func() {
			if g.draft == 2020 {
				schema["prefixItems"], schema["items"] = g.schemas(depth), g.schema(depth-1)
			} else {
				schema["items"], schema["additionalItems"] = g.schemas(depth), g.schema(depth-1)
			}
		},
	}
	if g.draft > 4 {
		keywords = append(keywords,
			func() { schema["contains"] = g.schema(depth - 1) },
			func() { schema["propertyNames"] = map[string]any{"pattern": pick(g, "^a", "b|c")} })
	}
	if g.draft > 6 {
		keywords = append(keywords, func() {
			schema["if"], schema["then"], schema["else"] = g.schema(depth-1), g.schema(depth-1), g.schema(depth-1)
		})
	}
	if g.draft >= 2019 {
		keywords = append(keywords,
			func() { schema["unevaluatedProperties"] = g.schema(depth - 1) },
			func() { schema["dependentSchemas"] = map[string]any{pick(g, names...): g.schema(depth - 1)} },
			func() { schema["contains"], schema["minContains"] = g.schema(depth-1), g.IntN(3) })
	}
	keywords[g.IntN(len(keywords))]()
}

// changed returns a copy of a schema with a few changes.
func (g *generator) changed(schema map[string]any) map[string]any {
	var all map[string]any
	if err := json.Unmarshal([]byte(jsonKey(schema)), &all); err != nil {
		panic(err)
	}
	for range 1 + g.IntN(3) {
		g.change(all, 3)
	}
	return all
}

// change changes a schema, or one below it. additionalItems stays with its items, since otherwise it
// has no meaning.
func (g *generator) change(schema map[string]any, depth int) {
	var below []map[string]any
	var collect func(node any)
	collect = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			below = append(below, node)
		case []any:
			for _, v := range node {
				collect(v)
			}
		}
	}
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		switch keyword {
		case "properties", "patternProperties", "definitions", "dependentSchemas":
			for _, name := range sortedKeys(schema[keyword].(map[string]any)) {
				collect(schema[keyword].(map[string]any)[name])
			}
		case "items", "additionalProperties", "allOf", "anyOf", "oneOf", "not", "if", "then", "else":
			collect(schema[keyword])
		}
	}
	if depth > 0 && len(below) > 0 && !g.chance(3) {
		g.change(pick(g, below...), depth-1)
		return
	}
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(schema)), func(k string) bool {
		return k == "$schema" || k == "definitions" || g.draft == 4 && (k == "minimum" || k == "maximum")
	})
	if len(keys) > 0 && g.chance(2) {
		delete(schema, pick(g, keys...))
		return
	}
	g.addKeyword(schema, max(depth, 1))
}

// value returns a value that is often valid.
func (g *generator) value(s *jsonschema.Schema, depth int) any {
	for range 8 { // a reference may lead to itself
		if s.Ref == nil {
			break
		}
		s = s.Ref
	}
	facets := facetsOf([]*jsonschema.Schema{s})
	f := pick(g, facets...)
	if f.Enum != nil && len(f.Enum.Values) > 0 {
		return pick(g, f.Enum.Values...)
	}
	if f.Const != nil {
		return *f.Const
	}
	kind := pick(g, "object", "array", "scalar", "scalar")
	if s.Types != nil && len(s.Types.ToStrings()) > 0 && !g.chance(8) {
		kind = pick(g, s.Types.ToStrings()...)
	}
	none := &jsonschema.Schema{}
	switch {
	case kind == "object" && depth > 0:
		object := map[string]any{}
		for _, name := range append(slices.Clone(names), "other") {
			if schemas := (set{parts: facets}).property(name); g.chance(2) || slices.Contains(f.Required, name) {
				object[name] = g.value(pick(g, append(schemas, none)...), depth-1)
			}
		}
		return object
	case kind == "array" && depth > 0:
		list := []any{}
		for i := range g.IntN(4) {
			schemas := set{parts: facets}.item(i)
			list = append(list, g.value(pick(g, append(schemas, none)...), depth-1))
		}
		return list
	case kind == "string":
		return pick(g, "", "a", "b", "ab", "aab", "abb", "1", "127.0.0.1", "2006-01-02", "x")
	case kind == "integer":
		return float64(g.IntN(10) - 4)
	case kind == "number":
		return float64(g.IntN(20)-8) / 2
	}
	return g.scalar()
}
