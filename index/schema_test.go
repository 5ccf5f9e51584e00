package index_test

import (
	"strings"
	"testing"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
)

const knownDrafts = "one of http://json-schema.org/draft-04/schema#, http://json-schema.org/draft-06/schema#, " +
	"http://json-schema.org/draft-07/schema#, https://json-schema.org/draft/2019-09/schema, " +
	"https://json-schema.org/draft/2020-12/schema, or none for draft-07"

const wantType = "got string, want array; value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'"

func by(draft, message string) string { return "what " + draft + " allows (" + message + ")" }

const (
	draft4    = "http://json-schema.org/draft-04/schema"
	draft6    = "http://json-schema.org/draft-06/schema"
	draft7    = "http://json-schema.org/draft-07/schema"
	draft2019 = "https://json-schema.org/draft/2019-09/schema"
	draft2020 = "https://json-schema.org/draft/2020-12/schema"
)

// fault is a problem in a schema: its place, what was found, and what is wanted.
type fault struct{ at, found, want string }

func TestValidateSchema(t *testing.T) {
	const local = "a reference to a place in this schema"
	for name, tt := range map[string]struct {
		schema string
		want   []fault
	}{
		"not JSON":            {"{\n  \"type\": }", []fault{{"", `"{\n  \"type\": }"`, "a JSON Schema in JSON: line 2: invalid character '}' looking for beginning of value"}}},
		"cut short":           {`{"type"`, []fault{{"", `"{\"type\""`, "a JSON Schema in JSON: line 1: unexpected end of JSON input"}}},
		"two values":          {"{}\n{}", []fault{{"", `"{}\n{}"`, "a JSON Schema in JSON: line 2: invalid character '{' after top-level value"}}},
		"blank":               {" ", []fault{{"", `" "`, "a JSON Schema in JSON: line 1: unexpected end of JSON input"}}},
		"number out of range": {`{"maximum": 1e999999999}`, []fault{{"", `"{\"maximum\": 1e999999999}"`, "a JSON Schema in JSON: line 1: number 1e999999999 is out of range"}}},
		"list":                {`[]`, []fault{{"", `[]`, by(draft7, "got array, want boolean or object")}}},
		"text":                {`"object"`, []fault{{"", `"object"`, by(draft7, "got string, want boolean or object")}}},
		"null":                {`null`, []fault{{"", `null`, by(draft7, "got null, want boolean or object")}}},

		"unknown draft":               {`{"$schema": "http://example.com/my#", "type": 5}`, []fault{{"#/$schema", `"http://example.com/my#"`, knownDrafts}}},
		"draft that is not text":      {`{"$schema": 7}`, []fault{{"#/$schema", "7", knownDrafts}}},
		"draft without scheme":        {`{"$schema": "json-schema.org/draft-07/schema"}`, []fault{{"#/$schema", `"json-schema.org/draft-07/schema"`, knownDrafts}}},
		"draft of the year":           {`{"$schema": "https://json-schema.org/schema"}`, []fault{{"#/$schema", `"https://json-schema.org/schema"`, knownDrafts}}},
		"draft-03":                    {`{"$schema": "http://json-schema.org/draft-03/schema#"}`, []fault{{"#/$schema", `"http://json-schema.org/draft-03/schema#"`, knownDrafts}}},
		"wrong type, no draft":        {`{"type": "strng"}`, []fault{{"#/type", `"strng"`, by(draft7, wantType)}}},
		"wrong type, draft-04":        {`{"$schema": "` + draft4 + `#", "type": "strng"}`, []fault{{"#/type", `"strng"`, by(draft4, wantType)}}},
		"wrong type, draft-06":        {`{"$schema": "` + draft6 + `#", "type": "strng"}`, []fault{{"#/type", `"strng"`, by(draft6, wantType)}}},
		"wrong type, 2019-09":         {`{"$schema": "` + draft2019 + `", "type": "strng"}`, []fault{{"#/type", `"strng"`, by(draft2019, wantType)}}},
		"wrong type, 2020-12":         {`{"$schema": "` + draft2020 + `", "type": "strng"}`, []fault{{"#/type", `"strng"`, by(draft2020, wantType)}}},
		"boolean inside draft-04":     {`{"$schema": "` + draft4 + `#", "not": true}`, []fault{{"#/not", "true", by(draft4, "got boolean, want object")}}},
		"draft-04 keyword in 07":      {`{"maximum": 1, "exclusiveMaximum": true}`, []fault{{"#/exclusiveMaximum", "true", by(draft7, "got boolean, want number")}}},
		"list of items in 2020-12":    {`{"$schema": "` + draft2020 + `", "items": [{}]}`, []fault{{"#/items", "[{}]", by(draft2020, "got array, want boolean or object")}}},
		"negative length":             {`{"minLength": -1}`, []fault{{"#/minLength", "-1", by(draft7, "minimum: got -1, want 0")}}},
		"multiple of a tiny number":   {`{"multipleOf": 1e-999999999}`, []fault{{"#/multipleOf", "0", by(draft7, "exclusiveMinimum: got 0, want 0")}}},
		"name with a slash and tilde": {`{"properties": {"a/~b": {"type": 5}}}`, []fault{{"#/properties/a~1~0b/type", "5", by(draft7, "got number, want array; value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'")}}},
		"the form that fits best": {
			`{"items": [{}, {"required": "a"}]}`,
			[]fault{{"#/items/1/required", `"a"`, by(draft7, "got string, want array")}},
		},
		"several at once": {
			`{"type": "strng", "properties": {"b": 5, "a": {"minimum": "1", "$ref": "#/nowhere"}}, "patternProperties": {"(": {}}, "required": {}}`,
			[]fault{
				{"#/patternProperties/(", `"("`, "a regular expression by ECMA-262 (missing closing ) in `(`)"},
				{"#/properties/a/$ref", `"#/nowhere"`, local},
				{"#/properties/a/minimum", `"1"`, by(draft7, "got string, want number")},
				{"#/properties/b", `5`, by(draft7, "got number, want boolean or object")},
				{"#/required", `{}`, by(draft7, "got object, want array")},
				{"#/type", `"strng"`, by(draft7, wantType)},
			},
		},

		"pattern":             {`{"pattern": "a("}`, []fault{{"#/pattern", `"a("`, by(draft7, "'a(' is not valid regex: missing closing ) in `a(`")}}},
		"pattern in 2020-12":  {`{"$schema": "` + draft2020 + `", "pattern": "*"}`, []fault{{"#/pattern", `"*"`, by(draft2020, "'*' is not valid regex: missing argument to repetition operator in `*`")}}},
		"pattern of Go":       {`{"pattern": "(?P<a>b)"}`, []fault{{"#/pattern", `"(?P<a>b)"`, by(draft7, "'(?P<a>b)' is not valid regex: unrecognized grouping construct: (?P in `(?P<a>b)`")}}},
		"property name in 04": {`{"$schema": "` + draft4 + `#", "patternProperties": {"[": {}}}`, []fault{{"#/patternProperties/[", `"["`, "a regular expression by ECMA-262 (unterminated [] set in `[`)"}}},

		"definition missing":             {`{"properties": {"a": {"$ref": "#/definitions/a"}}, "definitions": {"b": {}}}`, []fault{{"#/properties/a/$ref", `"#/definitions/a"`, local}}},
		"anchor missing":                 {`{"$schema": "` + draft2020 + `", "$anchor": "a", "$ref": "#b"}`, []fault{{"#/$ref", `"#b"`, local}}},
		"dynamic anchor missing":         {`{"$schema": "` + draft2020 + `", "items": {"$dynamicRef": "#b"}}`, []fault{{"#/items/$dynamicRef", `"#b"`, local}}},
		"element out of range":           {`{"anyOf": [{}], "not": {"$ref": "#/anyOf/1"}}`, []fault{{"#/not/$ref", `"#/anyOf/1"`, local}}},
		"element that is not a number":   {`{"anyOf": [{}], "not": {"$ref": "#/anyOf/a"}}`, []fault{{"#/not/$ref", `"#/anyOf/a"`, local}}},
		"path through text":              {`{"type": "object", "not": {"$ref": "#/type/a"}}`, []fault{{"#/not/$ref", `"#/type/a"`, local}}},
		"broken escape":                  {`{"$ref": "#/%zz"}`, []fault{{"#/$ref", `"#/%zz"`, local}, {"#/$ref", `"#/%zz"`, by(draft7, `'#/%zz' is not valid uri-reference: parse "#/%zz": invalid URL escape "%zz"`)}}},
		"from a subschema with an id":    {`{"definitions": {"a": {}}, "not": {"$id": "http://example.com/x", "$ref": "#/definitions/a", "not": {"$ref": "#/definitions/a"}}}`, []fault{{"#/not/$ref", `"#/definitions/a"`, local}, {"#/not/not/$ref", `"#/definitions/a"`, local}}},
		"reference in a list of schemas": {`{"allOf": [{}, {"$ref": "#/a"}]}`, []fault{{"#/allOf/1/$ref", `"#/a"`, local}}},
	} {
		t.Run(name, func(t *testing.T) {
			var want problem.List
			for _, f := range tt.want {
				want = append(want, ticker("jsonSchema.value"+f.at, f.found, f.want)...)
			}
			if len(want) == 0 {
				t.Fatal("no problem wanted")
			}
			ix := validIndex(change(func(e *index.Entry) { e.JSONSchema.Value = tt.schema }))
			// The library iterates over maps, so a single run does not show that the order is
			// stable.
			for range 5 {
				if wantEqual(t, want, validate(t, ix)); t.Failed() {
					return
				}
			}
		})
	}
}

func TestValidateSchemaAccepts(t *testing.T) {
	for name, schema := range map[string]string{
		"true":                          `true`,
		"false":                         `false`,
		"nothing":                       `{}`,
		"draft-04 with an id":           `{"$schema": "http://json-schema.org/draft-04/schema#", "id": "ticker", "exclusiveMaximum": true, "maximum": 1}`,
		"draft-04 without #":            `{"$schema": "http://json-schema.org/draft-04/schema"}`,
		"draft-07 by https":             `{"$schema": "https://json-schema.org/draft-07/schema#"}`,
		"2020-12 with #":                `{"$schema": "https://json-schema.org/draft/2020-12/schema#", "$defs": {"a": true}, "prefixItems": [{"$ref": "#/$defs/a"}]}`,
		"2019-09":                       `{"$schema": "https://json-schema.org/draft/2019-09/schema", "$recursiveAnchor": true, "not": {"$recursiveRef": "#"}}`,
		"unknown keyword":               `{"x-order": 5, "properties": {"a": {"uiSchema": {"$ref": "#/nowhere"}}}}`,
		"itself":                        `{"properties": {"child": {"$ref": "#"}, "other": {"$ref": ""}}}`,
		"definitions under $ref":        `{"$ref": "#/definitions/root", "definitions": {"root": {"type": "object"}}}`,
		"$defs in draft-07":             `{"$ref": "#/$defs/root", "$defs": {"root": {"type": "object"}}}`,
		"escaped pointer":               `{"$ref": "#/definitions/a~1b~0c%20d", "definitions": {"a/b~c d": {}}}`,
		"pointer to an unknown keyword": `{"$ref": "#/components/schemas/a", "components": {"schemas": {"a": {}}}}`,
		"pointer into a list":           `{"anyOf": [{}, {}], "not": {"$ref": "#/anyOf/1"}}`,
		"anchor of draft-07":            `{"$ref": "#root", "definitions": {"a": {"$id": "#root"}}}`,
		"anchor of 2020-12":             `{"$schema": "https://json-schema.org/draft/2020-12/schema", "$dynamicAnchor": "node", "items": {"$dynamicRef": "#node"}}`,
		"own id":                        `{"$id": "https://example.com/schema.json", "$ref": "#/definitions/a", "definitions": {"a": {}}}`,
		"pointer within a resource":     `{"not": {"$id": "other", "$ref": "#/definitions/a", "definitions": {"a": {}}}}`,
		"another document":              `{"properties": {"a": {"$ref": "https://example.com/other.json#/definitions/a"}, "b": {"$ref": "other.json"}, "c": {"$ref": "file:///etc/passwd"}}}`,
		"property called $ref":          `{"properties": {"$ref": {"type": "string"}, "$id": {"type": "string"}, "id": {}}}`,
		"property called id":            `{"definitions": {"a": {}}, "not": {"id": "x", "$ref": "#/definitions/a"}}`,
		"values that look like schemas": `{"enum": [{"$ref": "#/a"}], "const": {"$ref": "#/a"}, "default": {"$ref": "#/a", "type": 5}, "examples": [{"$ref": "#/a"}]}`,
		"dependencies as names":         `{"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}`,
		"lookahead":                     `{"pattern": "^(?!-)(?=.*\\d)(?<name>a)\\k<name>$", "patternProperties": {"^(?!x-)": {}}}`,
		"property classes":              `{"pattern": "^\\p{L}\\P{Letter}\\p{Script=Greek}[\\p{Lu}]\\u{1F600}$"}`,
		"escapes":                       `{"pattern": "^[\\w.+-]+@\\-\\/\\.$"}`,
		"numbers at the edge":           `{"maximum": 1e308, "minimum": -1e308, "multipleOf": 5e-324, "const": 12345678901234567890123}`,
	} {
		t.Run(name, func(t *testing.T) {
			wantEqual(t, nil, validate(t, validIndex(change(func(e *index.Entry) { e.JSONSchema.Value = schema }))))
		})
	}
}

// A schema of a foreign index must not slow down the validation, whatever its structure.
func TestValidateSchemaInReasonableTime(t *testing.T) {
	for name, schema := range map[string]string{
		"deep":               strings.Repeat(`{"not":`, 3000) + `{}` + strings.Repeat(`}`, 3000),
		"too deep for JSON":  strings.Repeat(`{"not":`, 20_000) + `{}` + strings.Repeat(`}`, 20_000),
		"wide":               `{"allOf":[` + strings.Repeat(`{"type":"strng"},`, 3000) + `{}]}`,
		"many references":    `{"allOf":[` + strings.Repeat(`{"$ref":"#/definitions/a"},`, 3000) + `{}]}`,
		"backtracking":       `{"pattern":"` + strings.Repeat("(a+)+", 500) + `$"}`,
		"nested groups":      `{"pattern":"` + strings.Repeat("(", 5000) + strings.Repeat(")", 5000) + `"}`,
		"repeated repeating": `{"pattern":"((((a{1,1000}){1,1000}){1,1000}){1,1000}){1,1000}"}`,
		"long id":            `{"$id":"` + strings.Repeat("a", 100_000) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			ix := validIndex(change(func(e *index.Entry) { e.JSONSchema.Value = schema }))
			if _, err := index.Validate(t.Context(), ix); err != nil {
				t.Error(err)
			}
			// Validation takes far less time, and exponential growth would take far more.
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
		})
	}
}
