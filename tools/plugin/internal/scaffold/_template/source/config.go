package main

import (
	"botkube-plugins/internal/pluginkit"

	"github.com/kubeshop/botkube/pkg/api/source"
)

// config is what operators set. Describe every change of it in config_schema.json and README.md.
type config struct {
	message string
}

// mergeConfigs returns the merged configs, with defaults for fields that none of them sets. The
// error lists every problem in them.
func mergeConfigs(configs []*source.Config) (config, error) {
	merged := config{message: "Hello"}
	err := pluginkit.MergeConfigs(configs,
		pluginkit.NewField("message", &merged.message, "a text that is not blank", pluginkit.NotBlank),
	)
	return merged, err
}
