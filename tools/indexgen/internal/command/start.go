package command

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"

	"github.com/spf13/cobra"
)

// startFlags say which plugins verify starts, and how.
type startFlags struct {
	noRun          bool
	exec, required []string
	sandbox        sandboxFlag
}

func (f *startFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.noRun, "no-run", false, "do not start any plugin")
	flags.StringArrayVar(&f.exec, "exec", nil, "`os/arch=command` that starts the plugins for that platform, such as an emulator; may be repeated")
	flags.StringSliceVar(&f.required, "require-start", nil, "fail unless a plugin for this `os/arch` was started, by default for this machine's; may be repeated")
	flags.Lookup("require-start").NoOptDefVal = index.Host().String()
	f.sandbox.add(cmd)
}

// check validates the flags and returns the commands of --exec by platform.
func (f *startFlags) check() (map[string][]string, error) {
	if err := f.sandbox.check(); err != nil {
		return nil, err
	}
	if f.noRun && len(f.exec)+len(f.required) > 0 {
		return nil, cli.Usagef("--no-run starts no plugin; it cannot be used with --exec or --require-start")
	}
	commands := map[string][]string{}
	for _, text := range f.exec {
		platform, command, _ := strings.Cut(text, "=")
		words := strings.Fields(command)
		if !knownPlatform(platform) || len(words) == 0 {
			return nil, cli.Usagef("--exec: found %q, want a platform and a command, such as linux/arm64=qemu-aarch64-static", text)
		}
		if commands[platform] != nil {
			return nil, cli.Usagef("--exec: found two commands for %s, want one", platform)
		}
		commands[platform] = words
	}
	for _, platform := range f.required {
		if !knownPlatform(platform) {
			return nil, cli.Usagef("--require-start: found %q, want a platform such as linux/amd64", platform)
		}
		if platform != index.Host().String() && commands[platform] == nil {
			return nil, problem.WithHint(cli.Usagef("--require-start: found %s, want %s, which is this machine's platform", platform, index.Host()),
				"--exec names a command that starts plugins for another platform")
		}
	}
	return commands, findPrograms(commands)
}

// findPrograms replaces the program of each command with its absolute path.
func findPrograms(commands map[string][]string) error {
	for platform, command := range commands {
		path, err := exec.LookPath(command[0])
		if err == nil {
			path, err = filepath.Abs(path)
		}
		if err != nil {
			return problem.WithHint(fmt.Errorf("cannot start plugins for %s: %w", platform, err),
				"install the command of --exec; on Debian and Ubuntu, qemu-user-static has emulators")
		}
		commands[platform] = slices.Concat([]string{path}, command[1:])
	}
	return nil
}

func knownPlatform(text string) bool {
	goos, goarch, _ := strings.Cut(text, "/")
	return index.KnownPlatform(index.Platform{OS: goos, Arch: goarch})
}
