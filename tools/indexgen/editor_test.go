package main

import (
	"os"
	"slices"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/jsonschema"

	"sigs.k8s.io/yaml"
)

// inexpressible are the cases of the failure matrix that docs/plugins-index.schema.json allows although
// validate rejects them, with the reason.
var inexpressible = map[string]string{
	"the same entry twice":                  "a schema cannot compare entries",
	"two spellings of one version":          "a schema cannot compare entries",
	"versions that differ only after the +": "a schema cannot compare entries",
	"two URLs for one platform":             "a schema cannot compare the values of one key in a list",
	"an HTML page instead of an index":      "it is not YAML, so no schema is applied",
	"a key that occurs twice":               "it is not YAML, so no schema is applied",
}

// An editor with the schema marks what validate rejects, and nothing else.
func TestEditorSchemaAgreesWithValidate(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/plugins-index.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.Compile(string(text))
	if err != nil {
		t.Fatal(err)
	}
	rejected := 0
	for _, row := range slices.Concat(indexRows, distRows) {
		t.Run(row.name, func(t *testing.T) {
			r := newRelease(t)
			row.prepare(r)
			data := r.read("plugins-index.yaml")
			_, found, err := index.Check(t.Context(), data)
			if err != nil || (found.Problems.Total() > 0) != (row.by == byValidate) || found.Warnings.Total() > 0 {
				t.Fatalf("validate found %v and the warnings %v, error %v", found.Problems, found.Warnings, err)
			}
			var value any
			marked := false
			if yaml.UnmarshalStrict(data, &value) == nil {
				found, err := schema.Judge(t.Context(), value, nil)
				if err != nil {
					t.Fatal(err)
				}
				marked = len(found) > 0
			}
			if marked {
				rejected++
			}
			reason, ok := inexpressible[row.name]
			if want := row.by == byValidate && !ok; marked != want {
				t.Errorf("the schema rejects it: %t, want %t (%s)", marked, want, reason)
			}
		})
		if row.by != byValidate && inexpressible[row.name] != "" {
			t.Errorf("%s: it is not a case of validate", row.name)
		}
	}
	if want := len(indexRows) - len(inexpressible); rejected != want {
		t.Errorf("the schema rejects %d cases, want %d", rejected, want)
	}
}
