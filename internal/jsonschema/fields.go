package jsonschema

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"botkube-plugins/internal/problem"
)

// These limits keep the list of fields readable.
const (
	maxFields = 500
	maxListed = 30 // values of one enum that are listed
)

// Field is a field of the values that a schema describes.
type Field struct {
	// Path is such as "auth.token", "labels[].name" for a field in the items of a list, and "groups.*" for
	// a field with any name.
	Path string
	// Type is such as "string or null", or "list of string". It is empty if the schema allows every type.
	Type     string
	Required bool // if the object around it is there
	// Default is JSON, empty without a default.
	Default string
	// Limits say which values are allowed.
	Limits      []Limit
	Title       string
	Description string
	// Variant is the title or the number of a variant of the schema, if only that one has the field.
	Variant string
}

// Limit is a rule for the values of a field, such as "at least 1".
type Limit struct {
	Text string
	// Code is what follows the text, if it is a regular expression.
	Code string
}

// Fields are the fields that a schema describes.
type Fields struct {
	List []Field
	// Incomplete says that the schema describes more than the list shows.
	Incomplete bool
}

// FieldsOf returns the fields of a schema, sorted by name, each followed by its fields. A text that is
// not a schema has none. It follows references within the schema.
func FieldsOf(text string) Fields {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber() // otherwise 1000000 becomes 1e+06
	var root any
	if checkSize(text) != nil || decoder.Decode(&root) != nil {
		return Fields{}
	}
	w := &fieldWalk{}
	w.object(newPart(root), "", "", 0)
	return w.Fields
}

type fieldWalk struct{ Fields }

// full reports whether a limit is reached.
func (w *fieldWalk) full(s part, depth int) bool {
	if s.exhausted() || depth > maxDepth || len(w.List) >= maxFields {
		w.Incomplete = true
		return true
	}
	return false
}

// object lists the fields of the objects that a schema allows.
func (w *fieldWalk) object(s part, path, variant string, depth int) {
	if w.full(s, depth) {
		return
	}
	required, _ := s.node["required"].([]any)
	properties, _ := s.node["properties"].(map[string]any)
	for _, name := range sortedKeys(properties) {
		w.field(s, properties[name], join(path, problem.Label(name)), variant, slices.Contains(required, any(name)), depth)
	}
	patterns, _ := s.node["patternProperties"].(map[string]any)
	for _, pattern := range sortedKeys(patterns) {
		w.field(s, patterns[pattern], join(path, "<"+problem.Line(pattern)+">"), variant, false, depth)
	}
	if more, ok := s.node["additionalProperties"].(map[string]any); ok && len(more) > 0 {
		w.field(s, more, join(path, "*"), variant, false, depth)
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		list, _ := s.node[keyword].([]any)
		for i, sub := range list {
			w.object(s.resolve(sub), path, s.variantName(keyword, i, variant), depth+1)
		}
	}
	for _, keyword := range []string{"then", "else"} {
		if sub, ok := s.node[keyword]; ok {
			w.object(s.resolve(sub), path, "depends on other fields", depth+1)
		}
	}
}

// variantName names a part of allOf, anyOf or oneOf, within a variant.
func (s part) variantName(keyword string, i int, variant string) string {
	list, _ := s.node[keyword].([]any)
	if keyword == "allOf" || len(list) == 1 {
		return variant
	}
	if title := text(s.resolve(list[i]).node, "title"); title != "" {
		return title
	}
	return fmt.Sprintf("variant %d", i+1)
}

// field lists a field of an object, and the fields in it.
func (w *fieldWalk) field(object part, sub any, path, variant string, required bool, depth int) {
	if w.full(object, depth) {
		return
	}
	s := object.resolve(sub)
	own, _ := sub.(map[string]any) // what is next to a reference is about this field
	f := Field{
		Path: path, Variant: variant, Required: required, Type: s.typeName(depth), Limits: s.limitTexts(),
		Title:       cmp.Or(text(own, "title"), text(s.node, "title")),
		Description: cmp.Or(text(own, "description"), text(s.node, "description")),
	}
	if value, ok := s.node["default"]; ok {
		f.Default = oneLine(value)
	}
	items := s.resolve(s.node["items"])
	for _, limit := range items.limitTexts() {
		f.Limits = append(f.Limits, Limit{"each " + limit.Text, limit.Code})
	}
	w.List = append(w.List, f)
	w.object(s, path, variant, depth+1)
	if items.node != nil {
		w.object(items, path+"[]", variant, depth+1)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func text(node map[string]any, keyword string) string {
	s, _ := node[keyword].(string)
	return s
}

// oneLine returns a value as JSON on one line, with spaces, and without the escapes for HTML.
func oneLine(value any) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ") // JSON has no line end in a string
	if encoder.Encode(value) != nil {
		return ""
	}
	return lineEnd.ReplaceAllString(afterComma.ReplaceAllString(out.String(), ", "), "")
}

var (
	afterComma = regexp.MustCompile(`,\n *`)
	lineEnd    = regexp.MustCompile(`\n *`)
)

// typeName names the types that a schema allows.
func (s part) typeName(depth int) string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch t := s.node["type"].(type) {
	case string:
		add(s.listName(t, depth))
	case []any:
		for _, name := range t {
			name, _ := name.(string)
			add(s.listName(name, depth))
		}
	default:
		for _, value := range s.values() {
			add(typeOf(value))
		}
		for _, keyword := range []string{"anyOf", "oneOf"} {
			list, _ := s.node[keyword].([]any)
			for _, sub := range list[:min(len(list), maxListed)] {
				if depth < 5 {
					add(s.resolve(sub).typeName(depth + 1))
				}
			}
		}
		if _, ok := s.node["properties"]; ok && len(names) == 0 {
			add("object")
		}
	}
	return strings.Join(names, " or ")
}

// listName names a type, and for a list the type of its items.
func (s part) listName(name string, depth int) string {
	if name != "array" {
		return problem.Line(name)
	}
	if items := s.resolve(s.node["items"]); items.node != nil && depth < maxDepth {
		if of := items.typeName(depth + 1); of != "" {
			return "list of " + of
		}
	}
	return "list"
}

func typeOf(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case []any:
		return "list"
	case map[string]any:
		return "object"
	}
	return "null"
}

// values returns the values that a schema lists: its constant, its enum, or the constants of its variants.
func (s part) values() []any {
	if value, ok := s.node["const"]; ok {
		return []any{value}
	}
	if list, ok := s.node["enum"].([]any); ok {
		return list
	}
	for _, keyword := range []string{"oneOf", "anyOf"} {
		list, _ := s.node[keyword].([]any)
		var values []any
		for _, sub := range list {
			node, _ := sub.(map[string]any)
			if value, ok := node["const"]; ok {
				values = append(values, value)
			}
		}
		if len(values) > 0 && len(values) == len(list) {
			return values
		}
	}
	return nil
}

// limitTexts describes the limits of a value.
func (s part) limitTexts() (limits []Limit) {
	if values := s.values(); len(values) > 0 {
		var texts []string
		for _, value := range values[:min(len(values), maxListed)] {
			texts = append(texts, problem.Value(value))
		}
		if more := len(values) - maxListed; more > 0 {
			texts = append(texts, fmt.Sprintf("and %d more", more))
		}
		limits = append(limits, Limit{Text: "one of " + strings.Join(texts, ", ")})
	}
	for _, limit := range []struct{ keyword, format string }{
		{"minimum", "at least %s"},
		{"exclusiveMinimum", "more than %s"},
		{"maximum", "at most %s"},
		{"exclusiveMaximum", "less than %s"},
		{"multipleOf", "a multiple of %s"},
		{"minLength", "at least %s characters"},
		{"maxLength", "at most %s characters"},
		{"minItems", "at least %s items"},
		{"maxItems", "at most %s items"},
		{"minProperties", "at least %s fields"},
		{"maxProperties", "at most %s fields"},
		{"format", "format %s"},
	} {
		switch value := s.node[limit.keyword].(type) {
		case json.Number:
			if value == "0" && strings.HasPrefix(limit.keyword, "min") && limit.keyword != "minimum" {
				continue // it allows every value
			}
			limits = append(limits, Limit{Text: fmt.Sprintf(limit.format, problem.Line(value.String()))})
		case string:
			limits = append(limits, Limit{Text: fmt.Sprintf(limit.format, problem.Line(value))})
		}
	}
	if pattern := text(s.node, "pattern"); pattern != "" {
		limits = append(limits, Limit{Text: "matches", Code: pattern})
	}
	if s.node["uniqueItems"] == true {
		limits = append(limits, Limit{Text: "items that differ"})
	}
	return limits
}
