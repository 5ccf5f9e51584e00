package jsonschema_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"botkube-plugins/internal/jsonschema"

	"github.com/google/go-cmp/cmp"
)

// closed returns a schema of an object without additional properties.
func closed(properties string) string {
	return `{"type": "object", "additionalProperties": false, "properties": {` + properties + `}}`
}

func TestCompare(t *testing.T) {
	const duration = `"type": "string", "pattern": "^[1-9][0-9]*(ms|s|m)$"`
	for _, test := range []struct {
		name, was, is string
		want          string // the verdict, with the witness and its problems, or the reason
	}{
		{"the same", `{"type": "object"}`, `{"type":"object"}`, "compatible"},
		{"other texts", closed(`"a": {"title": "A"}`), closed(`"a": {"title": "B", "description": "C"}`), "compatible"},
		{"a new optional field", closed(`"a": {}`), closed(`"a": {}, "b": {"type": "string"}`), "compatible"},
		{
			"a new optional field of an open object", `{"properties": {"a": {}}}`, `{"properties": {"a": {}, "b": {"type": "string"}}}`,
			`breaking {"b":1}: b: found 1, want string`,
		},
		{
			"a dropped field", closed(`"a": {"type": "string", "default": "x"}, "b": {}`), closed(`"b": {}`),
			`breaking {"a":"x"}: a: found an unknown field, want one of: b`,
		},
		{
			"a new required field", closed(`"a": {}`), `{"type": "object", "additionalProperties": false, "properties": {"a": {}}, "required": ["a"]}`,
			`breaking {}: found no field "a", want a value, since the field is required`,
		},
		{"no longer required", `{"required": ["a", "b"]}`, `{"required": ["a"]}`, "compatible"},
		{"a wider type", closed(`"a": {"type": "string"}`), closed(`"a": {"type": ["string", "null"]}`), "compatible"},
		{
			"a narrower type", closed(`"a": {"type": ["string", "null"]}`), closed(`"a": {"type": "string"}`),
			`breaking {"a":null}: a: found null, want string`,
		},
		{"integers are numbers", `{"type": "integer"}`, `{"type": "number"}`, "compatible"},
		{"numbers are not integers", `{"type": "number"}`, `{"type": "integer"}`, `breaking 0.5: found 0.5, want integer`},
		{
			"a higher minimum", closed(`"n": {"type": "integer", "minimum": 1, "default": 5}`), closed(`"n": {"type": "integer", "minimum": 3, "default": 5}`),
			`breaking {"n":1}: n: found 1, want at least 3`,
		},
		{"a lower minimum", `{"minimum": 1}`, `{"minimum": 0.5}`, "compatible"},
		{"integers above 0", `{"type": "integer", "exclusiveMinimum": 0}`, `{"minimum": 1}`, "compatible"},
		{"a draft-04 boolean", `{"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 0, "exclusiveMinimum": true}`, `{"exclusiveMinimum": 0}`, "compatible"},
		{
			"from draft-04 to another value", `{"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 0}`, `{"exclusiveMinimum": 0}`,
			"breaking 0: found 0, want more than 0",
		},
		{"a multiple of a multiple", `{"multipleOf": 6}`, `{"multipleOf": 3}`, "compatible"},
		{"a greater multiple", `{"multipleOf": 3}`, `{"multipleOf": 6}`, "breaking 3: found 3, want a multiple of 6"},
		{"a shorter text", `{"maxLength": 10}`, `{"maxLength": 5}`, `breaking "default": found "default" (7 characters), want at most 5 characters`},
		{
			"another pattern", closed(`"interval": {` + duration + `}`), closed(`"interval": {"type": "string", "pattern": "^[1-9][0-9]*(s|m)$"}`),
			`breaking {"interval":"1ms"}: interval: found "1ms", want a match of ^[1-9][0-9]*(s|m)$`,
		},
		{
			"a pattern that a wider one replaces", closed(`"interval": {"type": "string", "pattern": "^a{3}$"}`), closed(`"interval": {"type": "string", "pattern": "^a{3,}$"}`),
			"unknown: a change of pattern at interval cannot be analyzed",
		},
		{"no pattern any more", closed(`"interval": {` + duration + `}`), closed(`"interval": {"type": "string"}`), "compatible"},
		{"a value less in an enum", `{"enum": ["a", "b", 1]}`, `{"enum": ["b", 1]}`, `breaking "a": found "a", want one of 'b', 1`},
		{"a value more in an enum", `{"enum": ["a"]}`, `{"enum": ["a", "b"]}`, "compatible"},
		{"an enum of a type", `{"enum": ["a", "b"]}`, `{"type": "string"}`, "compatible"},
		{"a const of another draft", `{"const": 1}`, `{"$schema": "http://json-schema.org/draft-04/schema#", "enum": [1]}`, "compatible"},
		{
			"fewer items", `{"type": "array", "items": {"type": "string"}, "maxItems": 3}`, `{"type": "array", "items": {"type": "string"}, "maxItems": 2}`,
			`breaking ["text","text","text"]: found ["text","text","text"], want at most 2 items`,
		},
		{"unique items", `{"type": "array"}`, `{"type": "array", "uniqueItems": true}`, `breaking ["text","text"]: found ["text","text"], want items that differ`},
		{"one item is unique", `{"type": "array", "maxItems": 1}`, `{"type": "array", "uniqueItems": true}`, "compatible"},
		{
			"items and prefixItems", `{"type": "array", "items": [{"type": "string"}], "additionalItems": {"type": "integer"}}`,
			`{"$schema": "https://json-schema.org/draft/2020-12/schema", "prefixItems": [{"type": "string"}], "items": {"type": "number"}}`, "compatible",
		},
		{
			"an item of another type", `{"items": {"properties": {"a": {"type": ["string", "integer"]}}}}`, `{"items": {"properties": {"a": {"type": "string"}}}}`,
			`breaking [{"a":1}]: 0.a: found 1, want string`,
		},
		{"a form more", `{"anyOf": [{"type": "string"}, {"type": "integer"}]}`, `{"anyOf": [{"type": "integer"}, {"type": "null"}, {"type": "string"}]}`, "compatible"},
		{"forms become types", `{"oneOf": [{"type": "string"}, {"type": "null"}]}`, `{"type": ["null", "string"]}`, "compatible"},
		{"types become forms", `{"type": ["null", "string"]}`, `{"oneOf": [{"type": "string"}, {"type": "null"}]}`, "compatible"},
		{
			"a form less", `{"oneOf": [{"properties": {"kind": {"const": "a"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "b"}}, "required": ["kind"]}]}`,
			`{"oneOf": [{"properties": {"kind": {"const": "a"}}, "required": ["kind"]}]}`, `breaking {"kind":"b"}: kind: found "b", want 'a'`,
		},
		{
			"a wider form", `{"type": "object", "oneOf": [{"properties": {"kind": {"const": "a"}, "n": {"minimum": 2}}, "required": ["kind"]}, {"properties": {"kind": {"const": "b"}}, "required": ["kind"]}]}`,
			`{"type": "object", "oneOf": [{"properties": {"kind": {"const": "a"}, "n": {"minimum": 1}}, "required": ["kind"]}, {"properties": {"kind": {"const": "b"}}, "required": ["kind"]}]}`, "compatible",
		},
		{"all of a reference", `{"allOf": [{"$ref": "#/definitions/a"}], "definitions": {"a": {"type": "string"}}}`, `{"$ref": "#/definitions/b", "definitions": {"b": {"type": ["string", "null"]}}}`, "compatible"},
		{"a schema in itself", `{"type": "object", "properties": {"child": {"$ref": "#"}, "n": {"minimum": 1}}}`, `{"type": "object", "properties": {"child": {"$ref": "#"}, "n": {"minimum": 0}}}`, "compatible"},
		{
			"a schema in itself that is narrower", `{"type": "object", "properties": {"child": {"$ref": "#"}, "n": {"minimum": 0}}}`,
			`{"type": "object", "properties": {"child": {"$ref": "#/definitions/x"}, "n": {}}, "definitions": {"x": {"properties": {"child": {"$ref": "#/definitions/x"}, "n": {"minimum": 1}}}}}`,
			`breaking {"child":{"n":0}}: child.n: found 0, want at least 1`,
		},
		{"an endless schema", `{"allOf": [{"$ref": "#"}]}`, `{"type": "string"}`, "unknown: a schema refers to itself without end"},
		{"another document", `{"type": "object"}`, `{"$ref": "https://example.com/schema.json"}`, "unknown: the new schema cannot be used: it refers to https://example.com/schema.json, which is not fetched"},
		{
			"a dynamic reference", `{"$schema": "https://json-schema.org/draft/2020-12/schema", "$dynamicAnchor": "x"}`,
			`{"$schema": "https://json-schema.org/draft/2020-12/schema", "$dynamicAnchor": "x", "properties": {"a": {"$dynamicRef": "#x"}}}`,
			"unknown: $dynamicRef and $recursiveRef are not analyzed",
		},
		{
			"unevaluated properties", `{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"a": {}}, "additionalProperties": false}`,
			`{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"a": {}}, "unevaluatedProperties": false}`,
			"unknown: a change of unevaluatedProperties cannot be analyzed",
		},
		{"not JSON", `{`, `{}`, `unknown: the old schema cannot be used: found "{", want a JSON Schema in JSON: line 1: unexpected end of JSON input`},
		{"a slow pattern", `{"type": "string"}`, `{"pattern": "^(a+)+$", "examples": ["` + strings.Repeat("a", 40) + `!"]}`, "unknown: it takes too long"},
		{"what depends on a field", `{"dependencies": {"a": ["b"]}}`, `{"$schema": "https://json-schema.org/draft/2019-09/schema", "dependentRequired": {"a": ["b"]}}`, "compatible"},
		{"more depends on a field", closed(`"a": {}, "b": {}, "c": {}`), `{"dependencies": {"a": ["b"]}}`, `breaking {"a":"text"}: found no field "b", want a value, since field "a" is set`},
		{"matching names", `{"patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": false}`, `{"patternProperties": {"^x-": {"type": "number"}}, "additionalProperties": false}`, "compatible"},
		{
			"a narrower condition", `{"if": {"required": ["a"]}, "then": {"required": ["b"]}}`, `{"if": {"required": ["a"]}, "then": {"required": ["b", "c"]}}`,
			`breaking {"a":"text","b":"text"}: found no field "c", want a value, since the field is required`,
		},
		{"a wider condition", `{"if": {"required": ["a"]}, "then": {"required": ["b", "c"]}}`, `{"if": {"required": ["a"]}, "then": {"required": ["b"]}}`, "compatible"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := jsonschema.NewComparer().Compare(t.Context(), test.was, test.is)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, describe(t, got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func describe(t *testing.T, c jsonschema.Comparison) string {
	t.Helper()
	switch c.Verdict {
	case jsonschema.Breaking:
		witness, err := json.Marshal(c.Witness)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s %s: %s", c.Verdict, witness, c.Problems.Error())
	case jsonschema.Unknown:
		return fmt.Sprintf("%s: %s", c.Verdict, c.Reason)
	default:
		return string(c.Verdict)
	}
}

func TestCompareEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if _, err := jsonschema.NewComparer().Compare(ctx, `{"type": "string"}`, `{"type": "null"}`); !errors.Is(err, stopped) {
		t.Errorf("found the error %v, want %v", err, stopped)
	}
}

func TestChangedDefaultsAndFields(t *testing.T) {
	const was = `{"default": {"a": 1}, "properties": {
		"a": {"default": 1}, "b": {"$ref": "#/definitions/b"}, "c": {"default": "x"}, "gone": {"default": 1},
		"self": {"$ref": "#"}}, "definitions": {"b": {"properties": {"d": {"default": [1]}, "e": {}}}}}`
	const is = `{"default": {"a": 1, "new": 2}, "properties": {
		"a": {"default": 1.0}, "b": {"properties": {"d": {"default": [2]}, "e": {"default": null}}}, "c": {}, "new": {"default": 2},
		"self": {"$ref": "#"}}}`
	value := func(v any) *any { return &v }
	want := []jsonschema.DefaultChange{
		{Field: "b.d", Was: value([]any{1.0}), Is: value([]any{2.0})},
		{Field: "b.e", Is: value(nil)},
		{Field: "c", Was: value("x")},
	}
	if diff := cmp.Diff(want, jsonschema.ChangedDefaults(was, is)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	added, dropped := jsonschema.ChangedFields(was, is)
	if diff := cmp.Diff([][]string{{"new"}, {"gone"}}, [][]string{added, dropped}); diff != "" {
		t.Errorf("fields: -want +got:\n%s", diff)
	}
	if got := jsonschema.ChangedDefaults(`{`, is); got != nil {
		t.Errorf("found %v for a text that is not a schema", got)
	}
}

// What is too large or too deep to be compared is unknown, within a bounded time.
func TestCompareIsBounded(t *testing.T) {
	branches := func(n int, form string) string {
		var forms []string
		for i := range n {
			forms = append(forms, fmt.Sprintf(form, i))
		}
		return strings.Join(forms, ",")
	}
	manyForms := func(n, limit int) string { // 3^n cases
		form := fmt.Sprintf(`{"anyOf": [{"minLength": %d, "pattern": "a%%[1]d"}, {"pattern": "b%%[1]d"}, {"pattern": "c%%[1]d"}]}`, limit)
		return `{"type": "string", "allOf": [` + branches(n, form) + `]}`
	}
	const tree = `{"type": "object", "properties": {%s}, "definitions": {"x": {"minimum": %d}}}`
	deep := func(minimum int) string {
		return fmt.Sprintf(tree, branches(300, `"p%d": {"oneOf": [{"$ref": "#"}, {"$ref": "#/definitions/x"}]}`), minimum)
	}
	for name, test := range map[string]struct{ was, is, reason string }{
		"many forms":   {manyForms(50, 1), manyForms(50, 2), "the schemas are too large to be compared"},
		"more forms":   {manyForms(400, 1), manyForms(400, 2), "the schemas are too large to be compared"},
		"many fields":  {deep(1), deep(2), "the schemas are too large to be compared"},
		"a large enum": {`{"enum": [` + branches(5000, `"v%d"`) + `]}`, `{"enum": [` + branches(5000, `"v%d"`) + `, "x"]}`, "a change of enum or const cannot be analyzed"},
		"a large default": {
			`{"default": "` + strings.Repeat("x", 1<<19) + `"}`, `{"default": "` + strings.Repeat("y", 1<<19) + `", "maxProperties": 1000}`,
			"a change of minProperties or maxProperties cannot be analyzed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			got, err := jsonschema.NewComparer().Compare(t.Context(), test.was, test.is)
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > 5*time.Second { // on a busy machine
				t.Errorf("took %s, want at most 2s", took)
			}
			if diff := cmp.Diff(jsonschema.Comparison{Verdict: jsonschema.Unknown, Reason: test.reason}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
