package main

import (
	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api/source"

	"example.com/ops-plugins/internal/source/alerts"
)

// version is set by GoReleaser.
var version = "dev"

func main() {
	source.Serve(map[string]plugin.Plugin{
		alerts.Name: &source.Plugin{Source: alerts.New(version)},
	})
}
