package config

import (
	"strings"
	"testing"

	"botkube-plugins/internal/problem"

	"github.com/google/go-cmp/cmp"
)

const schema = `{
	"type": "object",
	"properties": {
		"interval": {"type": "string", "pattern": "^[0-9]+s$"},
		"labels": {"type": "array", "items": {"type": "object", "required": ["name"],
			"properties": {"name": {"type": "string"}, "count": {"type": "integer"}}, "additionalProperties": false}},
		"since": {"type": "string"},
		"limit": {"type": "number"},
		"1": {"type": "string"}
	},
	"additionalProperties": false
}`

func TestCheck(t *testing.T) {
	const known = "one of: 1, interval, labels, limit, since"
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"a comment", "# nothing here\n", ""},
		{"null", "null\n", ""},
		{"no fields", "{}", ""},
		{"right", "interval: 5s\nlabels:\n- name: a\n  count: 3\n", ""},
		{"a date and a number as a key", "since: 2020-01-01\n1: one\n", ""},
		{"a wrong value", "interval: 5\n", `c.yaml:1:11: interval: found 5, want string`},
		{"an unknown field", "interval: 5s\n\n# a comment\nintervall: 5s\n", "c.yaml:4:1: intervall: found an unknown field, want " + known},
		{
			"all problems", "interval: x\nlabels:\n  - name: a\n  - {count: 1.5, nam: b}\nuni: 1\n",
			"c.yaml:1:11: interval: found \"x\", want a match of ^[0-9]+s$\n" +
				"c.yaml:4:5: labels[1]: found no field \"name\", want a value, since the field is required\n" +
				"c.yaml:4:13: labels[1].count: found 1.5, want integer\n" +
				"c.yaml:4:18: labels[1].nam: found an unknown field, want one of: count, name\n" +
				"c.yaml:5:1: uni: found an unknown field, want " + known,
		},
		{
			"an alias and a merge", "labels:\n- &a\n  name: 1\n- *a\n- <<: *a\n  count: 1\n",
			"c.yaml:3:9: labels[0].name: found 1, want string\n" +
				"c.yaml:3:9: labels[1].name: found 1, want string\n" +
				"c.yaml:3:9: labels[2].name: found 1, want string",
		},
		{"no mapping", "5m", `c.yaml:1:1: found "5m", want object`},
		{"not a number", "\nlimit: .nan\n", "c.yaml:2:8: found a number that JSON does not have, want a finite one"},
		{"broken", "interval: 5s\nlabels: [\n", `c.yaml:2: found the error "did not find expected node content", want YAML`},
		{"twice", "interval: 5s\ninterval: 6s\n", `c.yaml:2: found the error "mapping key \"interval\" already defined at line 1", want YAML`},
		{"two documents", "interval: 5s\n---\ninterval: 6s\n", "c.yaml:2:1: found a second document, want one document; give several configs one by one"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, problems := Parse("c.yaml", []byte(test.text))
			if len(problems) == 0 {
				var err error
				if problems, err = c.Check(t.Context(), schema); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(test.want, lines(problems)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCheckPayload(t *testing.T) {
	tests := []struct{ name, payload, want string }{
		{"right", `{"interval": "5s"}`, ""},
		{"wrong", `{"interval": 5, "x": 1}`, "payload: interval: found 5, want string\n" +
			"payload: x: found an unknown field, want one of: 1, interval, labels, limit, since"},
		{"nothing", "", "payload: found nothing, want JSON (unexpected end of JSON input)"},
		{"null", "null", "payload: found null, want object"},
		{"no JSON", "<html>" + strings.Repeat("ü", 160), `payload: found "<html>` + strings.Repeat("ü", 154) +
			`…" (166 characters), want JSON (invalid character '<' looking for beginning of value)`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			problems, err := CheckPayload(t.Context(), []byte(test.payload), schema)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, lines(problems)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestCheckWithoutASchema(t *testing.T) {
	c, _ := Parse("c.yaml", []byte("interval: 5"))
	if problems, err := c.Check(t.Context(), ""); err != nil || len(problems) > 0 {
		t.Errorf("found %v and error %v, want nothing", problems, err)
	}
	if problems, err := CheckPayload(t.Context(), []byte("<html>"), ""); err != nil || len(problems) > 0 {
		t.Errorf("found %v and error %v, want nothing", problems, err)
	}
	if _, err := c.Check(t.Context(), `{"type": 1}`); err == nil {
		t.Error("found no error with a broken schema")
	}
}

func lines(problems problem.List) string {
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.String())
	}
	return strings.Join(texts, "\n")
}
