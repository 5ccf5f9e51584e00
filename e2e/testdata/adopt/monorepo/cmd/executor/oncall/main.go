package main

import (
	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api/executor"

	"example.com/ops-plugins/internal/executor/oncall"
)

// version is set by GoReleaser.
var version = "dev"

func main() {
	executor.Serve(map[string]plugin.Plugin{
		oncall.Name: &executor.Plugin{Executor: oncall.New(version)},
	})
}
