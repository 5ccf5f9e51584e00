package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubeshop/botkube/pkg/plugin"
	"github.com/xeipuuv/gojsonschema"
	"gopkg.in/yaml.v3"
)

// The schemas of the Botkube project's plugins, as the plugins report them, are compared with copies
// in which one place allows everything, and copies in which it allows nothing. The validator that
// Botkube's index builder uses confirms each config that a verdict rests on.
func TestDiffOfPeerSchemas(t *testing.T) {
	dir := built(t, buildPeerPlugins)
	s := newSite(t, dir)
	s.generate(t, dir, "--publish", "binary")
	var from, to plugin.Index
	var wider, narrower int
	for _, entry := range s.index(t).Entries {
		if entry.JSONSchema.Value == "" {
			continue
		}
		for i, at := range schemaPlaces(t, entry.JSONSchema.Value) {
			for _, replacement := range []bool{true, false} {
				changed := entry
				changed.Name = fmt.Sprintf("%s-%d-%v", entry.Name, i, replacement)
				from.Entries = append(from.Entries, changed)
				changed.Version = "v99.0.0"
				changed.JSONSchema = plugin.JSONSchema{Value: replaced(t, entry.JSONSchema.Value, at, replacement)}
				to.Entries = append(to.Entries, changed)
			}
		}
	}
	for i, p := range diffAll(t, from, to) {
		before, after := entryOf(t, from, p.Plugin), entryOf(t, to, p.Plugin)
		verdict := ""
		for _, change := range p.Changes {
			if change.Kind != "config-schema" {
				continue
			}
			verdict = change.Verdict
			if verdict == "breaking" {
				wantValid(t, before.JSONSchema.Value, change.Witness, true)
				wantValid(t, after.JSONSchema.Value, change.Witness, false)
			}
		}
		switch want := map[bool]string{true: "compatible", false: "breaking"}[strings.HasSuffix(p.Plugin, "-true")]; {
		case verdict != want:
			t.Errorf("%d: %s: found %q, want %s, for\n%s", i, p.Plugin, verdict, want, after.JSONSchema.Value)
		case want == "compatible":
			wider++
		default:
			narrower++
		}
	}
	t.Logf("%d wider and %d narrower schemas", wider, narrower)
	if wider < 70 || narrower < 70 {
		t.Errorf("found %d wider and %d narrower schemas, want 70 each", wider, narrower)
	}
	if same := diffAll(t, from, from); len(same) > 0 {
		t.Errorf("found changes between an index and itself: %+v", same)
	}
}

// diffPlugin is a part of the report of indexgen diff.
type diffPlugin struct {
	Plugin  string
	Changes []struct {
		Verdict, Kind, Text string
		Witness             json.RawMessage
	}
}

// diffAll compares a few entries at a time.
func diffAll(t *testing.T, from, to plugin.Index) (all []diffPlugin) {
	t.Helper()
	for start := 0; start < len(from.Entries); start += 20 {
		end := min(start+20, len(from.Entries))
		all = append(all, diffIndexes(t, plugin.Index{Entries: from.Entries[start:end]}, plugin.Index{Entries: to.Entries[start:end]})...)
	}
	return all
}

// diffIndexes runs indexgen diff on two indexes.
func diffIndexes(t *testing.T, from, to plugin.Index) []diffPlugin {
	t.Helper()
	var files []string
	for i, ix := range []plugin.Index{from, to} {
		text, err := yaml.Marshal(ix)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.Join(t.TempDir(), fmt.Sprintf("%d.yaml", i)))
		if err := os.WriteFile(files[i], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(built(t, buildIndexgen), append([]string{"diff", "--json", "--allow-breaking"}, files...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("indexgen diff: %v\n%s", err, &stderr)
	}
	var report struct{ Plugins []diffPlugin }
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	return report.Plugins
}

func entryOf(t *testing.T, ix plugin.Index, key string) plugin.IndexEntry {
	t.Helper()
	i := slices.IndexFunc(ix.Entries, func(e plugin.IndexEntry) bool { return string(e.Type)+"/"+e.Name == key })
	if i < 0 {
		t.Fatalf("found no %s in the index", key)
	}
	return ix.Entries[i]
}

// wantValid checks what the validator says of a config.
func wantValid(t *testing.T, schema string, config json.RawMessage, want bool) {
	t.Helper()
	result, err := gojsonschema.Validate(gojsonschema.NewStringLoader(schema), gojsonschema.NewBytesLoader(config))
	if err != nil {
		t.Errorf("%s: %v", config, err)
	} else if result.Valid() != want {
		t.Errorf("%s: found valid: %v, want %v, under\n%s", config, result.Valid(), want, schema)
	}
}

// schemaPlaces returns the paths of the schemas of all fields and items below a schema. It does not
// look into a oneOf, where what is wider for one form may exclude another.
func schemaPlaces(t *testing.T, text string) (places [][]string) {
	t.Helper()
	var visit func(node map[string]any, at []string)
	visit = func(node map[string]any, at []string) {
		properties, _ := node["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			below := append(slices.Clone(at), "properties", name)
			places = append(places, below)
			if sub, ok := properties[name].(map[string]any); ok {
				visit(sub, below)
			}
		}
		if items, ok := node["items"].(map[string]any); ok {
			below := append(slices.Clone(at), "items")
			places = append(places, below)
			visit(items, below)
		}
	}
	visit(parsed(t, text), nil)
	return places
}

// replaced returns a schema with another one at a place.
func replaced(t *testing.T, text string, at []string, replacement bool) string {
	t.Helper()
	schema := parsed(t, text)
	node := schema
	for _, token := range at[:len(at)-1] {
		node = node[token].(map[string]any)
	}
	node[at[len(at)-1]] = replacement
	out, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func parsed(t *testing.T, text string) (schema map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}
