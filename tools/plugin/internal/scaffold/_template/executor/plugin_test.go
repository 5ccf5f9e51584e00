package main

import (
	"testing"

	"botkube-plugins/internal/pluginkit/plugintest"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

// example is the valid command that the plugin shows. Botkube fills in the bot's name.
const example = "{{BotName}} " + name + " greet Ada"

func configCases(t *testing.T) []plugintest.ConfigCase[config] {
	t.Helper()
	const (
		want    = ", want a text that is not blank"
		unknown = ": found an unknown field, want one of: greeting"
	)
	return []plugintest.ConfigCase[config]{
		{Name: "number", Configs: []string{"greeting: 5"}, WantErr: "config 1 of 1: greeting: found 5" + want},
		{Name: "blank", Configs: []string{`greeting: " "`}, WantErr: `config 1 of 1: greeting: found " "` + want},
		{Name: "no mapping", Configs: []string{"Ahoy"}, WantErr: `config 1 of 1: found "Ahoy", want a YAML mapping`},
		{
			Name: "every problem of every config", Configs: []string{"greeting: 5\ngreting: Hi", "greeting: Ahoy", "greting: Ahoy"},
			WantErr: "config 1 of 3: greeting: found 5" + want + "\nconfig 1 of 3: greting" + unknown + "\nconfig 3 of 3: greting" + unknown,
		},

		{Name: "none", Want: config{greeting: "Hello"}},
		{Name: "empty and null", Configs: []string{"", "null\n", "greeting: null"}, Want: config{greeting: "Hello"}},
		{Name: "the last wins", Configs: []string{"greeting: Hi", "greeting: Ahoy", "{}"}, Want: config{greeting: "Ahoy"}},
		{Name: "README.md", Configs: []string{plugintest.READMEConfig(t, name)}, Want: config{greeting: "Ahoy"}},
	}
}

func TestConfigs(t *testing.T) {
	merge := func(configs ...string) (config, error) { return mergeConfigs(plugintest.ExecutorConfigs(configs...)) }
	plugintest.CheckConfigs(t, configSchema, merge, configCases(t))
}

func TestConfigErrorsOverGRPC(t *testing.T) {
	client := plugintest.ServeExecutor(t, server{})
	call := func(configs ...string) error {
		in := executor.ExecuteInput{Command: name + " greet Ada", Configs: plugintest.ExecutorConfigs(configs...)}
		_, err := client.Execute(t.Context(), in)
		return err
	}
	plugintest.CheckErrors(t, call, configCases(t))
}

func TestExecuteOverGRPC(t *testing.T) {
	usage := func(found string) api.Message {
		return api.Message{BaseBody: api.Body{
			Plaintext: "Found " + found + ", want greet and a name, for example:", CodeBlock: example,
		}}
	}
	tests := []struct {
		name    string
		command string
		want    api.Message
	}{
		{"no verb", name, usage(`"` + name + `"`)},
		{"another verb", name + " meet Ada", usage(`"` + name + ` meet Ada"`)},
		{"no name", name + " greet", usage(`"` + name + ` greet"`)},
		{"greet", name + " greet  Ada ", api.NewCodeBlockMessage("Ahoy, Ada", true)},
	}
	client := plugintest.ServeExecutor(t, server{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := executor.ExecuteInput{Command: tt.command, Configs: plugintest.ExecutorConfigs("greeting: Ahoy")}
			got, err := client.Execute(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(executor.ExecuteOutput{Message: tt.want}, got); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHelpOverGRPC(t *testing.T) {
	got, err := plugintest.ServeExecutor(t, server{}).Help(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := api.Message{BaseBody: api.Body{Plaintext: "Write greet and a name, for example:", CodeBlock: example}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("help (-want +got):\n%s", diff)
	}
}

func TestMetadata(t *testing.T) {
	want := api.MetadataOutput{
		Version:          "dev",
		Description:      description,
		DocumentationURL: "https://docs.botkube.io/plugins/",
		JSONSchema:       api.JSONSchema{Value: configSchema},
	}
	plugintest.CheckMetadata(t, plugintest.ServeExecutor(t, server{}), want)

	want.Version, want.DocumentationURL = plugintest.Version, plugintest.DocsBase+"/plugins/"+name
	plugintest.CheckMetadata(t, plugintest.StartExecutor(t), want)
}
