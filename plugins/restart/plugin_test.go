package main

import (
	"testing"

	"botkube-plugins/internal/pluginkit/plugintest"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/slack-go/slack"
)

// input is what Botkube passes with a command from a platform with buttons.
func input(command string, state map[string]map[string]slack.BlockAction) executor.ExecuteInput {
	in := executor.ExecuteInput{Command: command}
	in.Context.IsInteractivitySupported = true
	in.Context.Message.User.DisplayName = "Ada"
	in.Context.SlackState = &slack.BlockActionStates{Values: state}
	return in
}

func selected(value string) slack.BlockAction {
	return slack.BlockAction{SelectedOption: slack.OptionBlockObject{Value: value}}
}

func execute(t *testing.T, in executor.ExecuteInput) executor.ExecuteOutput {
	t.Helper()
	out, err := plugintest.ServeExecutor(t, server{}).Execute(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func options(values ...string) (items []api.OptionItem) {
	for _, value := range values {
		items = append(items, api.OptionItem{Name: value, Value: value})
	}
	return items
}

// form is the form of which a namespace, if any, is selected.
func form(replaces bool, namespace *api.OptionItem, more ...api.Select) api.Message {
	return api.Message{
		OnlyVisibleForYou: true, ReplaceOriginal: replaces,
		Sections: []api.Section{{
			Base: api.Base{Header: "Restart a deployment", Description: "Choose a namespace, then a deployment."},
			Selects: api.Selects{ID: "restart", Items: append([]api.Select{{
				Type: api.StaticSelect, Name: "Namespace", Command: "{{BotName}} restart namespace", InitialOption: namespace,
				OptionGroups: []api.OptionGroup{
					{Name: "With deployments", Options: options("shop")}, {Name: "Without deployments", Options: options("staging")},
				},
			}}, more...)},
		}},
	}
}

func deploymentsOf(initial *api.OptionItem) api.Select {
	return api.Select{
		Type: api.StaticSelect, Name: "Deployment", Command: "{{BotName}} restart deployment", InitialOption: initial,
		OptionGroups: []api.OptionGroup{{Name: "Deployments", Options: options("cart", "checkout")}},
	}
}

// The form asks for one thing after the other, from the command to the announcement.
func TestFormOverGRPC(t *testing.T) {
	shop, cart := &options("shop")[0], &options("cart")[0]
	diff(t, "the command", form(false, nil), execute(t, input("restart", nil)).Message)

	state := map[string]slack.BlockAction{"restart namespace": selected("shop")}
	blocks := map[string]map[string]slack.BlockAction{"restart": state}
	diff(t, "a namespace", form(true, shop, deploymentsOf(nil)), execute(t, input("restart namespace shop", blocks)).Message)

	state["restart deployment"] = selected("cart")
	chosen := form(true, shop, deploymentsOf(cart))
	chosen.Sections = append(chosen.Sections, api.Section{
		PlaintextInputs: api.LabelInputs{{
			Command: "{{BotName}} restart reason", Text: "Reason", Placeholder: "why it must restart (optional)",
		}},
		Buttons: api.Buttons{
			{Name: "Continue", Command: "{{BotName}} restart confirm shop cart", Style: api.ButtonStylePrimary},
		},
	})
	diff(t, "a deployment", chosen, execute(t, input("restart deployment cart", blocks)).Message)

	blocks["{{BotName}} restart reason"] = map[string]slack.BlockAction{"restart reason": {Value: `it's "(very)" slow\`}}
	diff(t, "Continue", api.Message{
		OnlyVisibleForYou: true, ReplaceOriginal: true,
		Sections: []api.Section{{
			Base:       api.Base{Header: "Restart it?"},
			TextFields: api.TextFields{{Key: "Namespace", Value: "shop"}, {Key: "Deployment", Value: "cart"}, {Key: "Reason", Value: `it's "(very)" slow\`}},
			Buttons: api.Buttons{
				{Name: "Restart", Command: "{{BotName}} restart run shop cart \"its (very) slow\"", Style: api.ButtonStyleDanger},
				{Name: "Back", Command: "{{BotName}} restart choose shop cart"},
			},
			Context: api.ContextItems{{Text: "An example: nothing is restarted."}},
		}},
	}, execute(t, input("restart confirm shop cart", blocks)).Message)

	diff(t, "Restart", executor.ExecuteOutput{
		Message:  api.Message{OnlyVisibleForYou: true, ReplaceOriginal: true, BaseBody: api.Body{Plaintext: "Done."}},
		Messages: []api.Message{{BaseBody: api.Body{Plaintext: "Ada restarted cart in shop: it is slow"}}},
	}, execute(t, input(`restart run shop cart "it is slow"`, nil)))

	diff(t, "Back", chosen, execute(t, input("restart choose shop cart", nil)).Message)
	diff(t, "the same namespace", chosen, execute(t, input("restart namespace shop", blocks)).Message)

	// The state still has the deployment of the namespace before.
	none := api.Select{Type: api.ExternalSelect, Name: "Deployment", InitialOption: &options("none")[0]}
	staging := &options("staging")[0]
	diff(t, "a namespace without deployments", form(true, staging, none), execute(t, input("restart namespace staging", blocks)).Message)
}

// Without buttons, each answer shows the commands of the next step.
func TestTextOverGRPC(t *testing.T) {
	for _, tt := range []struct{ command, plaintext, code string }{
		{"restart", "Choose a namespace:", "{{BotName}} restart namespace shop\n{{BotName}} restart namespace staging\n"},
		{"restart namespace shop", "Choose a deployment:", "{{BotName}} restart confirm shop cart\n{{BotName}} restart confirm shop checkout\n"},
		{"restart namespace staging", "Found no deployments in staging. Begin again:", "{{BotName}} restart\n"},
		{"restart confirm shop cart", "To restart cart in shop, confirm it. A reason may follow:", "{{BotName}} restart run shop cart\n"},
		{"restart run shop cart", "Ada restarted cart in shop", ""},
		{"restart run shop cart it is slow", "Ada restarted cart in shop: it is slow", ""},
	} {
		in := input(tt.command, nil)
		in.Context.IsInteractivitySupported = false
		want := executor.ExecuteOutput{Message: api.Message{BaseBody: api.Body{Plaintext: tt.plaintext, CodeBlock: tt.code}}}
		diff(t, tt.command, want, execute(t, in))
	}
	in := executor.ExecuteInput{Command: "restart run shop cart"}
	diff(t, "no user", "Somebody restarted cart in shop", execute(t, in).Message.BaseBody.Plaintext)
}

func TestInvalidCommandsOverGRPC(t *testing.T) {
	for _, command := range []string{
		"", "restar", "restart all", "restart namespace", "restart namespace blog", "restart namespace shop cart",
		"restart deployment cart", // without a state there is no namespace
		"restart confirm shop", "restart confirm shop web", "restart confirm staging cart", "restart run", "restart run shop web slow",
	} {
		found := `"` + command + `"`
		if command == "" {
			found = "nothing"
		}
		want := executor.ExecuteOutput{Message: api.Message{BaseBody: api.Body{
			Plaintext: "Found " + found + ", want a command for a namespace and a deployment of the config. Begin with:",
			CodeBlock: "{{BotName}} restart",
		}}}
		diff(t, command, want, execute(t, input(command, nil)))
	}
}

func TestHelpOverGRPC(t *testing.T) {
	got, err := plugintest.ServeExecutor(t, server{}).Help(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "help", api.Message{Sections: []api.Section{{
		Base: api.Base{Header: "Restart", Description: "An example of interactive messages. It restarts nothing."},
		Buttons: api.Buttons{{
			Name: "Choose a deployment", Command: "{{BotName}} restart", Description: "{{BotName}} restart",
			DescriptionStyle: api.ButtonDescriptionStyleCode,
		}},
	}}}, got)
}

func TestMetadata(t *testing.T) {
	want := api.MetadataOutput{
		Version:          "dev",
		Description:      "Asks which deployment to restart, as an example of interactive messages. It restarts nothing.",
		DocumentationURL: "https://docs.botkube.io/plugins/",
		JSONSchema:       api.JSONSchema{Value: configSchema},
	}
	plugintest.CheckMetadata(t, plugintest.ServeExecutor(t, server{}), want)

	want.Version, want.DocumentationURL = plugintest.Version, plugintest.DocsBase+"/plugins/restart"
	plugintest.CheckMetadata(t, plugintest.StartExecutor(t), want)
}
