// Package pluginkit holds what every plugin needs besides its own work: merging configs and
// reporting every problem in them, and the documentation URL.
//
// A plugin lists the fields of its config, each with its default, what is wanted, and rules:
//
//	merged := config{interval: time.Minute}
//	err := pluginkit.MergeConfigs(in.Configs,
//		pluginkit.NewField("interval", &merged.interval, "a Go duration of at least 1s", atLeastOneSecond))
package pluginkit

// DocumentationURL returns the URL of a plugin's directory in the repository and tag that the
// plugin was built from. docsBase is the URL of that repository's root. A build that does not
// set it gets Botkube's own page on plugins.
func DocumentationURL(docsBase, name string) string {
	if docsBase == "" {
		return "https://docs.botkube.io/plugins/"
	}
	return docsBase + "/plugins/" + name
}
