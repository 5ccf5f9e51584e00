// Package goreleaser finds the configuration of GoReleaser in a repository.
package goreleaser

import "io/fs"

// File is the name of a new configuration.
const File = ".goreleaser.yaml"

// Find returns the name of the configuration that GoReleaser reads, or "" if there is none.
func Find(repository fs.FS) string {
	for _, name := range []string{
		".config/goreleaser.yml", ".config/goreleaser.yaml", ".goreleaser.yml", File, "goreleaser.yml", "goreleaser.yaml",
	} {
		if _, err := fs.Stat(repository, name); err == nil {
			return name
		}
	}
	return ""
}
