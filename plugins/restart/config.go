package main

import (
	"regexp"
	"slices"

	"botkube-plugins/internal/pluginkit"

	"github.com/kubeshop/botkube/pkg/api/executor"
)

// config is what operators set. Describe every change of it in config_schema.json and README.md.
type config struct {
	deployments map[string][]string // the names of deployments by namespace
}

// mergeConfigs returns the merged configs, with defaults for fields that none of them sets. The
// error lists every problem in them.
func mergeConfigs(configs []*executor.Config) (config, error) {
	merged := config{deployments: map[string][]string{"shop": {"cart", "checkout"}, "staging": {}}}
	err := pluginkit.MergeConfigs(configs,
		pluginkit.NewField("deployments", &merged.deployments,
			"1 to 100 namespaces, each with a list of at most 100 different deployments, all with valid Kubernetes names", areValid),
	)
	return merged, err
}

// maxOptions is how many options Slack allows in a group of a select
// (https://docs.slack.dev/reference/block-kit/composition-objects/option-group-object).
const maxOptions = 100

var validName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

func areValid(deployments map[string][]string) bool {
	for namespace, names := range deployments {
		unique := slices.Compact(slices.Sorted(slices.Values(names)))
		if names == nil || len(names) > maxOptions || len(unique) < len(names) || !validName.MatchString(namespace) ||
			slices.ContainsFunc(names, func(name string) bool { return !validName.MatchString(name) }) {
			return false
		}
	}
	return len(deployments) > 0 && len(deployments) <= maxOptions
}
