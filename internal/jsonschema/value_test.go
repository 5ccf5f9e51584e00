package jsonschema

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

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
			schema, value := parsed(t, test.schema, test.value)
			got, err := schema.Judge(t.Context(), value, func(_ []string, name bool) (line, column int) {
				if name {
					return 1, 0
				}
				return 0, 0
			})
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
				t.Errorf("error %v; -want +got:\n%s", err, diff)
			}
		})
	}
}

func parsed(t *testing.T, schemaText, valueText string) (schema *Schema, value any) {
	t.Helper()
	schema, err := Compile(schemaText)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(valueText), &value); err != nil {
		t.Fatal(err)
	}
	return schema, value
}

// A check whose context ends does not go on. Without that, these tests would not end.
func TestJudgeEnds(t *testing.T) {
	// Each definition doubles the work, and the last gives no hook to what comes first in a schema.
	doubled := func(keyword, ref, last string) string {
		var text strings.Builder
		for i := range 60 {
			sub := fmt.Sprintf(`{"$ref": "%s%d"}`, ref, i+1)
			fmt.Fprintf(&text, `"%d": {%q: [%s, %s]}, `, i, keyword, sub, sub)
		}
		return `{` + text.String() + `"60": ` + last + `}`
	}
	const pattern = `{"pattern": "^(a+)+$"}`
	deep := strings.Repeat("[", 50) + strings.Repeat("]", 50)
	for name, test := range map[string]struct{ schema, value string }{
		"pattern":            {pattern, `"` + strings.Repeat("a", 60) + `!"`},
		"pattern of names":   {`{"propertyNames": ` + pattern + `}`, `{"` + strings.Repeat("a", 60) + `!": 1}`},
		"patternProperties":  {`{"patternProperties": {"^(a+)+$": true}}`, `{"` + strings.Repeat("a", 60) + `!": 1}`},
		"anyOf":              {`{"$ref": "#/definitions/0", "definitions": ` + doubled("anyOf", "#/definitions/", "false") + `}`, `1`},
		"allOf":              {`{"$ref": "#/definitions/0", "definitions": ` + doubled("allOf", "#/definitions/", `{"minimum": 2}`) + `}`, `3`},
		"oneOf in not":       {`{"not": {"$ref": "#/definitions/0"}, "definitions": ` + doubled("oneOf", "#/definitions/", `{"type": "null"}`) + `}`, `1`},
		"other place":        {`{"$ref": "#/x/0", "x": ` + doubled("anyOf", "#/x/", "false") + `}`, `1`},
		"format":             {`{"$ref": "#/definitions/0", "definitions": ` + strings.ReplaceAll(doubled("anyOf", "#/definitions/", "false"), `"anyOf"`, `"format": "date", "anyOf"`) + `}`, `1`},
		"2020-12":            {`{"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#/$defs/0", "$defs": ` + doubled("anyOf", "#/$defs/", "false") + `}`, `1`},
		"draft-04":           {`{"$schema": "http://json-schema.org/draft-04/schema#", "$ref": "#/definitions/0", "definitions": ` + doubled("anyOf", "#/definitions/", `{"type": "null"}`) + `}`, `1`},
		"recursion of items": {`{"$schema": "https://json-schema.org/draft/2019-09/schema", "anyOf": [{"items": {"$recursiveRef": "#"}, "minItems": 1}, {"items": {"$recursiveRef": "#"}, "maxItems": 1, "minItems": 1}]}`, deep},
		"$dynamicRef": {`{"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "other", "$defs": {
			"other": {"$id": "other", "$dynamicRef": "#node", "$defs": {"n": {"$dynamicAnchor": "node"}}},
			"mine": {"$dynamicAnchor": "node", "anyOf": [{"items": {"$dynamicRef": "#node"}, "minItems": 1}, {"items": {"$dynamicRef": "#node"}, "maxItems": 1, "minItems": 1}]}}}`, deep},
	} {
		t.Run(name, func(t *testing.T) {
			schema, value := parsed(t, test.schema, test.value)
			slow := errors.New("too slow")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, slow)
			defer cancel()
			if problems, err := schema.Judge(ctx, value, nil); !errors.Is(err, slow) || problems != nil {
				t.Errorf("found %d problems and error %v, want %v", len(problems), err, slow)
			}
		})
	}
}

// Comparisons with an enum cannot be interrupted, so there must not be too many.
func TestJudgeLimitsComparisons(t *testing.T) {
	texts := ""
	for i := range 999 {
		texts += fmt.Sprintf("%q,", fmt.Sprint(i))
	}
	schema, err := Compile(`{"items": {"enum": [` + texts + `"x"]}}`)
	if err != nil {
		t.Fatal(err)
	}
	value := slices.Repeat([]any{"x"}, 999)
	if problems, err := schema.Judge(t.Context(), value, nil); len(problems) > 0 || err != nil {
		t.Errorf("found %v and error %v, want none", problems, err)
	}
	if _, err := schema.Judge(t.Context(), append(value, "x"), nil); !errors.Is(err, errComparisons) {
		t.Errorf("found error %v, want %v", err, errComparisons)
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
