package jsonschema_test

import (
	"fmt"
	"strings"
	"testing"

	"botkube-plugins/internal/jsonschema"

	"github.com/google/go-cmp/cmp"
)

// fieldLines returns the fields of a schema, one on each line.
func fieldLines(fields jsonschema.Fields) string {
	var b strings.Builder
	for _, f := range fields.List {
		fmt.Fprintf(&b, "%s: %s", f.Path, f.Type)
		if f.Required {
			b.WriteString(", required")
		}
		if f.Default != "" {
			b.WriteString(", default " + f.Default)
		}
		for _, limit := range f.Limits {
			b.WriteString(", " + limit.Text)
			if limit.Code != "" {
				b.WriteString(" " + limit.Code)
			}
		}
		for _, text := range []string{f.Variant, f.Title, f.Description} {
			if text != "" {
				b.WriteString(" | " + text)
			}
		}
		b.WriteString("\n")
	}
	if fields.Incomplete {
		b.WriteString("incomplete\n")
	}
	return b.String()
}

func TestFieldsOf(t *testing.T) {
	for _, test := range []struct{ name, schema, want string }{
		{"no schema", `text`, ""},
		{"no fields", `true`, ""},
		{"limits", `{"properties": {
			"a": {"type": "integer", "minimum": 1, "maximum": 10000000000000000000000, "multipleOf": 2, "default": 1000000},
			"b": {"type": "string", "minLength": 0, "maxLength": 5, "pattern": "^<a, b>$", "format": "uri", "default": "<&>"},
			"c": {"type": ["string", "null"], "enum": ["x", "y"], "description": "One."},
			"d": {"const": true},
			"e": {"exclusiveMinimum": 0.5, "exclusiveMaximum": 1e3, "minimum": 0}
		}, "required": ["a", "d"]}`, `a: integer, required, default 1000000, at least 1, at most 10000000000000000000000, a multiple of 2
b: string, default "<&>", at most 5 characters, format uri, matches ^<a, b>$
c: string or null, one of "x", "y" | One.
d: boolean, required, one of true
e: , at least 0, more than 0.5, less than 1e3
`},
		{"nested", `{"type": "object", "properties": {
			"auth": {"type": "object", "properties": {"token": {"type": "string"}}, "required": ["token"], "default": {"token": "a", "list": [1, 2]}},
			"labels": {"type": "array", "uniqueItems": true, "minItems": 1, "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
			"names": {"type": "array", "items": {"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]}},
			"groups": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string", "pattern": "x"}}},
			"a b": {"type": "object", "patternProperties": {"^x-": {"type": "number"}}, "additionalProperties": false}
		}}`, `"a b": object
"a b".<^x->: number
auth: object, default {"list": [1, 2], "token": "a"}
auth.token: string, required
groups: object
groups.*: list of string, each matches x
labels: list of object, at least 1 items, items that differ
labels[].name: string
names: list of string, each one of "a", "b"
`},
		{"references", `{"properties": {
			"a": {"$ref": "#/definitions/a", "description": "Mine.", "default": 2},
			"tree": {"$ref": "#/definitions/tree"},
			"far": {"$ref": "https://example.com/schema"}
		}, "definitions": {
			"a": {"type": "number", "title": "A", "description": "Theirs.", "default": 1},
			"tree": {"type": "object", "properties": {"value": {"type": "string"}, "next": {"$ref": "#/definitions/tree"}}}
		}}`, `a: number, default 2 | A | Mine.
far: 
tree: object
tree.next: 
tree.value: string
`},
		{"variants", `{"allOf": [{"properties": {"all": {"type": "string"}}}], "oneOf": [
			{"title": "By token", "properties": {"token": {"type": "string"}}},
			{"properties": {"user": {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"id": {"type": "integer"}}}]}}}
		], "if": {"required": ["x"]}, "then": {"properties": {"then": {}}}, "else": {"properties": {"else": {}}}}`, `all: string
token: string | By token
user: string or object | variant 2
user.id: integer | variant 2
then:  | depends on other fields
else:  | depends on other fields
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, fieldLines(jsonschema.FieldsOf(test.schema))); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

// doubling returns a schema of a few definitions that describes 2^50 fields, or values without fields.
func doubling(format string) string {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, `"%d": `, i)
		fmt.Fprintf(&b, format, i+1)
		b.WriteString(",\n")
	}
	return `{"$ref": "#/definitions/0", "definitions": {` + b.String() + `"50": {"type": "string"}}}`
}

// The work is bounded for a schema whose references double the fields again and again. Without a bound,
// none of these ends.
func TestDoublingSchemas(t *testing.T) {
	for _, test := range []struct{ name, format string }{
		{"properties", `{"type": "object", "properties": {"a": {"$ref": "#/definitions/%d"}, "b": {"$ref": "#/definitions/%[1]d"}}}`},
		{"allOf", `{"allOf": [{"$ref": "#/definitions/%d"}, {"$ref": "#/definitions/%[1]d"}]}`},
		{"anyOf", `{"anyOf": [{"$ref": "#/definitions/%d"}, {"$ref": "#/definitions/%[1]d"}]}`},
		{"required", `{"type": "object", "required": ["a", "b"], "properties": {"a": {"$ref": "#/definitions/%d"}, "b": {"$ref": "#/definitions/%[1]d"}}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			schema := doubling(test.format)
			if fields := jsonschema.FieldsOf(schema); !fields.Incomplete || len(fields.List) > 500 {
				t.Errorf("found %d fields, want an incomplete list of at most 500", len(fields.List))
			}
			if config, missing := jsonschema.Defaults(schema); len(config) > 0 || len(missing) > 0 {
				t.Errorf("found the defaults %v without %v, want none", config, missing)
			}
			if added, _ := jsonschema.ChangedFields(schema, `{"properties": {"c": true}}`); len(added) != 1 {
				t.Errorf("found the new fields %v, want c", added)
			}
			if changes := jsonschema.ChangedDefaults(schema, schema); len(changes) > 0 {
				t.Errorf("found the changed defaults %v, want none", changes)
			}
		})
	}
	// Judging the example takes too long.
	if _, ok, err := jsonschema.Example(t.Context(), doubling(`{"allOf": [{"$ref": "#/definitions/%d"}, {"$ref": "#/definitions/%[1]d"}]}`)); ok || err != nil {
		t.Errorf("found an example: %v, %v, want none", ok, err)
	}
}

func TestExample(t *testing.T) {
	for _, test := range []struct {
		name, schema, want string
		ok                 bool
	}{
		{"the examples in it", `{"type": "object", "properties": {"a": {"type": "string", "examples": ["<x>", "y"]}, "n": {"type": "integer", "default": 1000000}}}`, `{"a": "<x>", "n": 1000000}`, true},
		{
			"types", `{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "boolean"}, "c": {"type": ["integer", "null"]}, "d": {"type": "number", "minimum": 2.5}, "e": {"type": "array", "items": {"enum": ["x"]}}, "f": {"type": "null"}, "g": {"type": "array"}, "h": {"type": "object"}, "i": {"anyOf": [{"const": 7}, {"type": "string"}]}}}`,
			`{"a": "text", "b": true, "c": 1, "d": 2.5, "e": ["x"], "f": null, "g": [], "h": {}, "i": 7}`, true,
		},
		{"invalid", `{"type": "object", "properties": {"a": {"type": "string", "pattern": "^[0-9]{40}$"}}}`, `{"a": "text"}`, false},
		{"no schema", `text`, ``, false},
		{"another document", `{"$ref": "https://example.com/schema"}`, ``, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok, err := jsonschema.Example(t.Context(), test.schema)
			if err != nil || ok != test.ok || got != test.want {
				t.Errorf("found %s, %v, %v, want %s, %v", got, ok, err, test.want, test.ok)
			}
		})
	}
}
