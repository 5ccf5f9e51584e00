// Echo is a Botkube executor that answers with the text it is given.
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
	name        = "echo"
	description = "Answers with the text it is given, in upper case if configured so."
	example     = name + " hello"
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
	text, ok := parseCommand(in.Command)
	if !ok {
		return executor.ExecuteOutput{Message: usage(in.Command)}, nil
	}
	if cfg.upperCase {
		text = strings.ToUpper(text)
	}
	return executor.ExecuteOutput{Message: api.NewCodeBlockMessage(text, true)}, nil
}

// Help explains how to use the plugin. Botkube shows it as the answer to "echo help". On platforms
// without buttons, it shows the button's command instead.
func (server) Help(context.Context) (api.Message, error) {
	return api.Message{Sections: []api.Section{{
		Base: api.Base{
			Header:      "Echo",
			Description: "Write echo and then a text, and the answer is that text. For example:",
		},
		Buttons: api.Buttons{api.NewMessageButtonBuilder().ForCommandWithDescCmd("Try it", example)},
	}}}, nil
}

// parseCommand returns the text after the plugin's name, with which every command from Botkube
// begins. It returns false if there is none. It keeps white space inside the text.
func parseCommand(command string) (text string, ok bool) {
	words := strings.Fields(command)
	if len(words) < 2 || words[0] != name {
		return "", false
	}
	_, text, _ = strings.Cut(command, name)
	return strings.TrimSpace(text), true
}

// usage is the answer to an invalid command. Botkube fills in the bot's name.
func usage(command string) api.Message {
	return api.Message{BaseBody: api.Body{
		Plaintext: fmt.Sprintf("Found %s, want echo followed by a text, for example:", problem.Quote(strings.TrimSpace(command))),
		CodeBlock: api.MessageBotNamePlaceholder + " " + example,
	}}
}

func main() {
	// Botkube finds the plugin by its type; the key is only a label.
	executor.Serve(map[string]plugin.Plugin{name: &executor.Plugin{Executor: server{}}})
}
