// Echo is a Botkube executor that answers with the text it is given.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

const (
	name        = "echo"
	description = "Answers with the text it is given, in upper case if configured so."
	example     = name + " hello"
)

// Set at link time, for a release with
//
//	-ldflags "-X main.version=v1.2.3 -X main.docsBase=https://github.com/OWNER/REPO/tree/v1.2.3"
var (
	version  = "dev"
	docsBase = ""
)

//go:embed config_schema.json
var configSchema string

// echo implements the executor's side of Botkube's plugin protocol.
type echo struct{}

// Metadata describes the plugin; it ends up in the plugin index.
func (echo) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{
		Version:          version,
		Description:      description,
		DocumentationURL: documentationURL(),
		JSONSchema:       api.JSONSchema{Value: configSchema},
	}, nil
}

// Execute answers a command. A wrong config is an error; a wrong command is answered with how to write it.
func (echo) Execute(_ context.Context, in executor.ExecuteInput) (executor.ExecuteOutput, error) {
	cfg, err := parseConfigs(in.Configs)
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

// Help tells how to use the plugin; Botkube shows it as the answer to "echo help". Where there are no buttons,
// Botkube writes out the button's command instead.
func (echo) Help(context.Context) (api.Message, error) {
	return api.Message{Sections: []api.Section{{
		Base: api.Base{
			Header:      "Echo",
			Description: "Write echo and then a text, and the answer is that text. For example:",
		},
		Buttons: api.Buttons{api.NewMessageButtonBuilder().ForCommandWithDescCmd("Try it", example)},
	}}}, nil
}

// parseCommand returns the text after the plugin's name, with which each command that Botkube passes starts,
// and whether there is one. White space within the text is part of it.
func parseCommand(command string) (text string, ok bool) {
	words := strings.Fields(command)
	if len(words) < 2 || words[0] != name {
		return "", false
	}
	_, text, _ = strings.Cut(command, name)
	return strings.TrimSpace(text), true
}

// usage answers a command that is none of this plugin's. Botkube puts in the bot's name.
func usage(command string) api.Message {
	return api.Message{BaseBody: api.Body{
		Plaintext: fmt.Sprintf("Found %s, want echo followed by a text, for example:", found(strings.TrimSpace(command))),
		CodeBlock: api.MessageBotNamePlaceholder + " " + example,
	}}
}

// documentationURL points to this plugin's directory in the very repository and tag it was built from, so that a fork
// needs no edit. A build that was not told where that is points to Botkube's own page on plugins.
func documentationURL() string {
	if docsBase == "" {
		return "https://docs.botkube.io/plugins/"
	}
	return docsBase + "/plugins/" + name
}

func main() {
	// Botkube dispenses a plugin by its type; the key only names it.
	executor.Serve(map[string]plugin.Plugin{name: &executor.Plugin{Executor: echo{}}})
}
