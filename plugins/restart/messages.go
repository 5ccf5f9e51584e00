package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

// bot is the placeholder for the bot's name, with which Botkube begins a command.
const bot = api.MessageBotNamePlaceholder + " "

var buttons = api.NewMessageButtonBuilder()

// form asks for what is not chosen yet. Only the user sees it, and each step replaces the last.
func (cfg config) form(c choice) api.Message {
	// The ID is the same in each step, so that Slack keeps the state.
	selects := api.Selects{ID: "restart", Items: []api.Select{cfg.namespaceSelect(c)}}
	if c.namespace != "" {
		selects.Items = append(selects.Items, cfg.deploymentSelect(c))
	}
	sections := []api.Section{{
		Base:    api.Base{Header: "Restart a deployment", Description: "Choose a namespace, then a deployment."},
		Selects: selects,
	}}
	if c.deployment != "" {
		sections = append(sections, api.Section{
			PlaintextInputs: api.LabelInputs{{
				Command: bot + reasonCommand, Text: "Reason", Placeholder: "why it must restart (optional)",
			}},
			Buttons: api.Buttons{
				buttons.ForCommandWithoutDesc("Continue", fmt.Sprintf("%s confirm %s %s", name, c.namespace, c.deployment), api.ButtonStylePrimary),
			},
		})
	}
	return api.Message{OnlyVisibleForYou: true, Sections: sections}
}

// namespaceSelect groups the namespaces by whether they have deployments.
func (cfg config) namespaceSelect(c choice) api.Select {
	var groups []api.OptionGroup
	for _, group := range []api.OptionGroup{{Name: "With deployments"}, {Name: "Without deployments"}} {
		for _, namespace := range slices.Sorted(maps.Keys(cfg.deployments)) {
			if (len(cfg.deployments[namespace]) > 0) == (group.Name == "With deployments") {
				group.Options = append(group.Options, option(namespace))
			}
		}
		if len(group.Options) > 0 { // Slack rejects an empty group
			groups = append(groups, group)
		}
	}
	return api.Select{
		Type: api.StaticSelect, Name: "Namespace", Command: bot + namespaceCommand,
		OptionGroups: groups, InitialOption: initial(c.namespace),
	}
}

// deploymentSelect has the deployments of a namespace. If there are none, it is an external
// select, since Slack rejects a static one without options. Botkube offers no options for it.
func (cfg config) deploymentSelect(c choice) api.Select {
	deployments := cfg.deployments[c.namespace]
	if len(deployments) == 0 {
		return api.Select{Type: api.ExternalSelect, Name: "Deployment", InitialOption: initial("none")}
	}
	group := api.OptionGroup{Name: "Deployments"}
	for _, deployment := range deployments {
		group.Options = append(group.Options, option(deployment))
	}
	return api.Select{
		Type: api.StaticSelect, Name: "Deployment", Command: bot + deploymentCommand,
		OptionGroups: []api.OptionGroup{group}, InitialOption: initial(c.deployment),
	}
}

func option(value string) api.OptionItem { return api.OptionItem{Name: value, Value: value} }

// initial is the option that is selected, or nil.
func initial(value string) *api.OptionItem {
	if value == "" {
		return nil
	}
	selected := option(value)
	return &selected
}

// quotes are what the reason in a command must not have: Botkube splits a command like a shell, and
// rejects it if a quote has no pair (ParseFlags in its pkg/execute/params.go).
var quotes = strings.NewReplacer(`"`, "", "'", "", "“", "", "”", "", "‘", "", "’", "", `\`, "")

// confirmation replaces the form. Its state is lost, so the button's command has all of it.
func (c choice) confirmation() api.Message {
	run := fmt.Sprintf("%s run %s %s", name, c.namespace, c.deployment)
	if reason := strings.TrimSpace(quotes.Replace(c.reason)); reason != "" {
		run += ` "` + reason + `"`
	}
	return api.Message{OnlyVisibleForYou: true, ReplaceOriginal: true, Sections: []api.Section{{
		Base: api.Base{Header: "Restart it?"},
		TextFields: api.TextFields{
			{Key: "Namespace", Value: c.namespace}, {Key: "Deployment", Value: c.deployment}, {Key: "Reason", Value: cmp.Or(c.reason, "none")},
		},
		Buttons: api.Buttons{
			buttons.ForCommandWithoutDesc("Restart", run, api.ButtonStyleDanger),
			buttons.ForCommandWithoutDesc("Back", fmt.Sprintf("%s choose %s %s", name, c.namespace, c.deployment)),
		},
		Context: api.ContextItems{{Text: "An example: nothing is restarted."}},
	}}}
}

// done replaces the confirmation and announces the restart to everybody.
func (c choice) done(in executor.ExecuteInputContext) executor.ExecuteOutput {
	text := fmt.Sprintf("%s restarted %s in %s", cmp.Or(in.Message.User.DisplayName, "Somebody"), c.deployment, c.namespace)
	if c.reason != "" {
		text += ": " + c.reason
	}
	announcement := api.NewPlaintextMessage(text, false)
	if !in.IsInteractivitySupported {
		return executor.ExecuteOutput{Message: announcement}
	}
	confirmed := api.NewPlaintextMessage("Done.", false)
	confirmed.OnlyVisibleForYou, confirmed.ReplaceOriginal = true, true
	return executor.ExecuteOutput{Message: confirmed, Messages: []api.Message{announcement}}
}

// text says on platforms without buttons which command to type next.
func (cfg config) text(c choice) api.Message {
	body := api.Body{Plaintext: "Choose a namespace:"}
	line := func(command string) { body.CodeBlock += bot + command + "\n" }
	switch {
	case c.deployment != "":
		body.Plaintext = fmt.Sprintf("To restart %s in %s, confirm it. A reason may follow:", c.deployment, c.namespace)
		line(fmt.Sprintf("%s run %s %s", name, c.namespace, c.deployment))
	case c.namespace == "":
		for _, namespace := range slices.Sorted(maps.Keys(cfg.deployments)) {
			line(namespaceCommand + " " + namespace)
		}
	case len(cfg.deployments[c.namespace]) == 0:
		body.Plaintext = fmt.Sprintf("Found no deployments in %s. Begin again:", c.namespace)
		line(name)
	default:
		body.Plaintext = "Choose a deployment:"
		for _, deployment := range cfg.deployments[c.namespace] {
			line(fmt.Sprintf("%s confirm %s %s", name, c.namespace, deployment))
		}
	}
	return api.Message{BaseBody: body}
}
