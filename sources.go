// Package botkubeplugins embeds what plugin new copies into other modules: the packages that its plugins
// import, the versions of modules that they need, and the configuration that releases them.
package botkubeplugins

import "embed"

// Sources has the packages, without their tests.
//
//go:embed internal/pluginkit/config.go internal/pluginkit/pluginkit.go
//go:embed internal/pluginkit/plugintest/check.go internal/pluginkit/plugintest/config.go
//go:embed internal/pluginkit/plugintest/plugintest.go internal/pluginkit/plugintest/readme.go
//go:embed internal/problem/annotation.go internal/problem/escape.go internal/problem/problem.go
//go:embed internal/jsonschema/check.go internal/jsonschema/limits.go internal/jsonschema/meter.go
//go:embed internal/jsonschema/pattern.go internal/jsonschema/pointer.go internal/jsonschema/value.go
//go:embed internal/jsonschema/walk.go
var Sources embed.FS

// The go.mod with the versions, and the go.sum with their checksums.
var (
	//go:embed go.mod
	GoMod []byte
	//go:embed go.sum
	GoSum []byte
)

// GoReleaser is the configuration of GoReleaser.
//
//go:embed .goreleaser.yaml
var GoReleaser string
