// Package command defines the commands of plugin.
package command

import (
	"botkube-plugins/internal/cli"

	"github.com/spf13/cobra"
)

const manual = `plugin is for the authors of Botkube plugins: it generates a new plugin, runs a plugin as
Botkube does but without a cluster and without a chat, and keeps the configuration of GoReleaser in
line with the directories of plugins/. It works in any Go module.

Exit codes:
  0  success, or Ctrl-C if nothing else ends the command
  1  a failure of the plugin, its config, a request or this machine
  2  the command line is wrong

A crash ends the program with SIGABRT, which a shell reports as 134.`

// New returns the root command.
func New(s *cli.Screen) *cobra.Command {
	return cli.Group("plugin", "Generate and run Botkube plugins", manual, newNew(s), newRun(s), newSync(s))
}
