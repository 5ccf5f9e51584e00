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
	if len(words) != 3 || words[1] != "greet" {
		found := fmt.Sprintf("Found %s, want greet and a name", problem.Quote(in.Command))
		return executor.ExecuteOutput{Message: usage(found)}, nil
	}
	return executor.ExecuteOutput{Message: api.NewCodeBlockMessage(cfg.greeting+", "+words[2], true)}, nil
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
