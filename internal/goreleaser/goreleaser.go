// Package goreleaser finds the configuration of GoReleaser in a repository.
package goreleaser

import "io/fs"

// File is the name of a new configuration.
const File = ".goreleaser.yaml"

// PluginFile is the name of the configuration that Botkube's hack/target/gen-goreleaser writes. GoReleaser
// reads it only with --config.
const PluginFile = ".goreleaser.plugin.yaml"

// Find returns the name of the configuration for the plugins, or "" if there is none. It is PluginFile, or
// the one that GoReleaser reads without --config.
func Find(repository fs.FS) string {
	for _, name := range []string{
		PluginFile, ".config/goreleaser.yml", ".config/goreleaser.yaml", ".goreleaser.yml", File, "goreleaser.yml", "goreleaser.yaml",
	} {
		if _, err := fs.Stat(repository, name); err == nil {
			return name
		}
	}
	return ""
}
