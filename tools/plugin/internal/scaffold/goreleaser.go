package scaffold

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/problem"

	"github.com/google/renameio/v2"
)

const configFile = ".goreleaser.yaml"

// section is a generated part of .goreleaser.yaml, between two marker lines.
type section struct {
	name  string // in the lines "# begin <name>…" and "# end <name>"
	entry string // of one plugin, with ID, NAME and FILE in place of the plugin's
}

var sections = []section{
	{"builds", `  - <<: *build
    id: ID
    skip: false
    main: ./plugins/NAME
    binary: FILE
`},
	{"archives", `  - <<: *archive
    id: ID
    ids: [ID]
    name_template: FILE
`},
}

// rewrite returns the configuration with the entries of these plugins, and the rest unchanged.
func rewrite(config string, plugins []Plugin) (string, error) {
	for _, s := range sections {
		lines := regexp.MustCompile(`(?s)(\n  # begin ` + s.name + `[^\n]*\n)(.*?)(  # end ` + s.name + `\n)`)
		if found := lines.FindAllStringIndex(config, -1); len(found) != 1 || strings.Count(config, "  # begin "+s.name) != 1 {
			return "", problem.WithHint(
				fmt.Errorf("%s has no place for the plugins' entries, or more than one", configFile),
				fmt.Sprintf("put each of these lines around the entries once:\n  # begin %s\n  # end %s", s.name, s.name))
		}
		var entries strings.Builder
		for _, p := range plugins {
			file := artifact.FileName(p.Type, p.Name, index.Platform{OS: "{{ .Os }}", Arch: "{{ .Arch }}"})
			entries.WriteString(strings.NewReplacer("ID", p.id(), "NAME", p.Name, "FILE", file).Replace(s.entry))
		}
		config = lines.ReplaceAllString(config, "${1}"+strings.ReplaceAll(entries.String(), "$", "$$")+"${3}")
	}
	return config, nil
}

// readConfig reads .goreleaser.yaml.
func (r Repository) readConfig() (string, error) {
	config, err := os.ReadFile(r.path(configFile))
	return string(config), problem.WithHint(err, "run this in the root of the repository")
}

// writeConfig replaces .goreleaser.yaml in one step.
func (r Repository) writeConfig(config string) error {
	return renameio.WriteFile(r.path(configFile), []byte(config), 0o644,
		renameio.WithTempDir(string(r)), renameio.WithExistingPermissions())
}
