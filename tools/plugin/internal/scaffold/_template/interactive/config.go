package main

import (
	"botkube-plugins/internal/pluginkit"

	"github.com/kubeshop/botkube/pkg/api/executor"
)

// config is what operators set. Describe every change of it in config_schema.json and README.md.
type config struct {
	greeting string
}

// mergeConfigs returns the merged configs, with defaults for fields that none of them sets. The
// error lists every problem in them.
func mergeConfigs(configs []*executor.Config) (config, error) {
	merged := config{greeting: "Hello"}
	err := pluginkit.MergeConfigs(configs,
		pluginkit.NewField("greeting", &merged.greeting, "a text that is not blank", pluginkit.NotBlank),
	)
	return merged, err
}
