// Command plugin is for the authors of Botkube plugins. Its manual is plugin --help.
package main

import (
	"botkube-plugins/internal/cli"
	"botkube-plugins/tools/plugin/internal/command"
)

func main() { cli.Main(command.New) }
