package main

import (
	"testing"

	"botkube-plugins/internal/pluginkit/plugintest"

	"github.com/kubeshop/botkube/pkg/api"
)

// example is the valid command that the plugin shows. Botkube fills in the bot's name.
const example = "{{BotName}} " + name + " greet Ada"

func TestConfigs(t *testing.T) {
	const (
		want    = ", want a text that is not blank"
		unknown = ": found an unknown field, want one of: greeting"
	)
	plugintest.CheckExecutorConfigs(t, server{}, name+" greet Ada", configSchema, mergeConfigs, []plugintest.ConfigCase[config]{
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
	})
}

func TestExecute(t *testing.T) {
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
	pressed := plugintest.Pressed(nil, nil)
	plugintest.CheckExecute(t, server{}, []plugintest.ExecuteCase{
		{Name: "another verb", Command: name + " meet Ada", Context: pressed, Want: usage(`"` + name + ` meet Ada"`)},
		{Name: "no name", Command: name + " greet", Context: pressed, Want: usage(`"` + name + ` greet"`)},
		{Name: "no verb, without buttons", Command: name, Want: usage(`"` + name + `"`)},
		{Name: "choose, without buttons", Command: name + " choose Ada", Want: usage(`"` + name + ` choose Ada"`)},

		{Name: "form", Command: name, Context: pressed, Want: api.Message{
			OnlyVisibleForYou: true,
			Sections:          []api.Section{{Base: header, Selects: api.Selects{ID: name, Items: []api.Select{person}}}},
		}},
		{Name: "choose", Command: name + " choose Ada", Context: pressed, Want: api.Message{
			OnlyVisibleForYou: true, ReplaceOriginal: true,
			Sections: []api.Section{{
				Base: header, Selects: api.Selects{ID: name, Items: []api.Select{ada}},
				PlaintextInputs: api.LabelInputs{{Command: "{{BotName}} " + name + " wish", Text: "Wish", Placeholder: "optional"}},
				Buttons:         api.Buttons{{Name: "Greet", Command: example, Style: api.ButtonStylePrimary}},
			}},
		}},
		{Name: "greet", Command: name + " greet Ada", Context: pressed, Want: api.NewPlaintextMessage("Hello, Ada", false)},
		{
			Name: "greet with a wish", Command: name + " greet Ada",
			Context: plugintest.Pressed(nil, map[string]string{name + " wish": "Good luck!"}),
			Want:    api.NewPlaintextMessage("Hello, Ada. Good luck!", false),
		},
		{
			Name: "configured, without buttons", Command: name + " greet  Ada ", Configs: []string{"greeting: Ahoy"},
			Want: api.NewPlaintextMessage("Ahoy, Ada", false),
		},
	})
}

func TestHelp(t *testing.T) {
	plugintest.CheckHelp(t, server{}, api.Message{BaseBody: api.Body{
		Plaintext: "Write greet and a name, for example:", CodeBlock: example,
	}})
}

func TestMetadata(t *testing.T) {
	plugintest.CheckExecutorMetadata(t, server{}, name, api.MetadataOutput{
		Description: description, JSONSchema: api.JSONSchema{Value: configSchema},
	})
}
