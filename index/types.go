package index

import (
	"runtime"

	"botkube-plugins/internal/problem"
)

// Index is a plugin index: the file that an operator names under
// plugins.repositories.<name>.url and that Botkube downloads to find plugins.
//
// Its keys and structure are those of Index in Botkube's pkg/plugin/index.go.
type Index struct {
	Entries []Entry `json:"entries" yaml:"entries"`
}

// Entry is one version of one plugin.
type Entry struct {
	// Name is the plugin's name in the configuration key <repository>/<name>.
	Name string `json:"name" yaml:"name"`
	Type Type   `json:"type" yaml:"type"`
	// Description is one or more sentences for users.
	Description string `json:"description" yaml:"description"`
	// DocumentationURL is optional. Botkube only displays it.
	DocumentationURL string `json:"documentationUrl,omitempty" yaml:"documentationUrl,omitempty"`
	// Version is compared with hashicorp/go-version. Botkube installs the
	// newest entry of a plugin, pre-releases included.
	Version string `json:"version" yaml:"version"`
	// URLs has one artifact for each platform.
	URLs []Artifact `json:"urls" yaml:"urls"`
	// JSONSchema is the schema of the plugin's configuration. Optional.
	JSONSchema JSONSchema `json:"jsonSchema,omitzero" yaml:"jsonSchema,omitempty"`
	// ExternalRequest describes incoming webhooks, which only a source can accept. Optional.
	ExternalRequest ExternalRequest `json:"externalRequest,omitzero" yaml:"externalRequest,omitempty"`
	// Recommended marks a plugin that the repository's owner suggests.
	Recommended bool `json:"recommended,omitempty" yaml:"recommended,omitempty"`
}

// Key identifies the entry's plugin: its type and name, such as "source/ticker".
func (e Entry) Key() string { return string(e.Type) + "/" + e.Name }

// Label is Key in a form that is safe to print and not too long.
func (e Entry) Label() string {
	return problem.Label(string(e.Type)) + "/" + problem.Label(e.Name)
}

// Type is the kind of a plugin.
type Type string

// The two types that Botkube 1.14.0 knows (Type.IsValid in its
// pkg/plugin/index.go).
const (
	TypeSource   Type = "source"
	TypeExecutor Type = "executor"
)

// Artifact is the file to download for one platform: the program itself, or an
// archive that holds it.
type Artifact struct {
	// URL is an http or https URL, or a file: URL on the machine on which Botkube runs. The headers
	// of the repository's configuration are not sent to it.
	URL string `json:"url" yaml:"url"`
	// Checksum is the SHA-256 of the file at URL as 64 hexadecimal digits. For an archive, it is
	// the checksum of the archive, not of the program in it.
	Checksum string   `json:"checksum" yaml:"checksum"`
	Platform Platform `json:"platform" yaml:"platform"`
	// Dependencies are more programs to download, by the name under which the
	// plugin finds them in PLUGIN_DEPENDENCY_DIR. Optional.
	Dependencies Dependencies `json:"dependencies,omitempty" yaml:"dependencies,omitempty"`
}

// Platform is an operating system and an architecture: values of GOOS and GOARCH,
// which Botkube compares with its own.
type Platform struct {
	OS   string `json:"os" yaml:"os"`
	Arch string `json:"architecture" yaml:"architecture"`
}

// Host returns the platform of this machine.
func Host() Platform { return Platform{OS: runtime.GOOS, Arch: runtime.GOARCH} }

// String returns the platform as Botkube looks it up, such as linux/amd64.
func (p Platform) String() string { return p.OS + "/" + p.Arch }

// Dependencies are the dependencies of one artifact, by file name.
type Dependencies map[string]Dependency

// Dependency is a program that Botkube downloads next to the plugin.
type Dependency struct {
	// URL is an http, https or file: URL. The part of its path after // is a
	// directory in the archive, and ?checksum=sha256:<digits> is verified.
	URL string `json:"url" yaml:"url"`
}

// JSONSchema is a JSON Schema: its text, or a URL that serves it. At most one of the two is set
// (MetadataOutput.Validate in Botkube's pkg/api/plugin.go).
type JSONSchema struct {
	Value  string `json:"value,omitempty" yaml:"value,omitempty"`
	RefURL string `json:"refURL,omitempty" yaml:"refURL,omitempty"`
}

// ExternalRequest describes the incoming webhooks of a source.
type ExternalRequest struct {
	Payload Payload `json:"payload,omitzero" yaml:"payload,omitempty"`
}

// Payload describes the body of an incoming webhook.
type Payload struct {
	JSONSchema JSONSchema `json:"jsonSchema,omitzero" yaml:"jsonSchema,omitempty"`
}
