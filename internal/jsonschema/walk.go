package jsonschema

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"botkube-plugins/internal/problem"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaWalk holds what walkSchema finds in a schema and its subschemas.
type schemaWalk struct {
	references []reference
	patterns   []placed        // the keys of patternProperties
	anchors    map[string]bool // the names that a reference may use
	idKeyword  string
}

type placed struct {
	at, text string // at is a JSON pointer
}

type reference struct {
	placed
	resource any // the schema at which a pointer in the reference begins
}

// walkSchema visits only the places where the draft has schemas. In an enum, a default or an
// example, something that looks like a reference is only a value.
func walkSchema(schema any, draft *jsonschema.Draft) *schemaWalk {
	w := &schemaWalk{anchors: map[string]bool{}, idKeyword: "$id"}
	if draft == jsonschema.Draft4 {
		w.idKeyword = "id"
	}
	w.visit(schema, "", schema)
	return w
}

func (w *schemaWalk) visit(node any, at string, resource any) {
	schema, ok := node.(map[string]any)
	if !ok {
		return
	}
	switch id, _ := schema[w.idKeyword].(string); {
	case strings.HasPrefix(id, "#"): // an anchor in drafts up to 07
		w.anchors[id[1:]] = true
	case id != "":
		resource = schema
	}
	for _, keyword := range []string{"$anchor", "$dynamicAnchor"} {
		if name, ok := schema[keyword].(string); ok {
			w.anchors[name] = true
		}
	}
	for _, keyword := range []string{"$ref", "$dynamicRef"} {
		if ref, ok := schema[keyword].(string); ok {
			w.references = append(w.references, reference{placed{at + pointer(keyword), ref}, resource})
		}
	}
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		w.visitKeyword(keyword, schema[keyword], at+pointer(keyword), resource)
	}
}

func (w *schemaWalk) visitKeyword(keyword string, value any, at string, resource any) {
	switch keyword {
	case "$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties":
		schemas, _ := value.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(schemas)) {
			if keyword == "patternProperties" {
				w.patterns = append(w.patterns, placed{at + pointer(name), name})
			}
			w.visit(schemas[name], at+pointer(name), resource)
		}
	case "additionalItems", "additionalProperties", "allOf", "anyOf", "contains", "contentSchema", "else", "if",
		"items", "not", "oneOf", "prefixItems", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties":
		if list, ok := value.([]any); ok {
			for i, item := range list {
				w.visit(item, at+pointer(strconv.Itoa(i)), resource)
			}
			return
		}
		w.visit(value, at, resource)
	}
}

func (w *schemaWalk) patternProblems() problem.List {
	var problems problem.List
	for _, p := range w.patterns {
		if _, err := compilePattern(p.text); err != nil {
			problems = append(problems, problem.Problem{
				Field: fragment(p.at),
				Found: problem.Quote(p.text),
				Want:  fmt.Sprintf("a regular expression by ECMA-262 (%s)", problem.Line(err.Error())),
			})
		}
	}
	return problems
}

// referenceProblems checks the references that stay inside the schema. A reference to another
// document is not a problem; it is not fetched.
func (w *schemaWalk) referenceProblems() problem.List {
	var problems problem.List
	for _, ref := range w.references {
		name, local := strings.CutPrefix(ref.text, "#")
		if !local || w.resolves(name, ref.resource) {
			continue
		}
		problems = append(problems, problem.Problem{
			Field: fragment(ref.at), Found: problem.Quote(ref.text), Want: "a reference to a place in this schema",
		})
	}
	return problems
}

func (w *schemaWalk) resolves(name string, resource any) bool {
	name, err := url.PathUnescape(name)
	if err != nil {
		return false
	}
	if name == "" {
		return true
	}
	path, ok := strings.CutPrefix(name, "/")
	if !ok {
		return w.anchors[name]
	}
	_, ok = lookUp(resource, splitPointer(path))
	return ok
}
