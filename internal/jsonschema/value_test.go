package jsonschema

import (
	"encoding/json"
	"testing"

	"botkube-plugins/internal/problem"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestJudge(t *testing.T) {
	const ticker = `{"type": "object", "additionalProperties": false, "properties": {
		"interval": {"type": ["string", "null"], "pattern": "^[0-9]+s$", "allOf": [{"pattern": "[1-9]"}]},
		"unit": {"enum": ["s", "m"]}}}`
	tests := []struct {
		name, schema, value string
		want                problem.List
	}{
		{"right", ticker, `{"interval": "5s"}`, nil},
		{"nothing", `true`, `null`, nil},
		{"another type", ticker, `[]`, problem.List{{Found: `[]`, Want: "object"}}},
		{"one of several types", ticker, `{"interval": 5}`, problem.List{
			{Field: "interval", Found: "5", Want: "null or string"},
		}},
		{"all problems", ticker, `{"interval": "x", "unit": "h", "intervall": 1, "uni": 2}`, problem.List{
			{
				Field: "interval", Found: `"x"`,
				Want: "a match of [1-9]; a match of ^[0-9]+s$",
			},
			{Field: "intervall", Line: 1, Found: "an unknown field", Want: "one of: interval, unit"},
			{Field: "uni", Line: 1, Found: "an unknown field", Want: "one of: interval, unit"},
			{Field: "unit", Found: `"h"`, Want: "one of 's', 'm'"},
		}},
		{"required", `{"required": ["a", "b"]}`, `{}`, problem.List{
			{Found: `no field "a"`, Want: "a value, since the field is required"},
			{Found: `no field "b"`, Want: "a value, since the field is required"},
		}},
		{
			"below a reference", `{"properties": {"list": {"items": {"$ref": "#/definitions/an~1item"}}},
				"definitions": {"an/item": {"additionalProperties": false, "properties": {"name": {}}}}}`,
			`{"list": [{"name": 1}, {"nam": 1}]}`,
			problem.List{
				{Field: "list[1].nam", Line: 1, Found: "an unknown field", Want: "one of: name"},
			},
		},
		{"no fields at all", `{"additionalProperties": false}`, `{"a": 1}`, problem.List{
			{Field: "a", Line: 1, Found: "an unknown field", Want: "no fields"},
		}},
		{
			"the form it resembles most",
			`{"oneOf": [{"type": "string"}, {"properties": {"a": {"type": "string"}}, "required": ["a"]}]}`,
			`{"a": 1}`,
			problem.List{{Field: "a", Found: "1", Want: "string"}},
		},
		{"more than one form", `{"oneOf": [{"type": "string"}, {"minLength": 1}]}`, `"x"`, problem.List{
			{Found: `"x"`, Want: "what the schema allows ('oneOf' failed, subschemas 0, 1 matched)"},
		}},
		{"the name of a field", `{"propertyNames": {"pattern": "^[a-z]+$"}}`, `{"A": 1}`, problem.List{
			{Field: "A", Line: 1, Found: `the name "A"`, Want: "a name that the schema allows"},
		}},
		{"a lookahead", `{"pattern": "^(?!x)"}`, `"xy"`, problem.List{
			{Found: `"xy"`, Want: "a match of ^(?!x)"},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var value any
			if err := json.Unmarshal([]byte(test.value), &value); err != nil {
				t.Fatal(err)
			}
			schema, err := Compile(test.schema)
			if err != nil {
				t.Fatal(err)
			}
			got := schema.Judge(value, func(_ []string, name bool) (line, column int) {
				if name {
					return 1, 0
				}
				return 0, 0
			})
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCompileRejects(t *testing.T) {
	for schema, want := range map[string]string{
		`{`:                          `found "{", want a JSON Schema in JSON: line 1: unexpected end of JSON input`,
		`{"$schema": "draft-07"}`:    `#/$schema: found "draft-07", want one of ` + knownDrafts,
		`{"minLength": "1"}`:         "#/minLength: found \"1\", want what http://json-schema.org/draft-07/schema allows (got string, want integer)",
		`{"$ref": "other.json"}`:     "it refers to other.json, which is not fetched",
		`{"$ref": "file:///x.json"}`: "it refers to file:///x.json, which is not fetched",
	} {
		_, err := Compile(schema)
		if err == nil {
			t.Errorf("%s: found no error", schema)
			continue
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("%s: -want +got:\n%s", schema, diff)
		}
	}
}
