package main

import (
	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api/executor"

	"example.com/ops-plugins/internal/executor/runbook"
)

// version is set by GoReleaser.
var version = "dev"

func main() {
	executor.Serve(map[string]plugin.Plugin{
		runbook.Name: &executor.Plugin{Executor: runbook.New(version)},
	})
}
