// Cloud is a Botkube executor that runs cloudctl, which Botkube downloads next to it.
package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

// version is set by GoReleaser.
var version = "dev"

type cloud struct{}

// Metadata describes the plugin.
func (cloud) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{Version: version, Description: "Runs cloudctl."}, nil
}

// Execute runs cloudctl with the words after the command.
func (cloud) Execute(ctx context.Context, in executor.ExecuteInput) (executor.ExecuteOutput, error) {
	path := filepath.Join(os.Getenv("PLUGIN_DEPENDENCY_DIR"), "cloudctl")
	out, err := exec.CommandContext(ctx, path, strings.Fields(in.Command)[1:]...).Output()
	if err != nil {
		return executor.ExecuteOutput{}, err
	}
	return executor.ExecuteOutput{Message: api.NewCodeBlockMessage(string(out), true)}, nil
}

// Help explains the command.
func (cloud) Help(context.Context) (api.Message, error) {
	return api.NewPlaintextMessage("cloud COMMAND: runs cloudctl", true), nil
}

func main() {
	executor.Serve(map[string]plugin.Plugin{"cloud": &executor.Plugin{Executor: cloud{}}})
}
