// Command myplugin is a Botkube executor that greets people.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"botkube-plugins/internal/pluginkit"
	"botkube-plugins/internal/problem"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

const (
	name        = "myplugin"
	description = "Greets people."
)

// A release sets these at link time:
//
//	-ldflags "-X main.version=v1.2.3 -X main.docsBase=https://github.com/OWNER/REPO/tree/v1.2.3"
var (
	version  = "dev"
	docsBase = ""
)

//go:embed config_schema.json
var configSchema string

// server implements Botkube's interface for executors.
type server struct{}

// Metadata describes the plugin in the plugin index.
func (server) Metadata(context.Context) (api.MetadataOutput, error) {
	return pluginkit.Metadata(name, description, version, docsBase, configSchema), nil
}

// Execute answers a command. Replace it with the plugin's own work. An invalid config is an error.
// The answer to an invalid command shows a valid one.
func (server) Execute(_ context.Context, in executor.ExecuteInput) (executor.ExecuteOutput, error) {
	cfg, err := mergeConfigs(in.Configs)
	if err != nil {
		return executor.ExecuteOutput{}, err
	}
	words := strings.Fields(in.Command) // the first is the plugin's name
	switch {
	case len(words) == 3 && words[1] == "greet":
		return executor.ExecuteOutput{Message: greet(cfg, words[2], wish(in.Context))}, nil
	case len(words) == 1 && in.Context.IsInteractivitySupported:
		return executor.ExecuteOutput{Message: form("")}, nil
	case len(words) == 3 && words[1] == "choose" && in.Context.IsInteractivitySupported:
		return executor.ExecuteOutput{Message: form(words[2])}, nil
	}
	found := fmt.Sprintf("Found %s, want greet and a name", problem.Quote(in.Command))
	return executor.ExecuteOutput{Message: usage(found)}, nil
}

// The commands of the form's controls. Botkube adds the selected option. Without the bot's name,
// they are also the IDs of the controls in the form's state.
const (
	chooseCommand = name + " choose"
	wishCommand   = name + " wish"
)

// form asks whom to greet. Only the user sees it. When a person is selected, Botkube sends the
// command of the drop-down, and the answer replaces the form with one that has a button.
func form(person string) api.Message {
	choose := api.Select{
		Type: api.StaticSelect, Name: "Person", Command: api.MessageBotNamePlaceholder + " " + chooseCommand,
		OptionGroups: []api.OptionGroup{{Name: "People", Options: []api.OptionItem{
			{Name: "Ada", Value: "Ada"}, {Name: "Alan", Value: "Alan"},
		}}},
	}
	section := api.Section{Base: api.Base{Header: "Whom do you want to greet?"}}
	if person != "" {
		choose.InitialOption = &api.OptionItem{Name: person, Value: person}
		section.PlaintextInputs = api.LabelInputs{{
			Command: api.MessageBotNamePlaceholder + " " + wishCommand, Text: "Wish", Placeholder: "optional",
		}}
		section.Buttons = api.Buttons{
			api.NewMessageButtonBuilder().ForCommandWithoutDesc("Greet", name+" greet "+person, api.ButtonStylePrimary),
		}
	}
	section.Selects = api.Selects{ID: name, Items: []api.Select{choose}}
	return api.Message{OnlyVisibleForYou: true, ReplaceOriginal: person != "", Sections: []api.Section{section}}
}

// wish returns the text of the form's text field. Botkube passes the form's state when a button is
// pressed or an option is selected.
func wish(in executor.ExecuteInputContext) string {
	if in.SlackState != nil {
		for _, block := range in.SlackState.Values {
			if field, ok := block[wishCommand]; ok {
				return field.Value
			}
		}
	}
	return ""
}

// greet is for everybody in the channel.
func greet(cfg config, person, wish string) api.Message {
	text := cfg.greeting + ", " + person
	if wish != "" {
		text += ". " + wish
	}
	return api.NewPlaintextMessage(text, false)
}

// Help explains how to use the plugin. Botkube shows it as the answer to the plugin's name and "help".
func (server) Help(context.Context) (api.Message, error) {
	return usage("Write greet and a name"), nil
}

// usage shows a valid command. Botkube fills in the bot's name.
func usage(text string) api.Message {
	return api.Message{BaseBody: api.Body{
		Plaintext: text + ", for example:",
		CodeBlock: api.MessageBotNamePlaceholder + " " + name + " greet Ada",
	}}
}

func main() {
	// Botkube finds the plugin by its type; the key is only a label.
	executor.Serve(map[string]plugin.Plugin{name: &executor.Plugin{Executor: server{}}})
}
