package command

import (
	"fmt"
	"slices"
	"strings"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"

	"github.com/spf13/cobra"
)

// sandboxFlag is the value of --sandbox.
type sandboxFlag string

const (
	sandboxAuto    sandboxFlag = "auto"
	sandboxRequire sandboxFlag = "require"
	sandboxOff     sandboxFlag = "off"
)

var sandboxValues = []string{string(sandboxAuto), string(sandboxRequire), string(sandboxOff)}

func (f *sandboxFlag) add(cmd *cobra.Command) {
	cmd.Flags().StringVar((*string)(f), "sandbox", string(sandboxAuto),
		"confine plugins: auto for as far as this system can, require to fail if it cannot, or off")
	cli.Must(cmd.RegisterFlagCompletionFunc("sandbox", cobra.FixedCompletions(sandboxValues, cobra.ShellCompDirectiveNoFileComp)))
}

func (f sandboxFlag) check() error {
	if !slices.Contains(sandboxValues, string(f)) {
		return cli.Usagef("--sandbox: found %q, want one of %s", f, strings.Join(sandboxValues, ", "))
	}
	return nil
}

// enter prepares this process for plugins in the sandbox, and reports what this system cannot
// deny to them. It returns what is in force.
func (f sandboxFlag) enter(s *cli.Screen) ([]pluginhost.Restriction, error) {
	if f == sandboxOff {
		s.Note("warning: plugins run without a sandbox")
		return []pluginhost.Restriction{}, nil
	}
	if err := pluginhost.HardenProcess(); err != nil {
		return nil, fmt.Errorf("cannot protect this process from plugins: %w", err)
	}
	denied := pluginhost.Restrictions()
	if err := f.report(s, denied); err != nil {
		return nil, err
	}
	return append([]pluginhost.Restriction{}, denied...), nil
}

// report says what the sandbox of a system does not deny, or returns an error if it does not deny
// enough.
func (f sandboxFlag) report(s *cli.Screen, denied []pluginhost.Restriction) error {
	var missing []string
	for _, r := range pluginhost.AllRestrictions() {
		if !slices.Contains(denied, r) {
			missing = append(missing, string(r))
		}
	}
	if f == sandboxRequire && (!slices.Contains(denied, pluginhost.Files) || !slices.Contains(denied, pluginhost.Network)) {
		return problem.WithHint(fmt.Errorf("this system has no sandbox that denies plugins access to %s", strings.Join(missing, ", ")),
			"run it on Linux 5.13 or newer with Landlock, or use --sandbox=auto")
	}
	if len(missing) > 0 {
		s.Note("warning: the sandbox of this system does not deny plugins access to %s", strings.Join(missing, ", "))
	}
	return nil
}
