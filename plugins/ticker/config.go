package main

import (
	"time"

	"botkube-plugins/internal/pluginkit"

	"github.com/kubeshop/botkube/pkg/api/source"
)

// config is what operators set. Describe every change of it in config_schema.json and README.md.
type config struct {
	interval time.Duration
}

// mergeConfigs returns the merged configs, with defaults for fields that none of them sets. The
// error lists every problem in them.
func mergeConfigs(configs []*source.Config) (config, error) {
	merged := config{interval: time.Minute}
	err := pluginkit.MergeConfigs(configs,
		pluginkit.NewField("interval", &merged.interval, `a Go duration of at least 1s, such as "30s" or "5m"`, isLongEnough),
	)
	return merged, err
}

func isLongEnough(interval time.Duration) bool { return interval >= time.Second }
