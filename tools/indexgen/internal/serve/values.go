package serve

import (
	"net/netip"
	"net/url"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/values"
)

// Values returns YAML for Botkube's values: the repository, and every plugin of its index, enabled,
// with the config that its schema proposes. Comments list the remaining steps and show how to clear
// Botkube's cache.
func Values(ix index.Index, baseURL, name string) ([]byte, error) {
	var v values.Values
	v.Note("For Botkube's values. Bind the sources and executors that you want to a channel.")
	if loopback(baseURL) {
		v.Note("Only this machine can reach %s; for Botkube in a cluster, see --base-url.", baseURL)
	}
	v.Repository(name, baseURL+"/"+IndexFile)
	for _, entry := range ix.Entries {
		v.Enable(name, name+"/"+entry.Name, entry)
	}
	text, err := v.Encode()
	if err != nil {
		return nil, err
	}
	return append(text, strings.ReplaceAll(cacheHint, "NAME", name)...), nil
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
