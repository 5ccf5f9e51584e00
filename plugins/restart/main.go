// Restart is a Botkube executor that shows how to use interactive messages: it asks for a
// namespace, a deployment, a reason and a confirmation. It restarts nothing.
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
	name        = "restart"
	description = "Asks which deployment to restart, as an example of interactive messages. It restarts nothing."
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

// Execute answers a command. An invalid config is an error. The answer to an invalid command
// shows a valid one.
func (server) Execute(_ context.Context, in executor.ExecuteInput) (executor.ExecuteOutput, error) {
	cfg, err := mergeConfigs(in.Configs)
	if err != nil {
		return executor.ExecuteOutput{}, err
	}
	verb, c, ok := cfg.parse(in)
	switch {
	case !ok || !cfg.has(c):
		return executor.ExecuteOutput{Message: usage(in.Command)}, nil
	case verb == "run":
		return c.done(in.Context), nil
	case !in.Context.IsInteractivitySupported:
		return executor.ExecuteOutput{Message: cfg.text(c)}, nil
	case verb == "confirm":
		return executor.ExecuteOutput{Message: c.confirmation()}, nil
	}
	message := cfg.form(c)
	message.ReplaceOriginal = verb != "" // the first form must not replace what everybody sees
	return executor.ExecuteOutput{Message: message}, nil
}

// Help explains how to use the plugin. Botkube shows it as the answer to "restart help". On
// platforms without buttons, it shows the button's command instead.
func (server) Help(context.Context) (api.Message, error) {
	return api.Message{Sections: []api.Section{{
		Base:    api.Base{Header: "Restart", Description: "An example of interactive messages. It restarts nothing."},
		Buttons: api.Buttons{api.NewMessageButtonBuilder().ForCommandWithDescCmd("Choose a deployment", name)},
	}}}, nil
}

// usage is the answer to an invalid command. Botkube fills in the bot's name.
func usage(command string) api.Message {
	return api.Message{BaseBody: api.Body{
		Plaintext: fmt.Sprintf("Found %s, want a command for a namespace and a deployment of the config. Begin with:",
			problem.Quote(strings.TrimSpace(command))),
		CodeBlock: bot + name,
	}}
}

func main() {
	// Botkube finds the plugin by its type; the key is only a label.
	executor.Serve(map[string]plugin.Plugin{name: &executor.Plugin{Executor: server{}}})
}
