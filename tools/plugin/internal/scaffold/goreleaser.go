package scaffold

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	sources "botkube-plugins"
	"botkube-plugins/internal/goreleaser"
	"botkube-plugins/internal/problem"

	"github.com/google/renameio/v2"
)

// section is a generated part of GoReleaser's configuration, between two marker lines.
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

// marked matches a configuration with a generated part.
var marked = regexp.MustCompile(`(?m)^  # (begin|end) (builds|archives)\b`)

// rewrite returns the configuration with the entries of these plugins, and the rest unchanged. file is its
// name.
func rewrite(file, config string, plugins []Plugin) (string, error) {
	for _, s := range sections {
		lines := regexp.MustCompile(`(?s)(\n  # begin ` + s.name + `[^\n]*\n)(.*?)(  # end ` + s.name + `\n)`)
		if found := lines.FindAllStringIndex(config, -1); len(found) != 1 || strings.Count(config, "  # begin "+s.name) != 1 {
			return "", problem.WithHint(
				fmt.Errorf("%s has no place for the plugins' entries, or more than one", file),
				fmt.Sprintf("put each of these lines around the entries once:\n  # begin %s\n  # end %s", s.name, s.name))
		}
		var entries strings.Builder
		for _, p := range plugins {
			entries.WriteString(strings.NewReplacer("ID", p.id(), "NAME", p.Name, "FILE", p.file()).Replace(s.entry))
		}
		config = lines.ReplaceAllString(config, "${1}"+strings.ReplaceAll(entries.String(), "$", "$$")+"${3}")
	}
	return config, nil
}

// newConfig returns a configuration for a repository that has none: the builds and archives of this one.
func newConfig() string {
	lists := regexp.MustCompile(`(?s)# Each plugin has a build .*\n  # end archives\n`).FindString(sources.GoReleaser)
	return "version: 2\n\n" + strings.ReplaceAll(lists, "make sync-plugins", "plugin sync") + "\nchecksum:\n  name_template: checksums.txt\n"
}

// readConfig reads the configuration. The name is empty if there is none.
func (r Repository) readConfig() (file, config string, err error) {
	if file = goreleaser.Find(os.DirFS(string(r))); file == "" {
		return "", "", nil
	}
	text, err := os.ReadFile(r.path(file))
	return file, string(text), err
}

// replace replaces a file in one step.
func (r Repository) replace(file string, data []byte) error {
	return renameio.WriteFile(r.path(file), data, fs.FileMode(0o644),
		renameio.WithTempDir(string(r)), renameio.WithExistingPermissions())
}
