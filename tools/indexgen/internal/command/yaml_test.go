package command

import (
	"encoding/json"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/serve"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// Whatever a plugin says, neither the index nor the values have a command of GitHub Actions.
func TestPrintableYAML(t *testing.T) {
	long := "words and words and words and words and words and words and words and words and words and words ::error::x "
	for name, text := range map[string]string{
		"line":         "a\n::error::x",
		"first line":   "::error::x\nb",
		"spaces":       "a\n \t::error::x",
		"no-break":     "a\n\u00a0::error::x",
		"old":          "a ##[error]x",
		"old, quoted":  `a "##[error]x" \##[x`,
		"long":         long + long + "\n" + long,
		"empty lines":  "a\n\n\n::error::x\n\n",
		"tab":          "\t::error::x",
		"carriage":     "a\r::error::x",
		"colon":        "a: ::error::x\n::b",
		"a comment":    "# a\n::error::x",
		"a text block": "|\n::error::x",
	} {
		entry := index.Entry{
			Name: "x", Type: index.TypeSource, Description: text, Version: "1.0.0",
			URLs: []index.Artifact{{URL: "https://example.com", Dependencies: index.Dependencies{text: {URL: text}}}},
		}
		entry.JSONSchema.Value = `{"required": [` + jsonString(t, text) + `], "properties": {` + jsonString(t, "p"+text) + `: {"default": [` + jsonString(t, text) + `, 1.5, true, null, "true"]}}}`
		encoded, err := index.Encode(index.Index{Entries: []index.Entry{entry}})
		if err != nil {
			t.Fatal(err)
		}
		values, err := serve.Values(index.Index{Entries: []index.Entry{entry}}, "http://127.0.0.1:1", "local")
		if err != nil {
			t.Fatal(err)
		}
		for what, text := range map[string][]byte{"index": encoded, "values": values} {
			got, err := printableYAML(text)
			if err != nil {
				t.Errorf("%s, %s: %v", name, what, err)
			}
			if problem.HasCommand(string(got)) {
				t.Errorf("%s, %s: found a command in\n%s", name, what, got)
			}
			if diff := cmp.Diff(decoded(t, text), decoded(t, got)); diff != "" {
				t.Errorf("%s, %s: -want +got:\n%s", name, what, diff)
			}
		}
	}
	const plain = "# a comment\na:   {b: 'c::d'}\n"
	if got, err := printableYAML([]byte(plain)); string(got) != plain || err != nil {
		t.Errorf("found %q and error %v, want it unchanged", got, err)
	}
}

func decoded(t *testing.T, text []byte) (value any) {
	t.Helper()
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return value
}

func jsonString(t *testing.T, text string) string {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(quoted)
}
