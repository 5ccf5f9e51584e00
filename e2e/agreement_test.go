package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// judgeCases are values with the verdicts of internal/jsonschema.
type judgeCases struct {
	Origin string         `json:"origin"`
	Schema map[string]any `json:"schema"`
	Values []any          `json:"values"`
	Valid  []bool         `json:"valid"`
}

// judgeExceptions are where the page accepts what Go refuses. In all of them, the page is right:
// regexp2 matches any letter for a Unicode property and does not know \u{41}, and the library of
// internal/jsonschema does not know the modifiers of RFC 6570.
var judgeExceptions = map[string]bool{
	`{"pattern":"^\\u{41}$"}`:   true,
	`{"pattern":"\\P{L}"}`:      true,
	`{"format":"uri-template"}`: true,
}

// The page and internal/jsonschema have the same verdict on thousands of random schemas and values,
// of all drafts. For formats and the dialects of regular expressions, the page may be stricter.
func TestPageJudgesAsGo(t *testing.T) {
	var agreed, stricter, refused, dialects int
	all := readJudgeCases(t, 2000)
	p := openForm(t, "{}")
	// 1 is valid, 0 is invalid, -1 is a schema that the page cannot judge by.
	var verdicts [][]int
	for batch := range slices.Chunk(all, 200) {
		verdicts = append(verdicts, eval[[][]int](p, `$.map(({ schema, values }) => {
			let judge;
			try { judge = configSchema.compile(schema); } catch { return values.map(() => -1); }
			return values.map((value) => {
				try { return judge(value).length === 0 ? 1 : 0; } catch { return -1; }
			});
		})`, batch)...)
	}
	for at, c := range all {
		for i, verdict := range verdicts[at] {
			switch {
			case verdict == -1 && c.Origin != "random":
				dialects++
			case verdict == -1:
				refused++
				if !refersToItself(c.Schema) {
					t.Errorf("the page cannot judge by %s", asJSON(t, c.Schema))
				}
			case verdict == 1 == c.Valid[i]:
				agreed++
			case c.Valid[i] && c.Origin != "random":
				stricter++
			case !judgeExceptions[asJSON(t, c.Schema)]:
				t.Errorf("%s: %s: found the verdict %t, want %t as in Go", asJSON(t, c.Schema), asJSON(t, c.Values[i]), verdict == 1, c.Valid[i])
			}
		}
	}
	t.Logf("the page and Go agree on %d values; the page is stricter on %d and cannot judge %d and, by dialect, %d", agreed, stricter, refused, dialects)
	if agreed < 20_000 || refused > agreed/50 {
		t.Errorf("found %d verdicts that agree and %d refusals, want at least 20000 and at most %d", agreed, refused, agreed/50)
	}
}

// refersToItself reports whether a schema has the reference #, which can be endless.
func refersToItself(schema map[string]any) bool {
	text, _ := json.Marshal(schema)
	return bytes.Contains(text, []byte(`"$ref":"#`))
}

// readJudgeCases runs the test of internal/jsonschema that writes its cases.
func readJudgeCases(t *testing.T, schemas int) (all []judgeCases) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cases.jsonl")
	cmd := exec.CommandContext(t.Context(), "go", "test", "-trimpath", "-vet=off", "-count=1", "-run", "^TestJudgeCases$", "./internal/jsonschema",
		"-args", "-cases", path, "-pairs", fmt.Sprint(schemas))
	cmd.Dir = ".."
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	file, err := os.Open(path)
	must(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Buffer(nil, 1<<24); lines.Scan(); {
		var c judgeCases
		must(t, json.Unmarshal(lines.Bytes(), &c))
		all = append(all, c)
	}
	must(t, lines.Err())
	return all
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	must(t, err)
	return string(text)
}

// Texts that some reader of YAML takes for something else, and what is hard to write, reach a plugin
// unchanged, as values and as names.
func TestYAMLOfThePageSurvivesHelmAndBotkube(t *testing.T) {
	texts := []string{
		"", " ", "a", "a b", " a", "a ", "yes", "No", "on", "OFF", "y", "N", "true", "False", "null", "Null", "~", "0", "00", "007", "0o7", "0x1F", "0b1",
		"1_000", "1,000", "1e3", "1E+3", ".5", "5.", "-1", "+1", "-", "--", "---", "...", ".", ".inf", "-.INF", ".nan", "1:30", "190:20:30", "2024-01-01",
		"2024-01-01T12:00:00Z", "2024-01-01 12:00:00.5 +1", "12e03", "1m", "0500", "5m", "=", "<<", "*a", "&a", "!a", "!!str a", "%a", "@a", "`a", "'a'", `"a"`,
		`\n`, `a\`, "a: b", "a:", ":a", "a #b", "#a", "[a", "{a}", "a, b", "? a", "| a", "> a", "- a", "a\nb", "a\n", "a\n\n", "a \nb", "a\n b", "a\n#b",
		"a\tb", "\ta", "a\r\nb", "\r", "\u0000", "\u0001", "\u0007", "\u00a0", "\u2028", "\ufeff", "\ufffd", "é", "日本", "😀",
		"a.b", "a/b", "a.b.c", "__proto__", "constructor", strings.Repeat("long ", 100), "${A}", "{{ .Values }}", "$(A)",
	}
	values, names := map[string]any{}, map[string]any{}
	for i, text := range texts {
		values[fmt.Sprintf("v%d", i)] = text
		if text != "" && text != "<<" {
			names[text] = fmt.Sprint(i)
		}
	}
	config := map[string]any{
		"texts": values, "names": names, "list": texts,
		"numbers": []any{0.0, -1.0, 1.5, 1e-7, 123456789.0, 9007199254740991.0, -9007199254740991.0, 1e6, 0.1, 1.7976931348623157e308 / 1e300},
		"empty":   []any{map[string]any{}, []any{}, nil, false},
	}
	var want any
	must(t, json.Unmarshal([]byte(asJSON(t, config)), &want))
	p := openForm(t, "{}")
	text := eval[string](p, `helmValues.write(helmValues.of(JSON.parse(document.getElementById("plugin").textContent), $,
		{ group: "", platform: "socketSlack", channel: "general" }))`, config)
	if diff := cmp.Diff(want, configOf(t, text)); diff != "" {
		t.Errorf("the config differs (-want +got):\n%s", diff)
	}
	refused := []any{map[string]any{"<<": "a"}}
	for _, text := range []string{"\na", "\n", " a\nb", "\ta\nb", "\u007f", "\u0085", "\uffff"} {
		refused = append(refused, map[string]any{"a": text}, map[string]any{text: "a"}, map[string]any{"a": []any{text}})
	}
	for _, config := range refused {
		if problems := eval[[]any](p, "helmValues.limits($)", config); len(problems) == 0 {
			t.Errorf("the page allows %q, which Helm or Botkube changes", config)
		}
	}
	read := eval[any](p, `helmValues.read($)`, text).(map[string]any)["sources"].(map[string]any)["tested"].(map[string]any)["my-repo/tested"].(map[string]any)["config"]
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("the editor reads another config (-want +got):\n%s", diff)
	}
}
