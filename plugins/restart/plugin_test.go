package main

import (
	"testing"

	"botkube-plugins/internal/pluginkit/plugintest"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

func options(values ...string) (items []api.OptionItem) {
	for _, value := range values {
		items = append(items, api.OptionItem{Name: value, Value: value})
	}
	return items
}

// form is the form in which a namespace, if any, is selected, and has more selects.
func form(namespace *api.OptionItem, more ...api.Select) api.Message {
	return api.Message{
		OnlyVisibleForYou: true, ReplaceOriginal: namespace != nil,
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
func TestForm(t *testing.T) {
	type values = map[string]string
	const namespace, deployment, reason = "restart namespace", "restart deployment", "restart reason"
	shop, cart, staging := &options("shop")[0], &options("cart")[0], &options("staging")[0]
	none := api.Select{Type: api.ExternalSelect, Name: "Deployment", InitialOption: &options("none")[0]}
	chosen := form(shop, deploymentsOf(cart))
	chosen.Sections = append(chosen.Sections, api.Section{
		PlaintextInputs: api.LabelInputs{{
			Command: "{{BotName}} restart reason", Text: "Reason", Placeholder: "why it must restart (optional)",
		}},
		Buttons: api.Buttons{{Name: "Continue", Command: "{{BotName}} restart confirm shop cart", Style: api.ButtonStylePrimary}},
	})
	confirmation := func(reason, command string) api.Message {
		return api.Message{OnlyVisibleForYou: true, ReplaceOriginal: true, Sections: []api.Section{{
			Base:       api.Base{Header: "Restart it?"},
			TextFields: api.TextFields{{Key: "Namespace", Value: "shop"}, {Key: "Deployment", Value: "cart"}, {Key: "Reason", Value: reason}},
			Buttons: api.Buttons{
				{Name: "Restart", Command: command, Style: api.ButtonStyleDanger},
				{Name: "Back", Command: "{{BotName}} restart choose shop cart"},
			},
			Context: api.ContextItems{{Text: "An example: nothing is restarted."}},
		}}}
	}
	pressed := plugintest.Pressed
	plugintest.CheckExecute(t, server{}, []plugintest.ExecuteCase{
		{Name: "the command", Command: "restart", Context: pressed(nil, nil), Want: form(nil)},
		{
			Name: "a namespace", Command: "restart namespace shop", Context: pressed(values{namespace: "shop"}, nil),
			Want: form(shop, deploymentsOf(nil)),
		},
		{
			Name: "a deployment", Command: "restart deployment cart",
			Context: pressed(values{namespace: "shop", deployment: "cart"}, nil), Want: chosen,
		},
		{
			Name: "the same namespace", Command: "restart namespace shop",
			Context: pressed(values{namespace: "shop", deployment: "cart"}, nil), Want: chosen,
		},
		{
			Name: "another namespace, without deployments", Command: "restart namespace staging",
			Context: pressed(values{namespace: "staging", deployment: "cart"}, nil), Want: form(staging, none),
		},
		{
			Name: "Continue", Command: "restart confirm shop cart", Context: pressed(values{namespace: "shop", deployment: "cart"}, nil),
			Want: confirmation("none", "{{BotName}} restart run shop cart"),
		},
		{
			Name: "Continue with a reason", Command: "restart confirm shop cart",
			Context: pressed(values{namespace: "shop", deployment: "cart"}, values{reason: `it's "(very)" slow\`}),
			Want:    confirmation(`it's "(very)" slow\`, `{{BotName}} restart run shop cart "its (very) slow"`),
		},
		{Name: "Back", Command: "restart choose shop cart", Context: pressed(nil, nil), Want: chosen},
		{
			Name: "Restart", Command: `restart run shop cart "it is slow"`, Context: pressed(nil, nil),
			Want:     api.Message{OnlyVisibleForYou: true, ReplaceOriginal: true, BaseBody: api.Body{Plaintext: "Done."}},
			WantMore: []api.Message{api.NewPlaintextMessage("Ada restarted cart in shop: it is slow", false)},
		},
	})
}

// Without buttons, each answer shows the commands of the next step.
func TestText(t *testing.T) {
	text := func(plaintext, code string) api.Message {
		return api.Message{BaseBody: api.Body{Plaintext: plaintext, CodeBlock: code}}
	}
	ada := executor.ExecuteInputContext{Message: executor.Message{User: executor.User{DisplayName: "Ada"}}}
	plugintest.CheckExecute(t, server{}, []plugintest.ExecuteCase{
		{
			Name: "the command", Command: "restart",
			Want: text("Choose a namespace:", "{{BotName}} restart namespace shop\n{{BotName}} restart namespace staging\n"),
		},
		{
			Name: "a namespace", Command: "restart namespace shop",
			Want: text("Choose a deployment:", "{{BotName}} restart confirm shop cart\n{{BotName}} restart confirm shop checkout\n"),
		},
		{
			Name: "a namespace without deployments", Command: "restart namespace staging",
			Want: text("Found no deployments in staging. Begin again:", "{{BotName}} restart\n"),
		},
		{
			Name: "a deployment", Command: "restart confirm shop cart",
			Want: text("To restart cart in shop, confirm it. A reason may follow:", "{{BotName}} restart run shop cart\n"),
		},
		{Name: "confirmed", Command: "restart run shop cart", Context: ada, Want: text("Ada restarted cart in shop", "")},
		{Name: "a reason", Command: "restart run shop cart it is slow", Context: ada, Want: text("Ada restarted cart in shop: it is slow", "")},
		{Name: "no user", Command: "restart run shop cart", Want: text("Somebody restarted cart in shop", "")},
	})
}

func TestInvalidCommands(t *testing.T) {
	var cases []plugintest.ExecuteCase
	for _, command := range []string{
		"", "restar", "restart all", "restart namespace", "restart namespace blog", "restart namespace shop cart",
		"restart deployment cart", // without a state there is no namespace
		"restart confirm shop", "restart confirm shop web", "restart confirm staging cart", "restart run", "restart run shop web slow",
	} {
		found := `"` + command + `"`
		if command == "" {
			found = "nothing"
		}
		cases = append(cases, plugintest.ExecuteCase{
			Name: command, Command: command, Context: plugintest.Pressed(nil, nil),
			Want: api.Message{BaseBody: api.Body{
				Plaintext: "Found " + found + ", want a command for a namespace and a deployment of the config. Begin with:",
				CodeBlock: "{{BotName}} restart",
			}},
		})
	}
	plugintest.CheckExecute(t, server{}, cases)
}

func TestHelp(t *testing.T) {
	plugintest.CheckHelp(t, server{}, api.Message{Sections: []api.Section{{
		Base: api.Base{Header: "Restart", Description: "An example of interactive messages. It restarts nothing."},
		Buttons: api.Buttons{{
			Name: "Choose a deployment", Command: "{{BotName}} restart", Description: "{{BotName}} restart",
			DescriptionStyle: api.ButtonDescriptionStyleCode,
		}},
	}}})
}

func TestMetadata(t *testing.T) {
	plugintest.CheckExecutorMetadata(t, server{}, "restart", api.MetadataOutput{
		Description: "Asks which deployment to restart, as an example of interactive messages. It restarts nothing.",
		JSONSchema:  api.JSONSchema{Value: configSchema},
	})
}
