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
	at   *place
	text string
}

// place is a value in a schema. Its JSON pointer is only written for a problem: the length of all
// pointers in a schema is quadratic.
type place struct {
	in    *place // nil for the schema itself
	token string
}

func (p *place) child(token string) *place { return &place{p, token} }

// fragment writes the place as the field of a problem.
func (p *place) fragment() string {
	var tokens []string
	for ; p != nil && p.in != nil; p = p.in {
		tokens = append(tokens, p.token)
	}
	slices.Reverse(tokens)
	return fragment(pointer(tokens...))
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
	w.visit(schema, &place{}, schema)
	return w
}

func (w *schemaWalk) visit(node any, at *place, resource any) {
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
			w.references = append(w.references, reference{placed{at.child(keyword), ref}, resource})
		}
	}
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		w.visitKeyword(keyword, schema[keyword], at.child(keyword), resource)
	}
}

func (w *schemaWalk) visitKeyword(keyword string, value any, at *place, resource any) {
	switch keyword {
	case "$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties":
		schemas, _ := value.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(schemas)) {
			if keyword == "patternProperties" {
				w.patterns = append(w.patterns, placed{at.child(name), name})
			}
			w.visit(schemas[name], at.child(name), resource)
		}
	case "additionalItems", "additionalProperties", "allOf", "anyOf", "contains", "contentSchema", "else", "if",
		"items", "not", "oneOf", "prefixItems", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties":
		if list, ok := value.([]any); ok {
			for i, item := range list {
				w.visit(item, at.child(strconv.Itoa(i)), resource)
			}
			return
		}
		w.visit(value, at, resource)
	}
}

func (w *schemaWalk) patternProblems(engine jsonschema.RegexpEngine) (problems problem.Limited) {
	for _, p := range w.patterns {
		_, err := engine(p.text)
		switch {
		case err == nil:
		case problems.Full():
			problems.More++ // its pointer may be long
		default:
			problems.Add(problem.Problem{
				Field: p.at.fragment(),
				Found: problem.Quote(p.text),
				Want:  fmt.Sprintf("a regular expression by ECMA-262 (%s)", problem.Line(err.Error())),
			})
		}
	}
	return problems
}

// referenceProblems checks the references that stay inside the schema. A reference to another
// document is not a problem; it is not fetched.
func (w *schemaWalk) referenceProblems() (problems problem.Limited) {
	for _, ref := range w.references {
		name, local := strings.CutPrefix(ref.text, "#")
		if !local || w.resolves(name, ref.resource) {
			continue
		}
		if problems.Full() {
			problems.More++ // its pointer may be long
			continue
		}
		problems.Add(problem.Problem{
			Field: ref.at.fragment(), Found: problem.Quote(ref.text), Want: "a reference to a place in this schema",
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
