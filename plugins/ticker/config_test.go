package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api/source"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

const wantInterval = `, want a Go duration string with a unit, at least 1s, such as "30s" or "5m"`

// configCase is one config on its own, as both the code and the schema judge it.
type configCase struct {
	name      string
	config    string
	want      time.Duration
	wantErr   string // after "config 1 of 1: "; empty if the config is right
	schemaErr bool   // whether the schema rejects it; it cannot tell all that is wrong
}

func configCases() []configCase {
	return []configCase{
		{name: "number", config: "interval: 5", wantErr: "interval: found 5 (a number)" + wantInterval, schemaErr: true},
		{name: "fraction", config: "interval: 1.5", wantErr: "interval: found 1.5 (a number)" + wantInterval, schemaErr: true},
		{name: "number in a string", config: `interval: "5"`, wantErr: `interval: found "5"` + wantInterval, schemaErr: true},
		{name: "zero", config: "interval: 0s", wantErr: `interval: found "0s"` + wantInterval, schemaErr: true},
		{name: "negative", config: "interval: -5m", wantErr: `interval: found "-5m"` + wantInterval, schemaErr: true},
		{name: "just too short", config: "interval: 999ms", wantErr: `interval: found "999ms"` + wantInterval},
		{name: "too long for a duration", config: "interval: 9999999h", wantErr: `interval: found "9999999h"` + wantInterval},
		{name: "empty string", config: `interval: ""`, wantErr: `interval: found ""` + wantInterval, schemaErr: true},
		{name: "no duration", config: "interval: hourly", wantErr: `interval: found "hourly"` + wantInterval, schemaErr: true},
		{name: "blanks around", config: `interval: " 5m "`, wantErr: `interval: found " 5m "` + wantInterval, schemaErr: true},
		{name: "boolean", config: "interval: true", wantErr: "interval: found true" + wantInterval, schemaErr: true},
		{name: "date", config: "interval: 2020-01-01", wantErr: `interval: found "2020-01-01T00:00:00Z"` + wantInterval, schemaErr: true},
		{name: "list", config: "interval: [5m]", wantErr: `interval: found ["5m"]` + wantInterval, schemaErr: true},
		{name: "mapping", config: "interval: {every: 5m}", wantErr: `interval: found {"every":"5m"}` + wantInterval, schemaErr: true},
		{
			name: "long value", config: "interval: " + strings.Repeat("ü", 61), schemaErr: true,
			wantErr: `interval: found "` + strings.Repeat("ü", 60) + `…"` + wantInterval,
		},
		{name: "misspelt field", config: "intervall: 5m", wantErr: "intervall: unknown field, want one of: interval", schemaErr: true},
		{name: "field in another case", config: "Interval: 5m", wantErr: "Interval: unknown field, want one of: interval", schemaErr: true},
		{name: "further field", config: "interval: 5m\nunit: s", wantErr: "unit: unknown field, want one of: interval", schemaErr: true},
		{name: "list of mappings", config: "- interval: 5m", wantErr: `found [{"interval":"5m"}], want a YAML mapping`, schemaErr: true},
		{name: "bare duration", config: "5m", wantErr: `found "5m", want a YAML mapping`, schemaErr: true},
		{name: "field that is no string", config: "1: 5m", wantErr: "found map[1:5m], want a YAML mapping", schemaErr: true},
		{
			name: "broken YAML", config: "interval: [", schemaErr: true,
			wantErr: `found "interval: [", want a YAML mapping: line 1: did not find expected node content`,
		},
		{
			name: "field twice", config: "interval: 1m\ninterval: 5m", schemaErr: true,
			wantErr: `found "interval: 1m\ninterval: 5m", want a YAML mapping: line 2: mapping key "interval" already defined at line 1`,
		},

		{name: "empty", config: "", want: time.Minute},
		{name: "null", config: "null\n", want: time.Minute},
		{name: "no fields", config: "{}", want: time.Minute},
		{name: "null interval", config: "interval: null", want: time.Minute},
		{name: "shortest", config: "interval: 1s", want: time.Second},
		{name: "shortest in another unit", config: "interval: 1000ms", want: time.Second},
		{name: "several units", config: "interval: 1h1m1.5s", want: time.Hour + time.Minute + 1500*time.Millisecond},
		{name: "micro sign", config: "interval: 2000000µs", want: 2 * time.Second},
		{name: "sign and bare fraction", config: "interval: +.5m", want: 30 * time.Second},
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
			if err != nil || got.interval != tt.want {
				t.Errorf("interval %v, error %v, want %v", got.interval, err, tt.want)
			}
		})
	}
}

func TestParseConfigsTakesSeveral(t *testing.T) {
	tests := []struct {
		name    string
		configs []string
		want    time.Duration
		wantErr string
	}{
		{
			name: "a wrong one that is overridden", configs: []string{"interval: 5", "interval: 5m"},
			wantErr: "config 1 of 2: interval: found 5 (a number)" + wantInterval,
		},
		{
			name: "two wrong ones", configs: []string{"interval: 5m", "intervall: 5m", "interval: 0s"},
			wantErr: "config 2 of 3: intervall: unknown field, want one of: interval\n" +
				`config 3 of 3: interval: found "0s"` + wantInterval,
		},
		{name: "none", want: time.Minute},
		{name: "the last wins", configs: []string{"interval: 5m", "interval: 2m"}, want: 2 * time.Minute},
		{name: "one that sets nothing wins nothing", configs: []string{"interval: 5m", "", "interval: null", "null"}, want: 5 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseConfigs(configs(tt.configs...))
			if diff := cmp.Diff(tt.wantErr, message(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if tt.wantErr == "" && got.interval != tt.want {
				t.Errorf("interval %v, want %v", got.interval, tt.want)
			}
		})
	}
}

func TestSchemaAgreesWithTheCode(t *testing.T) {
	schema := compile(t, configSchema)
	for _, tt := range configCases() {
		t.Run(tt.name, func(t *testing.T) {
			if tt.schemaErr && tt.wantErr == "" {
				t.Fatal("the schema must not reject what the code accepts")
			}
			err := validate(schema, tt.config)
			if got := err != nil; got != tt.schemaErr {
				t.Errorf("schema rejects it: %v, want %v: %v", got, tt.schemaErr, err)
			}
		})
	}
}

func TestSchemaShowsWhatTheCodeAccepts(t *testing.T) {
	var schema struct {
		Examples   []map[string]any
		Properties struct {
			Interval struct {
				Default  string
				Examples []string
			}
		}
	}
	if err := json.Unmarshal([]byte(configSchema), &schema); err != nil {
		t.Fatal(err)
	}
	interval := schema.Properties.Interval
	if got, err := time.ParseDuration(interval.Default); err != nil || got != defaultInterval {
		t.Errorf("default %q, want %v", interval.Default, defaultInterval)
	}
	examples := schema.Examples
	for _, example := range interval.Examples {
		examples = append(examples, map[string]any{"interval": example})
	}
	if len(schema.Examples) == 0 || len(interval.Examples) == 0 {
		t.Error("no examples")
	}
	for _, example := range examples {
		if _, err := parseConfigs(configs(toYAML(t, example))); err != nil {
			t.Errorf("example %v: %v", example, err)
		}
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
		Sources map[string]struct {
			Ticker struct {
				Enabled bool
				Config  any
			} `yaml:"my-repo/ticker"`
		}
	}
	if err := yaml.Unmarshal(block[1], &values); err != nil {
		t.Fatal(err)
	}
	ticker := values.Sources["ticks"].Ticker
	if !ticker.Enabled {
		t.Error("the plugin is not enabled")
	}
	got, err := parseConfigs(configs(toYAML(t, ticker.Config)))
	if err != nil || got.interval != 5*time.Minute {
		t.Errorf("interval %v, error %v, want 5m", got.interval, err)
	}
}

func configs(raws ...string) []*source.Config {
	var all []*source.Config
	for _, raw := range raws {
		all = append(all, &source.Config{RawYAML: []byte(raw)})
	}
	return all
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func toYAML(t *testing.T, value any) string {
	t.Helper()
	text, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
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
