package serve_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/serve"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// printed is the part of the configuration that Botkube 1.14.0 decodes: Config, PluginManagement,
// Sources, Executors and Plugin in its pkg/config/config.go.
type printed struct {
	Plugins struct {
		Repositories map[string]struct {
			URL string `yaml:"url"`
		} `yaml:"repositories"`
	} `yaml:"plugins"`
	Sources   map[string]printedGroup `yaml:"sources"`
	Executors map[string]printedGroup `yaml:"executors"`
}

type printedGroup struct {
	DisplayName string                   `yaml:"displayName"`
	Plugins     map[string]printedPlugin `yaml:",inline"`
}

type printedPlugin struct {
	Enabled bool `yaml:"enabled"`
	Config  any  `yaml:"config"`
}

func entry(kind index.Type, name, schema string) index.Entry {
	return index.Entry{Type: kind, Name: name, JSONSchema: index.JSONSchema{Value: schema}}
}

func schemaOf(t *testing.T, plugin string) string {
	t.Helper()
	text, err := os.ReadFile("../../../../plugins/" + plugin + "/config_schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// valuesOf decodes the values strictly: they must be one document without keys that Botkube does
// not know.
func valuesOf(t *testing.T, baseURL string, entries ...index.Entry) (string, printed) {
	t.Helper()
	text, err := serve.Values(index.Index{Entries: entries}, baseURL, "my-repo")
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var got printed
	if err := decoder.Decode(&got); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if err := decoder.Decode(&got); !errors.Is(err, io.EOF) {
		t.Fatalf("found error %v after the first document, want no second one\n%s", err, text)
	}
	return string(text), got
}

func TestValues(t *testing.T) {
	got, _ := valuesOf(t, "http://127.0.0.1:8080",
		entry(index.TypeExecutor, "echo", schemaOf(t, "echo")),
		entry(index.TypeSource, "forwarder", schemaOf(t, "forwarder")),
		entry(index.TypeExecutor, "restart", schemaOf(t, "restart")),
		entry(index.TypeSource, "ticker", schemaOf(t, "ticker")),
	)
	want := `# For Botkube's values. Bind the sources and executors that you want to a channel.
# Only this machine can reach http://127.0.0.1:8080; for Botkube in a cluster, see --base-url.
plugins:
  repositories:
    my-repo:
      url: http://127.0.0.1:8080/plugins-index.yaml
sources:
  forwarder:
    displayName: forwarder
    my-repo/forwarder:
      enabled: true
  ticker:
    displayName: ticker
    my-repo/ticker:
      enabled: true
      config:
        interval: 1m
executors:
  echo:
    displayName: echo
    my-repo/echo:
      enabled: true
      config:
        upperCase: false
  restart:
    displayName: restart
    my-repo/restart:
      enabled: true
      config:
        deployments:
          shop:
            - cart
            - checkout
          staging: []

# Botkube caches the index, and each plugin under its version. After a build, stop Botkube,
# clear its cache and start it:
#   (cd "${BOTKUBE_PLUGINS_CACHE__DIR:-/tmp}" && rm -rf my-repo my-repo.yaml)
# In a cluster the cache belongs to the pod:
#   kubectl rollout restart deployment/botkube --namespace botkube
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// The comments say what the values cannot express.
func TestValuesComments(t *testing.T) {
	for _, tt := range []struct {
		baseURL, schema string
		line            string
		want            bool
	}{
		{"http://127.0.0.1:8080", "{}", "# Only this machine can reach ", true},
		{"http://localhost:8080", "{}", "# Only this machine can reach ", true},
		{"http://[::1]:8080", "{}", "# Only this machine can reach ", true},
		{"http://host.minikube.internal:8080", "{}", "# Only this machine can reach ", false},
		{"http://192.168.1.5", "{}", "# Only this machine can reach ", false},
		{
			"http://192.168.1.5", `{"properties": {"auth": {"properties": {"token": {}}, "required": ["token"]}}, "required": ["auth"]}`,
			"# Add \"auth.token\" to the config of source my-repo/x: it is required and has no default.\n", true,
		},
		{
			"http://192.168.1.5", `{"required": ["a\nb"]}`,
			"# Add \"a\\nb\" to the config of source my-repo/x: it is required and has no default.\n", true,
		},
	} {
		text, _ := valuesOf(t, tt.baseURL, entry(index.TypeSource, "x", tt.schema))
		if strings.Contains(text, tt.line) != tt.want {
			t.Errorf("%s, %s: found that the comments have %q: %t, want %t\n%s", tt.baseURL, tt.schema, tt.line, !tt.want, tt.want, text)
		}
	}
}

// The config has the defaults of the schema, and is valid unless a required property has none.
func TestConfigHoldsTheDefaults(t *testing.T) {
	for _, tt := range []struct{ what, schema, want string }{
		{"ticker", schemaOf(t, "ticker"), `{"interval": "1m"}`},
		{"echo", schemaOf(t, "echo"), `{"upperCase": false}`},
		{"forwarder", schemaOf(t, "forwarder"), `null`},
		{"no schema", ``, `null`},
		{"a schema that is not an object", `true`, `null`},
		{"no defaults", `{"properties": {"a": {"type": "string"}}}`, `null`},
		{"null", `{"properties": {"a": {"type": ["string", "null"], "default": null}, "b": {"default": {"c": null, "d": 1}}}}`, `{"b": {"d": 1}}`},
		{
			"text that looks like something else",
			`{"properties": {"a": {"default": "on"}, "b": {"default": "1e3"}, "c": {"default": "12:30"}, "d": {"default": "a: #b"},
			  "e": {"default": ""}, "f": {"default": "{{ .X }}\n\t😀"}, "yes": {"default": "~"}, "null": {"default": "null"}}}`,
			`{"a": "on", "b": "1e3", "c": "12:30", "d": "a: #b", "e": "", "f": "{{ .X }}\n\t😀", "yes": "~", "null": "null"}`,
		},
		{
			"numbers", `{"properties": {"a": {"type": "integer", "default": 1000000}, "b": {"type": "number", "default": 0.5},
			  "c": {"type": "integer", "default": -9007199254740993}, "d": {"type": "number", "default": 1e21}}}`,
			`{"a": 1000000, "b": 0.5, "c": -9007199254740993, "d": 1e21}`,
		},
		{"lists", `{"properties": {"a": {"default": [1, {"b": [true]}, null]}}}`, `{"a": [1, {"b": [true]}, null]}`},
		{
			"nested objects", `{"properties": {"log": {"type": "object", "properties": {
			  "level": {"default": "info"}, "file": {"properties": {"name": {"default": "x"}, "mode": {}}}, "none": {"properties": {"a": {}}}}}}}`,
			`{"log": {"level": "info", "file": {"name": "x"}}}`,
		},
		{
			"a default of the object, and of what is in it",
			`{"default": {"a": 1, "o": {"x": 1}}, "properties": {"a": {"default": 2}, "b": {"default": 3},
			  "o": {"default": {"y": 0}, "properties": {"x": {"default": 2}, "y": {"default": 3}}}}}`,
			`{"a": 1, "b": 3, "o": {"x": 1, "y": 3}}`,
		},
		{
			"an incomplete object is omitted",
			`{"properties": {"auth": {"required": ["token"], "properties": {"user": {"default": "me"}, "token": {}}}}}`, `null`,
		},
		{
			"a required object without its own default",
			`{"required": ["a"], "properties": {"a": {"type": "object", "properties": {"b": {"type": "string"}}}}}`, `{"a": {}}`,
		},
		{
			"references", `{"definitions": {"a/b": {"type": "object", "default": {}, "properties": {"x": {"default": 1}, "again": {"$ref": "#/definitions/a~1b"}}}},
			  "properties": {"one": {"$ref": "#/definitions/a~1b"}, "two": {"allOf": [{"$ref": "#/definitions/a~1b"}]}, "three": {"$ref": "other.json"}}}`,
			`{"one": {"x": 1}}`,
		},
		{
			"a reference next to a default",
			`{"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": {"level": {"enum": ["a", "b"], "default": "a"}},
			  "properties": {"x": {"$ref": "#/$defs/level", "default": "b"}, "y": {"$ref": "#/$defs/level"}}}`,
			`{"x": "b", "y": "a"}`,
		},
		{"a schema that contains itself", `{"properties": {"a": {"default": 1}, "self": {"$ref": "#"}}}`, `{"a": 1}`},
	} {
		t.Run(tt.what, func(t *testing.T) {
			_, got := valuesOf(t, "http://127.0.0.1:8080", entry(index.TypeSource, "x", tt.schema))
			plugin := got.Sources["x"].Plugins["my-repo/x"]
			if !plugin.Enabled {
				t.Error("the plugin is not enabled")
			}
			config, want := normal(t, plugin.Config), any(nil)
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, config); diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
			if config != nil && !strings.Contains(tt.schema, "other.json") {
				if err := compile(t, tt.schema).Validate(config); err != nil {
					t.Errorf("the config is not valid: %v", err)
				}
			}
		})
	}
}

// normal converts a value to the types that encoding/json decodes.
func normal(t *testing.T, value any) (out any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func compile(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft7)
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
