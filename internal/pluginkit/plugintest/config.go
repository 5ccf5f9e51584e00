package plugintest

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/internal/jsonschema"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
	"go.yaml.in/yaml/v3"
	"google.golang.org/grpc/status"
)

// ConfigCase is a list of configs and the result of merging them.
type ConfigCase[C any] struct {
	Name    string
	Configs []string
	Want    C
	WantErr string // the complete text, or empty for no error
	// SchemaAccepts is true if the config schema accepts all configs although the plugin
	// rejects one. A schema cannot express every rule.
	SchemaAccepts bool
}

// CheckSourceConfigs checks that merge and the config schema agree: on every case, on the schema's
// examples and on its defaults. It also checks that the source's streams end with the errors of the
// cases, over gRPC.
func CheckSourceConfigs[C any](
	t testing.TB, served source.Source, schema string, merge func([]*source.Config) (C, error), cases []ConfigCase[C],
) {
	t.Helper()
	checkConfigs(t, schema, func(configs ...string) (C, error) { return merge(SourceConfigs(configs...)) }, cases)
	CheckErrors(t, func(configs ...string) error {
		stream, cancel := OpenStream(t, served, configs...)
		defer cancel()
		_, err := stream.Recv()
		return err
	}, cases)
}

// CheckExecutorConfigs is CheckSourceConfigs for an executor. command is a valid command.
func CheckExecutorConfigs[C any](
	t testing.TB, served executor.Executor, command, schema string, merge func([]*executor.Config) (C, error), cases []ConfigCase[C],
) {
	t.Helper()
	checkConfigs(t, schema, func(configs ...string) (C, error) { return merge(executorConfigs(configs)) }, cases)
	client := ServeExecutor(t, served)
	CheckErrors(t, func(configs ...string) error {
		_, err := client.Execute(t.Context(), executor.ExecuteInput{Command: command, Configs: executorConfigs(configs)})
		return err
	}, cases)
}

func checkConfigs[C any](t testing.TB, schema string, merge func(configs ...string) (C, error), cases []ConfigCase[C]) {
	t.Helper()
	accepted := 0
	for _, c := range cases {
		got, err := merge(c.Configs...)
		if diff := cmp.Diff(c.WantErr, message(err)); diff != "" {
			t.Errorf("%s: error (-want +got):\n%s", c.Name, diff)
		}
		if c.WantErr == "" {
			accepted++
			checkEqual(t, c.Name, c.Want, got)
		}
		checkSchema(t, schema, c)
	}
	if accepted == 0 || accepted == len(cases) {
		t.Errorf("found %d cases, %d of them without an error, want cases with and without", len(cases), accepted)
	}
	checkExamples(t, schema, merge)
}

// CheckErrors checks that call fails with the error of each case that has one. call uses a
// plugin over gRPC.
func CheckErrors[C any](t testing.TB, call func(configs ...string) error, cases []ConfigCase[C]) {
	t.Helper()
	checked := 0
	for _, c := range cases {
		if c.WantErr == "" {
			continue
		}
		checked++
		if diff := cmp.Diff(c.WantErr, status.Convert(call(c.Configs...)).Message()); diff != "" {
			t.Errorf("%s: error (-want +got):\n%s", c.Name, diff)
		}
	}
	if checked == 0 {
		t.Error("found no case with an error")
	}
}

// SchemaError returns an error with every reason for which a JSON Schema rejects a JSON or YAML
// document, or nil.
func SchemaError(t testing.TB, schema, document string) error {
	t.Helper()
	compiled, err := jsonschema.Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := yaml.Unmarshal([]byte(document), &value); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var instance any // as encoding/json decodes it
	if err := json.Unmarshal(text, &instance); err != nil {
		return err
	}
	problems, err := compiled.Judge(t.Context(), instance, nil)
	if err != nil {
		return err
	}
	return problems.Err()
}

// checkSchema checks whether the schema accepts all configs of a case.
func checkSchema[C any](t testing.TB, schema string, c ConfigCase[C]) {
	t.Helper()
	var rejection error
	for _, config := range c.Configs {
		if strings.TrimSpace(config) == "" || strings.TrimSpace(config) == "null" {
			config = "{}" // Botkube passes null for a plugin without a config
		}
		if err := SchemaError(t, schema, config); err != nil {
			rejection = err
		}
	}
	if want := c.WantErr == "" || c.SchemaAccepts; want != (rejection == nil) {
		t.Errorf("%s: found that the schema accepts the configs: %v (%v), want %v", c.Name, !want, rejection, want)
	}
}

// checkExamples checks that merge accepts the schema's examples, and that merge and the schema have
// the same defaults.
func checkExamples[C any](t testing.TB, schema string, merge func(configs ...string) (C, error)) {
	t.Helper()
	var parsed struct {
		Examples   []any
		Properties map[string]struct {
			Default  any
			Examples []any
		}
	}
	if err := json.Unmarshal([]byte(schema), &parsed); err != nil {
		t.Fatal(err)
	}
	if len(parsed.Examples) == 0 {
		t.Error("found no examples in the schema")
	}
	defaults, err := merge()
	if err != nil {
		t.Fatal(err)
	}
	examples := parsed.Examples
	for _, name := range slices.Sorted(maps.Keys(parsed.Properties)) {
		property := parsed.Properties[name]
		for _, example := range property.Examples {
			examples = append(examples, map[string]any{name: example})
		}
		got, err := merge(toYAML(t, map[string]any{name: property.Default}))
		if err != nil {
			t.Errorf("the schema's default of %s: %v", name, err)
			continue
		}
		checkEqual(t, "the schema's default of "+name, defaults, got)
	}
	for _, example := range examples {
		if _, err := merge(toYAML(t, example)); err != nil {
			t.Errorf("the schema's example %v: %v", example, err)
		}
	}
}

func checkEqual[C any](t testing.TB, name string, want, got C) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Errorf("%s: config (-want +got):\n%s", name, diff)
	}
}

func toYAML(t testing.TB, value any) string {
	t.Helper()
	text, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
