package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/google/renameio/v2"
)

const configFile = ".goreleaser.yaml"

// section is a part of .goreleaser.yaml that is made whole, between two lines that stay.
type section struct {
	begin, end string
	entry      string // of one plugin, with TYPE and NAME in place of the plugin's
}

func sections() []section {
	const madeBy = ": what follows is made by make sync-plugins, from the directories of plugins/\n"
	return []section{
		{
			begin: "  # begin builds" + madeBy,
			end:   "  # end builds\n",
			entry: `  - <<: *build
    id: TYPE_NAME
    skip: false
    main: ./plugins/NAME
    binary: TYPE_NAME_{{ .Os }}_{{ .Arch }}
`,
		},
		{
			begin: "  # begin archives" + madeBy,
			end:   "  # end archives\n",
			entry: `  - <<: *archive
    id: TYPE_NAME
    ids: [TYPE_NAME]
    name_template: TYPE_NAME_{{ .Os }}_{{ .Arch }}
`,
		},
	}
}

// rewrite returns the configuration with the entries of these plugins, and all else as it was.
func rewrite(config string, plugins []plugin) (string, error) {
	for _, s := range sections() {
		head, rest, begun := strings.Cut(config, s.begin)
		_, tail, ended := strings.Cut(rest, s.end)
		if !begun || !ended || strings.Contains(rest, s.begin) {
			return "", fmt.Errorf("%s: found no place for the plugins' entries, want it between these lines, once each:\n%s%s"+
				"hint: put them back around the entries", configFile, s.begin, s.end)
		}
		var entries strings.Builder
		for _, p := range plugins {
			entries.WriteString(strings.NewReplacer("TYPE", p.kind, "NAME", p.name).Replace(s.entry))
		}
		config = head + s.begin + entries.String() + s.end + tail
	}
	return config, nil
}

// readConfig reads .goreleaser.yaml.
func (r repository) readConfig() (string, error) {
	config, err := os.ReadFile(r.path(configFile))
	if err != nil {
		return "", fmt.Errorf("%w\nhint: start this in the root of the repository", err)
	}
	return string(config), nil
}

// writeConfig replaces .goreleaser.yaml whole.
func (r repository) writeConfig(config string) error {
	return renameio.WriteFile(r.path(configFile), []byte(config), 0o644,
		renameio.WithTempDir(r.root), renameio.WithExistingPermissions())
}
