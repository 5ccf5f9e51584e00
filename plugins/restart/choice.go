package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kubeshop/botkube/pkg/api/executor"
)

// choice is what the user has chosen so far. What is not chosen is empty.
type choice struct {
	namespace, deployment, reason string
}

// The commands of the form's controls. Botkube adds the selected option. Without the bot's name,
// they are also the IDs of the controls in the form's state.
const (
	namespaceCommand  = name + " namespace"
	deploymentCommand = name + " deployment"
	reasonCommand     = name + " reason"
)

// parse returns the verb of a command, and what it and the state of the form choose. It returns
// false if the command is invalid.
func (cfg config) parse(in executor.ExecuteInput) (verb string, c choice, ok bool) {
	words := strings.Fields(in.Command)
	if len(words) == 0 || words[0] != name {
		return "", choice{}, false
	}
	if len(words) == 1 {
		return "", choice{}, true
	}
	verb, args := words[1], words[2:]
	c = stateOf(in.Context)
	switch {
	case verb == "namespace" && len(args) == 1:
		if c.namespace = args[0]; !cfg.has(c) { // the deployment was one of another namespace
			c.deployment = ""
		}
		return verb, c, true
	case verb == "deployment" && len(args) == 1:
		c.deployment = args[0]
		return verb, c, c.namespace != ""
	case (verb == "confirm" || verb == "choose") && len(args) == 2:
		return verb, choice{args[0], args[1], c.reason}, true
	case verb == "run" && len(args) >= 2:
		return verb, choice{args[0], args[1], strings.Trim(strings.Join(args[2:], " "), `"`)}, true
	}
	return "", choice{}, false
}

// stateOf returns what is selected and typed in the form. Botkube passes it with each press of a
// button and each selected option, and nothing with a command that the user types.
func stateOf(in executor.ExecuteInputContext) (c choice) {
	if in.SlackState == nil {
		return c
	}
	for _, block := range in.SlackState.Values {
		c.namespace = cmp.Or(c.namespace, block[namespaceCommand].SelectedOption.Value)
		c.deployment = cmp.Or(c.deployment, block[deploymentCommand].SelectedOption.Value)
		c.reason = cmp.Or(c.reason, block[reasonCommand].Value)
	}
	return c
}

// has reports whether the config has the namespace and the deployment, as far as they are chosen.
func (cfg config) has(c choice) bool {
	deployments, ok := cfg.deployments[c.namespace]
	return (ok || c.namespace == "") && (c.deployment == "" || slices.Contains(deployments, c.deployment))
}
