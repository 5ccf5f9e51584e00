package serve

import (
	"bytes"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/jsonschema"

	"go.yaml.in/yaml/v3"
)

// values is the part of Botkube's configuration that concerns plugins (Config in its
// pkg/config/config.go). Its Helm chart has the same values.
type values struct {
	Plugins struct {
		Repositories map[string]repository `yaml:"repositories"`
	} `yaml:"plugins"`
	Sources   map[string]group `yaml:"sources,omitempty"`
	Executors map[string]group `yaml:"executors,omitempty"`
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

// Values returns YAML for Botkube's values: the repository, and every plugin of its index, enabled,
// with the config that its schema proposes. Comments list the remaining steps and show how to clear
// Botkube's cache.
func Values(ix index.Index, baseURL, name string) ([]byte, error) {
	var v values
	v.Plugins.Repositories = map[string]repository{name: {baseURL + "/" + IndexFile}}
	v.Sources, v.Executors = map[string]group{}, map[string]group{}
	var lacks []string
	for _, entry := range ix.Entries {
		groups := v.Sources
		if entry.Type == index.TypeExecutor {
			groups = v.Executors
		}
		config, missing := jsonschema.Defaults(entry.JSONSchema.Value)
		key := name + "/" + entry.Name
		groups[entry.Name] = group{entry.Name, map[string]plugin{key: {true, config}}}
		for _, path := range missing {
			lacks = append(lacks, fmt.Sprintf("%q to the config of %s %s", path, entry.Type, key))
		}
	}
	var text bytes.Buffer
	text.WriteString("# For Botkube's values. Bind the sources and executors that you want to a channel.\n")
	if loopback(baseURL) {
		fmt.Fprintf(&text, "# Only this machine can reach %s; for Botkube in a cluster, see --base-url.\n", baseURL)
	}
	for _, path := range lacks {
		fmt.Fprintf(&text, "# Add %s: it is required and has no default.\n", path)
	}
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	text.WriteString(strings.ReplaceAll(cacheHint, "NAME", name))
	return text.Bytes(), nil
}

// In Botkube's pkg/plugin/manager.go, loadRepositoriesMetadata uses an index in the cache, and
// loadPlugins puts the version in the name of a plugin's file. The variable overrides cacheDir of
// its pkg/config/default.yaml (normalizeConfigEnvName). Its chart mounts an emptyDir at /tmp
// (templates/deployment.yaml).
const cacheHint = `
# Botkube caches the index, and each plugin under its version. After a build, stop Botkube,
# clear its cache and start it:
#   (cd "${BOTKUBE_PLUGINS_CACHE__DIR:-/tmp}" && rm -rf NAME NAME.yaml)
# In a cluster the cache belongs to the pod:
#   kubectl rollout restart deployment/botkube --namespace botkube
`

func loopback(baseURL string) bool {
	u, err := url.Parse(baseURL)
	if err != nil {
		return false
	}
	host := u.Hostname()
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && addr.IsLoopback())
}
