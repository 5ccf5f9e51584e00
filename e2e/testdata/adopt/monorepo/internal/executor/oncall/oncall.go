// Package oncall implements an executor that answers who is on call.
package oncall

import (
	"context"
	_ "embed"
	"errors"
	"time"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"

	"example.com/ops-plugins/internal/config"
)

// Name is the name of the plugin.
const Name = "oncall"

//go:embed config_schema.json
var schema string

// Executor answers commands.
type Executor struct{ version string }

// New returns an executor that reports a version.
func New(version string) Executor { return Executor{version} }

// Metadata describes the plugin.
func (e Executor) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{
		Version:     e.version,
		Description: "Says who is on call this week.",
		JSONSchema:  api.JSONSchema{Value: schema},
	}, nil
}

// Execute answers with a member of the team. They take turns, a week each.
func (Executor) Execute(_ context.Context, in executor.ExecuteInput) (executor.ExecuteOutput, error) {
	var cfg struct {
		Team []string `yaml:"team"`
	}
	for _, c := range in.Configs {
		if err := config.Decode(c.RawYAML, &cfg); err != nil {
			return executor.ExecuteOutput{}, err
		}
	}
	if len(cfg.Team) == 0 {
		return executor.ExecuteOutput{}, errors.New("the config has no team")
	}
	_, week := time.Now().ISOWeek()
	return executor.ExecuteOutput{Message: api.NewPlaintextMessage(cfg.Team[week%len(cfg.Team)], true)}, nil
}

// Help explains the command.
func (Executor) Help(context.Context) (api.Message, error) {
	return api.NewPlaintextMessage("oncall: says who is on call this week", true), nil
}
