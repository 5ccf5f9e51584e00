package main

import (
	"context"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

// version is set by GoReleaser.
var version = "dev"

type msg struct{}

// Metadata describes the plugin.
func (msg) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{Version: version, Description: "Shows buttons."}, nil
}

// Execute shows two buttons, and what was pressed.
func (msg) Execute(_ context.Context, in executor.ExecuteInput) (executor.ExecuteOutput, error) {
	button := api.NewMessageButtonBuilder()
	return executor.ExecuteOutput{Message: api.Message{
		BaseBody: api.Body{Plaintext: "you wrote: " + in.Command},
		Sections: []api.Section{{Buttons: api.Buttons{
			button.ForCommandWithDescCmd("First", "msg first"),
			button.ForCommandWithDescCmd("Second", "msg second"),
		}}},
	}}, nil
}

// Help explains the command.
func (msg) Help(context.Context) (api.Message, error) {
	return api.NewPlaintextMessage("msg: shows buttons", true), nil
}

func main() {
	executor.Serve(map[string]plugin.Plugin{"msg": &executor.Plugin{Executor: msg{}}})
}
