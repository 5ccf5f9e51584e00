// Command myplugin is a Botkube executor that greets.
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
	name        = "myplugin"
	description = "Greets whoever it is told to."
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

// server implements the executor's side of Botkube's plugin protocol.
type server struct{}

// Metadata describes the plugin; it ends up in the plugin index.
func (server) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{
		Version:          version,
		Description:      description,
		DocumentationURL: documentationURL(),
		JSONSchema:       api.JSONSchema{Value: configSchema},
	}, nil
}

// Execute answers a command, and is where the plugin's own work begins. A wrong config is an error; a wrong command is
// answered with how to write it.
func (server) Execute(_ context.Context, in executor.ExecuteInput) (executor.ExecuteOutput, error) {
	cfg, err := mergeConfigs(in.Configs)
	if err != nil {
		return executor.ExecuteOutput{}, err
	}
	words := strings.Fields(in.Command) // the first is the plugin's name
	if len(words) != 3 || words[1] != "greet" {
		return executor.ExecuteOutput{Message: usage(fmt.Sprintf("Found %q, want someone to greet", in.Command))}, nil
	}
	return executor.ExecuteOutput{Message: api.NewCodeBlockMessage(cfg.Greeting+", "+words[2], true)}, nil
}

// Help tells how to use the plugin; Botkube shows it as the answer to the plugin's name and "help".
func (server) Help(context.Context) (api.Message, error) {
	return usage("Tell it whom to greet"), nil
}

// usage shows how to write a command. Botkube puts in the bot's name.
func usage(text string) api.Message {
	return api.Message{BaseBody: api.Body{
		Plaintext: text + ", for example:",
		CodeBlock: api.MessageBotNamePlaceholder + " " + name + " greet Ada",
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
	executor.Serve(map[string]plugin.Plugin{name: &executor.Plugin{Executor: server{}}})
}
