package main

import (
	"context"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

// version is set by GoReleaser.
var version = "dev"

type echo struct{}

// Metadata describes the plugin.
func (echo) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{Version: version, Description: "Repeats a command."}, nil
}

// Execute repeats the command.
func (echo) Execute(_ context.Context, in executor.ExecuteInput) (executor.ExecuteOutput, error) {
	return executor.ExecuteOutput{Message: api.NewCodeBlockMessage(in.Command, true)}, nil
}

// Help explains the command.
func (echo) Help(context.Context) (api.Message, error) {
	return api.NewPlaintextMessage("echo TEXT: repeats the command", true), nil
}

func main() {
	executor.Serve(map[string]plugin.Plugin{"echo": &executor.Plugin{Executor: echo{}}})
}
