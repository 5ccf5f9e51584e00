package diff_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/jsonschema"
	"botkube-plugins/tools/indexgen/internal/diff"

	"github.com/google/go-cmp/cmp"
)

func ticker(version, schema string) index.Entry {
	return index.Entry{
		Name: "ticker", Type: index.TypeSource, Version: version, Description: "Ticks",
		URLs: []index.Artifact{{
			URL: "https://example.com/source_ticker_linux_amd64", Checksum: strings.Repeat("0", 64),
			Platform: index.Platform{OS: "linux", Arch: "amd64"},
		}},
		JSONSchema: index.JSONSchema{Value: schema},
	}
}

func run(t *testing.T, from, to index.Entry) []diff.Plugin {
	t.Helper()
	plugins, err := diff.Run(t.Context(), side(from), side(to))
	if err != nil {
		t.Fatal(err)
	}
	return plugins
}

func side(entries ...index.Entry) diff.Side {
	return diff.Side{Index: index.Index{Entries: entries}}
}

func TestSchemasOfOtherForms(t *testing.T) {
	const schema = `{"type": "object"}`
	for _, test := range []struct {
		name    string
		was, is index.JSONSchema
		want    string
	}{
		{"none before", index.JSONSchema{}, index.JSONSchema{Value: schema}, "  unknown     config: there was no schema, so nothing says what was valid\n"},
		{"none now", index.JSONSchema{Value: schema}, index.JSONSchema{}, "  unknown     config: the schema is gone, so nothing says what is valid\n"},
		{"a URL", index.JSONSchema{Value: schema}, index.JSONSchema{RefURL: "https://example.com/a"}, "  unknown     config: the schema at a refURL is not fetched\n"},
		{"the same URL", index.JSONSchema{RefURL: "https://example.com/a"}, index.JSONSchema{RefURL: "https://example.com/a"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			from, to := ticker("1.0.0", ""), ticker("1.0.1", "")
			from.JSONSchema, to.JSONSchema = test.was, test.is
			want := "source/ticker 1.0.0 → 1.0.1\n" + test.want + "  compatible  1.0.0 → 1.0.1\n1 plugin changed: 1 compatible\n"
			if test.want != "" {
				want = strings.Replace(want, "1 compatible", "1 unknown", 1)
			}
			if d := cmp.Diff(want, diff.Text(run(t, from, to), "", cli.Style{})); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestColors(t *testing.T) {
	from, to := ticker("1.0.0", `{"type": "object"}`), ticker("dev", `{"minProperties": 1}`)
	want := "\x1b[1msource/ticker 1.0.0 → dev\x1b[0m\n" +
		"  \x1b[31mbreaking  \x1b[0m  config: {}: was valid, now: found {}, want what the schema allows (minProperties: got 0, want 1)\n" +
		"  \x1b[33munknown   \x1b[0m  1.0.0 → dev: Botkube cannot compare these versions\n" +
		"1 plugin changed: 1 breaking\n"
	if d := cmp.Diff(want, diff.Text(run(t, from, to), "", cli.Style{Color: true})); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// Only the newest versions count, whatever their order, and content is compared for each version.
func TestSeveralVersions(t *testing.T) {
	older, newer := ticker("1.9.0", `{"type": "object"}`), ticker("1.10.0", `{"type": "string"}`)
	replaced := older
	replaced.URLs = slices.Clone(older.URLs)
	replaced.URLs[0].Checksum = strings.Repeat("1", 64)
	for _, entries := range [][]index.Entry{{older, newer}, {newer, older}} {
		plugins, err := diff.Run(t.Context(), side(entries...), side(replaced, newer))
		if err != nil {
			t.Fatal(err)
		}
		const want = "source/ticker 1.10.0\n  breaking    version 1.9.0 has other content: the file for linux/amd64\n1 plugin changed: 1 breaking\n"
		if d := cmp.Diff(want, diff.Text(plugins, "", cli.Style{})); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	}
}

func TestEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if _, err := diff.Run(ctx, side(ticker("1.0.0", "")), side(ticker("1.0.0", ""))); !errors.Is(err, stopped) {
		t.Errorf("found the error %v, want %v", err, stopped)
	}
}

// docs/json.md describes each kind, and its example is real.
func TestDocumentedReport(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## indexgen diff\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, kind := range kinds(t) {
		if !strings.Contains(section, "`"+kind+"`") {
			t.Errorf("found no kind %s on the page", kind)
		}
	}
	_, example, _ := strings.Cut(section, "```json\n")
	example, _, _ = strings.Cut(example, "```")
	const schema = `{"type": "object", "properties": {"interval": {"type": "string", "pattern": "^[0-9]+(%ss|m)$", "examples": ["500ms"]}}}`
	plugins := run(t, ticker("1.0.0", fmt.Sprintf(schema, "ms|")), ticker("1.1.0", fmt.Sprintf(schema, "")))
	var got strings.Builder
	encoder := json.NewEncoder(&got)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(map[string]any{"plugins": plugins}); err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`,\s+"breaking": 1,\s+"problems": \[\]\s+}\s*$`).ReplaceAllString(example, "\n}\n")
	if d := cmp.Diff(want, got.String()); d != "" {
		t.Errorf("-on the page +found:\n%s", d)
	}
}

// kinds returns the values of the constants of type Kind.
func kinds(t *testing.T) (values []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "diff.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Kind" {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, value)
			}
		}
		return true
	})
	if len(values) < 10 {
		t.Fatalf("found only the kinds %v", values)
	}
	return values
}

// Notes of any size fit into a release, and say what they leave out.
func TestMarkdownIsBounded(t *testing.T) {
	change := diff.Change{Verdict: jsonschema.Breaking, Kind: diff.Field, Text: strings.Repeat("x", 1000)}
	plugins := []diff.Plugin{
		{Name: "source/a", Changes: slices.Repeat([]diff.Change{change}, 200)},
		{Name: "source/b", Changes: []diff.Change{change}},
		{Name: "source/c", Changes: []diff.Change{change}},
	}
	text := diff.Markdown(plugins, "")
	shown := strings.Count(text, "**breaking**")
	want := fmt.Sprintf("- and %d more changes\n\n2 more plugins changed.\n", 200-shown)
	if len(text) > 62_000 || shown < 50 || !strings.HasSuffix(text, want) {
		t.Errorf("found %d bytes with %d changes that end with\n%s\nwant them to end with\n%s", len(text), shown, text[max(0, len(text)-200):], want)
	}
}
