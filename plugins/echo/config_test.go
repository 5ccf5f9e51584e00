package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// configCase is one config on its own, as both the code and the schema judge it.
type configCase struct {
	name    string
	config  string
	want    bool
	wantErr string // after "config 1 of 1: "; empty if the config is right
}

func configCases() []configCase {
	const want = ", want true or false"
	return []configCase{
		{name: "string", config: `upperCase: "true"`, wantErr: `upperCase: found "true"` + want},
		{name: "empty string", config: `upperCase: ""`, wantErr: `upperCase: found ""` + want},
		{name: "number", config: "upperCase: 1", wantErr: "upperCase: found 1 (a number)" + want},
		{name: "fraction", config: "upperCase: 1.5", wantErr: "upperCase: found 1.5 (a number)" + want},
		{name: "list", config: "upperCase: [true]", wantErr: "upperCase: found [true]" + want},
		{name: "mapping", config: "upperCase: {on: true}", wantErr: `upperCase: found {"on":true}` + want},
		{
			name: "long value", config: "upperCase: " + strings.Repeat("ü", 61),
			wantErr: `upperCase: found "` + strings.Repeat("ü", 60) + `…"` + want,
		},
		{name: "misspelt field", config: "uperCase: true", wantErr: "uperCase: unknown field, want one of: upperCase"},
		{name: "field in another case", config: "uppercase: true", wantErr: "uppercase: unknown field, want one of: upperCase"},
		{
			name: "long field", config: strings.Repeat("ü", 61) + ": true",
			wantErr: strings.Repeat("ü", 60) + "…: unknown field, want one of: upperCase",
		},
		{name: "list of mappings", config: "- upperCase: true", wantErr: `found [{"upperCase":true}], want a YAML mapping`},
		{name: "bare value", config: "true", wantErr: "found true, want a YAML mapping"},
		{name: "field that is no string", config: "1: true", wantErr: "found map[1:true], want a YAML mapping"},
		{
			name: "broken YAML", config: "upperCase: [",
			wantErr: `found "upperCase: [", want a YAML mapping: line 1: did not find expected node content`,
		},
		{
			name: "field twice", config: "upperCase: true\nupperCase: false",
			wantErr: `found "upperCase: true\nupperCase: false", want a YAML mapping: ` +
				`line 2: mapping key "upperCase" already defined at line 1`,
		},

		{name: "empty", config: ""},
		{name: "null", config: "null\n"},
		{name: "no fields", config: "{}"},
		{name: "null value", config: "upperCase: null"},
		{name: "false", config: "upperCase: false"},
		{name: "true", config: "upperCase: true", want: true},
	}
}

func TestParseConfigsTakesOne(t *testing.T) {
	for _, tt := range configCases() {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseConfigs(configs(tt.config))
			if tt.wantErr != "" {
				if diff := cmp.Diff("config 1 of 1: "+tt.wantErr, message(err)); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				return
			}
			if err != nil || got.upperCase != tt.want {
				t.Errorf("upperCase %v, error %v, want %v", got.upperCase, err, tt.want)
			}
		})
	}
}

func TestParseConfigsTakesSeveral(t *testing.T) {
	tests := []struct {
		name    string
		configs []string
		want    bool
		wantErr string
	}{
		{
			name: "a wrong one that is overridden", configs: []string{"upperCase: 1", "upperCase: true"},
			wantErr: "config 1 of 2: upperCase: found 1 (a number), want true or false",
		},
		{
			name: "two wrong ones", configs: []string{"upperCase: true", "uperCase: true", "upperCase: 1"},
			wantErr: "config 2 of 3: uperCase: unknown field, want one of: upperCase\n" +
				"config 3 of 3: upperCase: found 1 (a number), want true or false",
		},
		{name: "none"},
		{name: "the last wins", configs: []string{"upperCase: false", "upperCase: true"}, want: true},
		{name: "the last wins, also with false", configs: []string{"upperCase: true", "upperCase: false"}},
		{name: "one that sets nothing wins nothing", configs: []string{"upperCase: true", "", "upperCase: null", "null"}, want: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseConfigs(configs(tt.configs...))
			if diff := cmp.Diff(tt.wantErr, message(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if tt.wantErr == "" && got.upperCase != tt.want {
				t.Errorf("upperCase %v, want %v", got.upperCase, tt.want)
			}
		})
	}
}

func TestSchemaAgreesWithTheCode(t *testing.T) {
	schema := compile(t, configSchema)
	for _, tt := range configCases() {
		t.Run(tt.name, func(t *testing.T) {
			if err := validate(schema, tt.config); (err != nil) != (tt.wantErr != "") {
				t.Errorf("schema finds error %v, the code %q", err, tt.wantErr)
			}
		})
	}
}

func TestREADMEConfigIsAccepted(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(readme)
	if block == nil {
		t.Fatal("no YAML in README.md")
	}
	var values struct {
		Executors map[string]struct {
			Echo struct {
				Enabled bool
				Config  any
			} `yaml:"my-repo/echo"`
		}
	}
	if err := yaml.Unmarshal(block[1], &values); err != nil {
		t.Fatal(err)
	}
	echo := values.Executors["parrot"].Echo
	if !echo.Enabled {
		t.Error("the plugin is not enabled")
	}
	raw, err := yaml.Marshal(echo.Config)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseConfigs(configs(string(raw)))
	if err != nil || !got.upperCase {
		t.Errorf("upperCase %v, error %v, want true", got.upperCase, err)
	}
}

func configs(raws ...string) []*executor.Config {
	var all []*executor.Config
	for _, raw := range raws {
		all = append(all, &executor.Config{RawYAML: []byte(raw)})
	}
	return all
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
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

// validate turns a config into JSON and applies the schema; a config that is no JSON is an error as well.
// No config at all is an empty one.
func validate(schema *jsonschema.Schema, config string) error {
	var document any
	if err := yaml.Unmarshal([]byte(config), &document); err != nil {
		return err
	}
	if document == nil {
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
