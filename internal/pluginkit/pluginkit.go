// Package pluginkit holds what all plugins share: it assembles their metadata, merges their
// configs, and reports every problem in a config.
//
// A plugin lists the fields of its config, each with its default, a description of valid values,
// and rules:
//
//	merged := config{interval: time.Minute}
//	err := pluginkit.MergeConfigs(in.Configs,
//		pluginkit.NewField("interval", &merged.interval, "a Go duration of at least 1s", atLeastOneSecond))
package pluginkit

import "github.com/kubeshop/botkube/pkg/api"

// Metadata describes a plugin in the plugin index.
//
// The release sets version and docsBase at link time. docsBase is the URL of the repository's root
// at the release tag; the documentation URL is plugins/<name> below it. If docsBase is empty, the
// documentation URL is Botkube's own page about plugins. configSchema is the JSON Schema of the
// plugin's config.
func Metadata(name, description, version, docsBase, configSchema string) api.MetadataOutput {
	documentation := "https://docs.botkube.io/plugins/"
	if docsBase != "" {
		documentation = docsBase + "/plugins/" + name
	}
	return api.MetadataOutput{
		Version:          version,
		Description:      description,
		DocumentationURL: documentation,
		JSONSchema:       api.JSONSchema{Value: configSchema},
	}
}
