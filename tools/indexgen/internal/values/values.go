// Package values writes Botkube's values for plugins.
package values

import (
	"bytes"
	"fmt"

	"botkube-plugins/index"
	"botkube-plugins/internal/jsonschema"

	"go.yaml.in/yaml/v3"
)

// Values is the part of Botkube's configuration that concerns plugins (Config in its
// pkg/config/config.go), and of the values of its Helm chart.
type Values struct {
	Plugins struct {
		CacheDir     string                `yaml:"cacheDir,omitempty"`
		Repositories map[string]repository `yaml:"repositories"`
	} `yaml:"plugins"`
	Sources   map[string]group `yaml:"sources,omitempty"`
	Executors map[string]group `yaml:"executors,omitempty"`
	// ExtraVolumes, ExtraVolumeMounts and NodeSelector are passed on to Kubernetes.
	ExtraVolumes      []map[string]any  `yaml:"extraVolumes,omitempty"`
	ExtraVolumeMounts []map[string]any  `yaml:"extraVolumeMounts,omitempty"`
	NodeSelector      map[string]string `yaml:"nodeSelector,omitempty"`

	notes []string
}

type repository struct {
	URL string `yaml:"url"`
}

// group is a group of plugins that can be bound to a channel. Each plugin has its own group.
type group struct {
	DisplayName string            `yaml:"displayName"`
	Plugins     map[string]plugin `yaml:",inline"` // by <repository>/<name>
}

type plugin struct {
	Enabled bool           `yaml:"enabled"`
	Config  map[string]any `yaml:"config,omitempty"`
}

// Note adds a comment above the values.
func (v *Values) Note(format string, args ...any) {
	v.notes = append(v.notes, fmt.Sprintf(format, args...))
}

// Repository adds a repository.
func (v *Values) Repository(name, url string) {
	if v.Plugins.Repositories == nil {
		v.Plugins.Repositories = map[string]repository{}
		v.Sources, v.Executors = map[string]group{}, map[string]group{}
	}
	v.Plugins.Repositories[name] = repository{url}
}

// Enable enables a plugin of a repository, with the config that its schema proposes. The key may end
// in @ and a version. If the schema requires what it has no default for, a comment says so.
func (v *Values) Enable(repository, key string, e index.Entry) {
	groups := v.Sources
	if e.Type == index.TypeExecutor {
		groups = v.Executors
	}
	name := e.Name
	if _, taken := groups[name]; taken {
		name = repository + "-" + e.Name
	}
	config, missing := jsonschema.Defaults(e.JSONSchema.Value)
	groups[name] = group{e.Name, map[string]plugin{key: {true, config}}}
	for _, path := range missing {
		v.Note("Add %q to the config of %s %s: it is required and has no default.", path, e.Type, key)
	}
}

// Encode writes the values as YAML.
func (v *Values) Encode() ([]byte, error) {
	var text bytes.Buffer
	for _, note := range v.notes {
		text.WriteString("# " + note + "\n")
	}
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	err := encoder.Encode(v)
	return text.Bytes(), err
}
