package main

import (
	"testing"

	"botkube-plugins/internal/pluginkit/plugintest"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/slack-go/slack"
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
	person := api.Select{
		Type: api.StaticSelect, Name: "Person", Command: "{{BotName}} " + name + " choose",
		OptionGroups: []api.OptionGroup{{Name: "People", Options: []api.OptionItem{
			{Name: "Ada", Value: "Ada"}, {Name: "Alan", Value: "Alan"},
		}}},
	}
	ada := person
	ada.InitialOption = &api.OptionItem{Name: "Ada", Value: "Ada"}
	header := api.Base{Header: "Whom do you want to greet?"}
	tests := []struct {
		name        string
		command     string
		wish        string // what is typed into the text field
		interactive bool
		want        api.Message
	}{
		{"form", name, "", true, api.Message{
			OnlyVisibleForYou: true,
			Sections:          []api.Section{{Base: header, Selects: api.Selects{ID: name, Items: []api.Select{person}}}},
		}},
		{"choose", name + " choose Ada", "", true, api.Message{
			OnlyVisibleForYou: true, ReplaceOriginal: true,
			Sections: []api.Section{{
				Base: header, Selects: api.Selects{ID: name, Items: []api.Select{ada}},
				PlaintextInputs: api.LabelInputs{{Command: "{{BotName}} " + name + " wish", Text: "Wish", Placeholder: "optional"}},
				Buttons:         api.Buttons{{Name: "Greet", Command: example, Style: api.ButtonStylePrimary}},
			}},
		}},
		{"greet", name + " greet  Ada ", "", true, api.NewPlaintextMessage("Ahoy, Ada", false)},
		{"greet with a wish", name + " greet Ada", "Good luck!", true, api.NewPlaintextMessage("Ahoy, Ada. Good luck!", false)},
		{"greet without buttons", name + " greet Ada", "", false, api.NewPlaintextMessage("Ahoy, Ada", false)},

		{"no verb without buttons", name, "", false, usage(`"` + name + `"`)},
		{"choose without buttons", name + " choose Ada", "", false, usage(`"` + name + ` choose Ada"`)},
		{"another verb", name + " meet Ada", "", true, usage(`"` + name + ` meet Ada"`)},
		{"no name", name + " greet", "", true, usage(`"` + name + ` greet"`)},
	}
	client := plugintest.ServeExecutor(t, server{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := executor.ExecuteInput{Command: tt.command, Configs: plugintest.ExecutorConfigs("greeting: Ahoy")}
			in.Context.IsInteractivitySupported = tt.interactive
			in.Context.SlackState = &slack.BlockActionStates{Values: map[string]map[string]slack.BlockAction{
				"block": {name + " wish": {Value: tt.wish}},
			}}
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
