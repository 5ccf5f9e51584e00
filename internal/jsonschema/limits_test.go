package jsonschema_test

import (
	"strings"
	"testing"

	"botkube-plugins/internal/jsonschema"
	"botkube-plugins/internal/problem"

	"github.com/google/go-cmp/cmp"
)

func TestCheckLimits(t *testing.T) {
	nested := func(levels int) string {
		return strings.Repeat(`{"not":`, levels-1) + `{}` + strings.Repeat(`}`, levels-1)
	}
	values := func(n int) string { return `{"examples": [` + strings.Repeat("1,", n-3) + `1]}` }
	pattern := func(n int) string { return `{"pattern": "` + strings.Repeat("a", n) + `"}` }
	text := func(n int) string { return `{"title": "` + strings.Repeat("a", n-len(`{"title": ""}`)) + `"}` }
	for name, test := range map[string]struct{ largest, larger, found, want string }{
		"bytes":  {text(1 << 20), text(1<<20 + 1), "a schema of 1048577 bytes", "at most 1048576"},
		"values": {values(50_000), values(50_001), "a schema with about 50001 values", "at most 50000"},
		"levels": {nested(100), nested(101), "a deeply nested schema", "at most 100 levels"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := jsonschema.NewChecker().Check(test.largest); got.Total() > 0 {
				t.Errorf("found %v for the largest schema, want no problems", got.Kept)
			}
			want := problem.Limit(problem.List{{
				Found: test.found, Want: test.want,
				Hint: "this is a limit of the check, not of Botkube; publish a large schema at a URL and use refURL",
			}})
			if diff := cmp.Diff(want, jsonschema.NewChecker().Check(test.larger)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if _, err := jsonschema.Compile(test.larger); err == nil {
				t.Error("a schema that is too large compiles")
			}
		})
	}
	if got := jsonschema.NewChecker().Check(pattern(1 << 16)); got.Total() > 0 {
		t.Errorf("found %v for the longest pattern, want no problems", got.Kept)
	}
	if got := jsonschema.NewChecker().Check(pattern(1<<16 + 1)); got.Total() != 1 || got.Kept[0].Field != "#/pattern" {
		t.Errorf("found %v, want one problem of the pattern", got.Kept)
	}
}

// Of each kind of problem, the first are kept, always the same ones, and all are counted.
func TestCheckKeepsTheFirstProblems(t *testing.T) {
	const n = 150
	schema := `{"allOf": [` + strings.Repeat(`{"type": 1, "$ref": "#/x", "patternProperties": {"(": {}}},`, n) + `{}]}`
	got := jsonschema.NewChecker().Check(schema)
	if len(got.Kept) != problem.MaxKept || got.Total() != 3*n {
		t.Errorf("found %d problems and %d more, want %d of %d", len(got.Kept), got.More, problem.MaxKept, 3*n)
	}
	if diff := cmp.Diff(got, jsonschema.NewChecker().Check(schema)); diff != "" {
		t.Errorf("first and second check:\n%s", diff)
	}
}
