package scaffold

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestInsert(t *testing.T) {
	const own = "archives:\n- {ids: [tool]} # mine\n"
	for name, test := range map[string]struct {
		config   string
		after    string // the line before the new build
		archived bool
	}{
		"plugins as binaries":    {"builds:\n  - &a\n    binary: source_a\n    goos: [linux]\n    goarch: &x [arm]\n\n# next\nversion: 2\n", "    goarch: &x [arm]\n", false},
		"aliases":                {"x: &x [arm]\nbuilds:\n    - binary: executor_a\n      goos: [linux]\n      goarch: *x\narchives: [{format: binary}]\n", "      goarch: *x\n", false},
		"targets, no line end":   {own + "builds:\n- binary: tool\n  targets: [linux_arm]", "  targets: [linux_arm]\n", true},
		"a block at the end":     {own + "builds:\n- binary: tool\n  goos: [linux]\n  goarch: [arm]\n  ldflags: |\n    -s\n\n    # no comment\n    -w\n", "    -w\n", true},
		"old names, more indent": {"builds:\n    - binary: tool\n      goos: [linux]\n      goarch: [arm]\narchives:\n    - builds: [tool]\n", "      goarch: [arm]\n", true},
	} {
		got, archived, err := insert(test.config, Plugin{"source", "pods"}, "cmd/source")
		if err != nil || archived != test.archived {
			t.Errorf("%s: found error %v, archived %t", name, err, archived)
			continue
		}
		if _, added, ok := strings.Cut(got, test.after); !ok || !strings.HasPrefix(strings.TrimLeft(added, " "), "- id: source_pods\n") {
			t.Errorf("%s: found\n%s", name, got)
		}
		for line := range strings.Lines(test.config) {
			if !strings.Contains(got, line) {
				t.Errorf("%s: found no %q in\n%s", name, line, got)
			}
		}
		var c struct{ Builds []builder }
		if err := yaml.Unmarshal([]byte(got), &c); err != nil {
			t.Fatal(err)
		}
		last := c.Builds[len(c.Builds)-1]
		if platform := strings.Join(append(last.Targets, append(last.Goos, last.Goarch...)...), "_"); platform != "linux_arm" {
			t.Errorf("%s: found the platform %s, want that of the other build", name, platform)
		}
	}
}

func TestInsertRefuses(t *testing.T) {
	for config, want := range map[string]string{
		"":                             "it has no list of builds",
		"builds: 5":                    "its builds or archives have another form than usual",
		"builds: [{binary: source_a}]": "its builds are not a list with an entry on each line",
		"builds:\n- binary: tool\n":    "one of its archives has all builds, so it would also get the plugin: give it ids",
		"builds:\n- binary: source_a\narchives:\n- formats: [zip]\n":      "one of its archives has all builds, so it would also get the plugin: give it ids",
		"builds:\n- id: source_pods\n  binary: source_pods\n":             "it has a build source_pods already",
		"builds:\n- binary: source_a\n---\nbuilds:\n- binary: source_b\n": "it is not formatted in the usual way",
		"{builds: [\n{binary: source_a}]}":                                "its builds are not a list with an entry on each line",
	} {
		if got, _, err := insert(config, Plugin{"source", "pods"}, Dir); err == nil || err.Error() != want || got != "" {
			t.Errorf("%q: found error %v, want %s, and\n%s", config, err, want, got)
		}
	}
}
