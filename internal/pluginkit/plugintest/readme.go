package plugintest

import (
	"os"
	"regexp"
	"testing"

	"go.yaml.in/yaml/v3"
)

// READMEConfig returns the config for the plugin in the first YAML block of README.md, which
// holds Helm values that enable it.
func READMEConfig(t testing.TB, name string) string {
	t.Helper()
	var values map[string]map[string]map[string]any // by sources or executors, the binding's name, and "my-repo/" and the plugin's name
	if err := yaml.Unmarshal([]byte(READMEMatch(t, "(?s)```yaml\n(.*?)```")), &values); err != nil {
		t.Fatal(err)
	}
	for _, bindings := range values {
		for _, binding := range bindings {
			plugin, ok := binding["my-repo/"+name].(map[string]any)
			if ok && plugin["enabled"] == true {
				return toYAML(t, plugin["config"])
			}
		}
	}
	t.Fatalf("found no Helm values in README.md that enable my-repo/%s", name)
	return ""
}

// READMEMatch returns the first group of the first match of a pattern in README.md.
func READMEMatch(t testing.TB, pattern string) string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(pattern).FindSubmatch(readme)
	if match == nil {
		t.Fatalf("found nothing in README.md that matches %s", pattern)
	}
	return string(match[1])
}
