package index

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaWalk is what a walk through a schema and its subschemas finds.
type schemaWalk struct {
	references []reference
	patterns   []placed        // the keys of patternProperties
	anchors    map[string]bool // names that a reference may use
	idKeyword  string
}

type placed struct {
	at, text string // at is a JSON pointer
}

type reference struct {
	placed
	resource any // the schema that pointers in the reference start from
}

// walkSchema visits the places where a draft puts schemas, and no others: what
// looks like a reference in an enum, a default or an example is only a value.
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
	case strings.HasPrefix(id, "#"): // how drafts up to 07 name an anchor
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

func (w *schemaWalk) patternFaults() []schemaFault {
	var faults []schemaFault
	for _, p := range w.patterns {
		if _, err := compilePattern(p.text); err != nil {
			faults = append(faults, schemaFault{
				at:    fragment(p.at),
				found: quote(p.text),
				want:  fmt.Sprintf("a regular expression by ECMA-262 (%s)", printable(err.Error())),
			})
		}
	}
	return faults
}

// referenceFaults judges the references that stay inside the schema. Where
// another document would have to be fetched, there is nothing to say.
func (w *schemaWalk) referenceFaults() []schemaFault {
	var faults []schemaFault
	for _, ref := range w.references {
		name, local := strings.CutPrefix(ref.text, "#")
		if !local || w.resolves(name, ref.resource) {
			continue
		}
		faults = append(faults, schemaFault{at: fragment(ref.at), found: quote(ref.text), want: "a reference to a place in this schema"})
	}
	return faults
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

// splitPointer reads a JSON pointer without its first slash, as pointer writes it.
func splitPointer(path string) []string {
	tokens := strings.Split(path, "/")
	for i, token := range tokens {
		tokens[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
	}
	return tokens
}

// lookUp follows the tokens of a JSON pointer.
func lookUp(value any, tokens []string) (any, bool) {
	for _, token := range tokens {
		switch node := value.(type) {
		case map[string]any:
			child, ok := node[token]
			if !ok {
				return nil, false
			}
			value = child
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(node) {
				return nil, false
			}
			value = node[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// pointer writes tokens as a JSON pointer (RFC 6901).
func pointer(tokens ...string) string {
	var out strings.Builder
	for _, token := range tokens {
		out.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token))
	}
	return out.String()
}

// fragment appends a pointer to a field, and keeps the root bare.
func fragment(pointer string) string {
	if pointer == "" {
		return ""
	}
	return "#" + printable(pointer)
}

// quoteJSON shows a value from a schema.
func quoteJSON(value any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // < is common in patterns
	if err := encoder.Encode(value); err != nil {
		return "a value"
	}
	return printable(strings.TrimSuffix(text.String(), "\n"))
}
