package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api/source"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// parseCase is one config or payload, as both the code and the schema judge it.
type parseCase struct {
	name    string
	input   string
	want    string
	wantErr string // empty if the input is right
}

func configCases() []parseCase {
	const want = ", want an empty config, as the plugin has no options"
	return []parseCase{
		{name: "field", input: "interval: 5m", wantErr: `config 1 of 1: found "interval: 5m"` + want},
		{name: "null field", input: "interval: null", wantErr: `config 1 of 1: found "interval: null"` + want},
		{name: "field that is no string", input: "1: 5m", wantErr: `config 1 of 1: found "1: 5m"` + want},
		{name: "empty list", input: "[]", wantErr: `config 1 of 1: found "[]"` + want},
		{name: "string", input: "5m", wantErr: `config 1 of 1: found "5m"` + want},
		{name: "broken YAML", input: "interval: [", wantErr: `config 1 of 1: found "interval: ["` + want},
		{name: "broken YAML after nothing", input: "{", wantErr: `config 1 of 1: found "{"` + want},
		{
			name: "long value", input: strings.Repeat("ü", 61),
			wantErr: `config 1 of 1: found "` + strings.Repeat("ü", 60) + `…"` + want,
		},

		{name: "empty", input: ""},
		{name: "null", input: "null\n"},
		{name: "no fields", input: "{}"},
	}
}

func payloadCases() []parseCase {
	const (
		wantObject  = `, want a JSON object such as {"message": "hello"}`
		wantMessage = ", want a string that is not blank"
	)
	return []parseCase{
		{name: "empty", input: "", wantErr: `payload: found ""` + wantObject + ": unexpected end of JSON input"},
		{
			name: "cut off", input: `{"message": "hel`,
			wantErr: `payload: found "{\"message\": \"hel"` + wantObject + ": unexpected end of JSON input",
		},
		{
			name: "long and no JSON", input: "<html>" + strings.Repeat("ü", 55),
			wantErr: `payload: found "<html>` + strings.Repeat("ü", 54) + `…"` + wantObject +
				": invalid character '<' looking for beginning of value",
		},
		{name: "null", input: "null", wantErr: "payload: found null" + wantObject},
		{name: "number", input: "5", wantErr: "payload: found 5 (a number)" + wantObject},
		{name: "string", input: `"hello"`, wantErr: `payload: found "hello"` + wantObject},
		{name: "list", input: `[{"message": "hello"}]`, wantErr: `payload: found [{"message":"hello"}]` + wantObject},
		{name: "no fields", input: "{}", wantErr: "payload: message: not found in {}" + wantObject},
		{
			name: "field in another case", input: `{"Message": "hello"}`,
			wantErr: `payload: message: not found in {"Message":"hello"}` + wantObject,
		},
		{name: "null message", input: `{"message": null}`, wantErr: "payload: message: found null" + wantMessage},
		{name: "number as message", input: `{"message": 5}`, wantErr: "payload: message: found 5 (a number)" + wantMessage},
		{name: "boolean as message", input: `{"message": true}`, wantErr: "payload: message: found true" + wantMessage},
		{name: "object as message", input: `{"message": {"text": "hello"}}`, wantErr: `payload: message: found {"text":"hello"}` + wantMessage},
		{name: "empty message", input: `{"message": ""}`, wantErr: `payload: message: found ""` + wantMessage},
		{name: "blank message", input: `{"message": " \n\t"}`, wantErr: `payload: message: found " \n\t"` + wantMessage},

		{name: "message", input: `{"message": "hello"}`, want: "hello"},
		{name: "message with blanks around", input: `{"message": " hello\nworld "}`, want: " hello\nworld "},
		{name: "further fields", input: `{"message": "hello", "level": 3}`, want: "hello"},
	}
}

func TestEachWrongConfigIsReported(t *testing.T) {
	err := checkConfigs(configs("a: 1", "", "b: 2")...)
	want := "config 1 of 3: found \"a: 1\", want an empty config, as the plugin has no options\n" +
		"config 3 of 3: found \"b: 2\", want an empty config, as the plugin has no options"
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestSchemasAgreeWithTheCode(t *testing.T) {
	tests := []struct {
		name   string
		schema string
		cases  []parseCase
	}{
		{name: "config", schema: configSchema, cases: configCases()},
		{name: "payload", schema: payloadSchema, cases: payloadCases()},
	}
	for _, tt := range tests {
		schema := compile(t, tt.schema)
		for _, c := range tt.cases {
			t.Run(tt.name+"/"+c.name, func(t *testing.T) {
				// A config may be nothing at all, which is an empty one; a payload may not.
				err := validate(schema, c.input, tt.name == "config")
				if (err != nil) != (c.wantErr != "") {
					t.Errorf("schema finds error %v, the code %q", err, c.wantErr)
				}
			})
		}
	}
}

func TestREADMEConfigIsAccepted(t *testing.T) {
	var values struct {
		Sources map[string]struct {
			Forwarder struct {
				Enabled bool
				Config  any
			} `yaml:"my-repo/forwarder"`
		}
	}
	if err := yaml.Unmarshal(readmeMatch(t, "(?s)```yaml\n(.*?)```"), &values); err != nil {
		t.Fatal(err)
	}
	forwarder := values.Sources["deployments"].Forwarder
	if !forwarder.Enabled {
		t.Error("the plugin is not enabled")
	}
	raw, err := yaml.Marshal(forwarder.Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkConfigs(&source.Config{RawYAML: raw}); err != nil {
		t.Error(err)
	}
}

func TestREADMEPayloadIsAccepted(t *testing.T) {
	got, err := parsePayload(readmeMatch(t, `curl http://\S+:2115/sources/v1/deployments -d '(.*)'`))
	if err != nil || got != "deployed v1.2.3" {
		t.Errorf("message %q, error %v", got, err)
	}
}

func readmeMatch(t *testing.T, pattern string) []byte {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(pattern).FindSubmatch(readme)
	if match == nil {
		t.Fatalf("nothing in README.md matches %s", pattern)
	}
	return match[1]
}

func configs(raws ...string) []*source.Config {
	var all []*source.Config
	for _, raw := range raws {
		all = append(all, &source.Config{RawYAML: []byte(raw)})
	}
	return all
}

// compile checks a schema against draft-07's own schema, which the library holds: no network.
func compile(t *testing.T, schema string) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if compiled.DraftVersion != 7 {
		t.Fatalf("draft %d, want 7", compiled.DraftVersion)
	}
	return compiled
}

// validate turns YAML, which JSON is a part of, into JSON and applies the schema. What is no JSON is an error as well.
func validate(schema *jsonschema.Schema, input string, nullIsEmpty bool) error {
	var document any
	if err := yaml.Unmarshal([]byte(input), &document); err != nil {
		return err
	}
	if document == nil && nullIsEmpty {
		document = map[string]any{}
	}
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	return schema.Validate(instance)
}
