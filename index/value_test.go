package index

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestCheckValue(t *testing.T) {
	const ticker = `{"type": "object", "additionalProperties": false, "properties": {
		"interval": {"type": ["string", "null"], "pattern": "^[0-9]+s$", "allOf": [{"pattern": "[1-9]"}]},
		"unit": {"enum": ["s", "m"]}}}`
	tests := []struct {
		name, schema, value string
		want                []ValueProblem
	}{
		{"right", ticker, `{"interval": "5s"}`, nil},
		{"nothing", `true`, `null`, nil},
		{"another type", ticker, `[]`, []ValueProblem{{Found: `[]`, Want: "object"}}},
		{"one of several types", ticker, `{"interval": 5}`, []ValueProblem{
			{Path: []string{"interval"}, Found: "5", Want: "null or string"},
		}},
		{"all problems", ticker, `{"interval": "x", "unit": "h", "intervall": 1, "uni": 2}`, []ValueProblem{
			{
				Path: []string{"interval"}, Found: `"x"`,
				Want: "a match of [1-9]; a match of ^[0-9]+s$",
			},
			{Path: []string{"intervall"}, Key: true, Found: "an unknown field", Want: "one of: interval, unit"},
			{Path: []string{"uni"}, Key: true, Found: "an unknown field", Want: "one of: interval, unit"},
			{Path: []string{"unit"}, Found: `"h"`, Want: "one of 's', 'm'"},
		}},
		{"required", `{"required": ["a", "b"]}`, `{}`, []ValueProblem{
			{Found: `no field "a"`, Want: "it, as it is required"},
			{Found: `no field "b"`, Want: "it, as it is required"},
		}},
		{
			"below a reference", `{"properties": {"list": {"items": {"$ref": "#/definitions/an~1item"}}},
				"definitions": {"an/item": {"additionalProperties": false, "properties": {"name": {}}}}}`,
			`{"list": [{"name": 1}, {"nam": 1}]}`,
			[]ValueProblem{
				{Path: []string{"list", "1", "nam"}, Key: true, Found: "an unknown field", Want: "one of: name"},
			},
		},
		{"no fields at all", `{"additionalProperties": false}`, `{"a": 1}`, []ValueProblem{
			{Path: []string{"a"}, Key: true, Found: "an unknown field", Want: "no fields"},
		}},
		{
			"the form it resembles most",
			`{"oneOf": [{"type": "string"}, {"properties": {"a": {"type": "string"}}, "required": ["a"]}]}`,
			`{"a": 1}`,
			[]ValueProblem{{Path: []string{"a"}, Found: "1", Want: "string"}},
		},
		{"more than one form", `{"oneOf": [{"type": "string"}, {"minLength": 1}]}`, `"x"`, []ValueProblem{
			{Found: `"x"`, Want: "what the schema allows ('oneOf' failed, subschemas 0, 1 matched)"},
		}},
		{"the name of a field", `{"propertyNames": {"pattern": "^[a-z]+$"}}`, `{"A": 1}`, []ValueProblem{
			{Path: []string{"A"}, Key: true, Found: `the name "A"`, Want: "a name that the schema allows"},
		}},
		{"a lookahead", `{"pattern": "^(?!x)"}`, `"xy"`, []ValueProblem{
			{Found: `"xy"`, Want: "a match of ^(?!x)"},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var value any
			if err := json.Unmarshal([]byte(test.value), &value); err != nil {
				t.Fatal(err)
			}
			got, err := CheckValue(test.schema, value)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCheckValueNeedsASchema(t *testing.T) {
	for schema, want := range map[string]string{
		`{`:                          `jsonSchema: found "{", want a JSON Schema in JSON: line 1: unexpected end of JSON input`,
		`{"$schema": "draft-07"}`:    `jsonSchema#/$schema: found "draft-07", want one of ` + knownDrafts,
		`{"minLength": "1"}`:         "jsonSchema#/minLength: found \"1\", want what http://json-schema.org/draft-07/schema allows (got string, want integer)",
		`{"$ref": "other.json"}`:     "it refers to other.json, which is not fetched",
		`{"$ref": "file:///x.json"}`: "it refers to file:///x.json, which is not fetched",
	} {
		problems, err := CheckValue(schema, map[string]any{})
		if err == nil || len(problems) > 0 {
			t.Errorf("%s: found %v and error %v, want an error", schema, problems, err)
			continue
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("%s: -want +got:\n%s", schema, diff)
		}
	}
}
