// Package pluginkit has what all plugins share: their metadata, and configs that are merged with
// every problem in them reported.
//
// A plugin lists the fields of its config, each with its default, what is wanted, and rules:
//
//	merged := config{interval: time.Minute}
//	err := pluginkit.MergeConfigs(in.Configs,
//		pluginkit.NewField("interval", &merged.interval, "a Go duration of at least 1s", atLeastOneSecond))
package pluginkit

import "github.com/kubeshop/botkube/pkg/api"

// Metadata describes a plugin in the plugin index.
//
// version and docsBase are what the release sets at link time. docsBase is the URL of the root of
// the repository at the release's tag, below which the documentation is the plugin's directory,
// plugins/<name>. If it is empty, the documentation is Botkube's own page on plugins.
// configSchema is the JSON Schema of the plugin's config.
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
