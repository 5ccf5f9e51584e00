// Command indexgen generates and checks Botkube plugin indexes. Its manual is indexgen --help.
package main

import (
	"botkube-plugins/internal/cli"
	"botkube-plugins/tools/indexgen/internal/command"
)

func main() { cli.Main(command.New) }
