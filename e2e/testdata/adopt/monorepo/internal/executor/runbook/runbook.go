// Package runbook implements an executor that finds the runbook of an alert.
package runbook

import (
	"context"
	"net/url"
	"strings"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

// Name is the name of the plugin.
const Name = "runbook"

const base = "https://runbooks.example.com/"

// Executor answers commands.
type Executor struct{ version string }

// New returns an executor that reports a version.
func New(version string) Executor { return Executor{version} }

// Metadata describes the plugin.
func (e Executor) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{Version: e.version, Description: "Finds the runbook of an alert."}, nil
}

// Execute answers with the URL of the runbook.
func (Executor) Execute(_ context.Context, in executor.ExecuteInput) (executor.ExecuteOutput, error) {
	_, alert, ok := strings.Cut(in.Command, " ")
	if !ok {
		return executor.ExecuteOutput{Message: api.NewPlaintextMessage("write: runbook ALERT", true)}, nil
	}
	return executor.ExecuteOutput{Message: api.NewPlaintextMessage(base+url.PathEscape(alert), true)}, nil
}

// Help explains the command.
func (Executor) Help(context.Context) (api.Message, error) {
	return api.NewPlaintextMessage("runbook ALERT: finds the runbook of an alert", true), nil
}
