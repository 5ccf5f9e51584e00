package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // something could not be read, written or done
	exitUsage   = 2 // the command line is wrong
)

// usageError is a mistake on the command line.
type usageError struct{ error }

const manual = `newplugin makes a plugin to start from: a directory in plugins/ with code, config schema, tests
and README, and its build and archive in .goreleaser.yaml, so that it is released with the others.

Without a NAME it only brings .goreleaser.yaml in line with the directories of plugins/. To remove
a plugin, remove its directory and run this.

It works on the repository in whose root it is started, and does all or nothing.

Exit codes:
  0  done
  1  something could not be read, written or done
  2  the command line is wrong`

// run executes the command line on the repository in the directory root, and returns the exit
// code. A context that ends undoes what was done.
func run(ctx context.Context, root string, args []string, out, errs io.Writer) int {
	ran := false // cobra reports mistakes on the command line before it runs a command
	var kind string
	cmd := &cobra.Command{
		Use:   "newplugin [NAME --type source|executor]",
		Short: "Make a plugin to start from",
		Long:  manual,
		Example: `  newplugin pods --type source
  newplugin say-hello --type executor
  newplugin`,
		Args:              cobra.MaximumNArgs(1),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true}, // it is no plugin's name
		RunE: func(cmd *cobra.Command, args []string) error {
			ran = true
			r := repository{root}
			switch {
			case len(args) == 1:
				return r.create(cmd.Context(), plugin{kind, args[0]}, out)
			case cmd.Flags().Changed("type"):
				return usageError{errors.New("found --type and no NAME, want both or none")}
			}
			return r.sync(cmd.Context(), out)
		},
	}
	cmd.Flags().StringVar(&kind, "type", "", "`type` of the plugin: "+strings.Join(kinds, " or "))
	cmd.SetArgs(args)
	cmd.SetOut(out)
	cmd.SetErr(errs)

	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(errs, "error: %v\n", err)
	if !ran || errors.As(err, new(usageError)) {
		fmt.Fprintln(errs, "see: newplugin --help")
		return exitUsage
	}
	return exitFailure
}

// check finds what is wrong with a plugin that is to be made.
func (r repository) check(p plugin) error {
	if !slices.Contains(kinds, p.kind) {
		return usageError{fmt.Errorf("--type: found %q, want %s", p.kind, strings.Join(kinds, " or "))}
	}
	if want := r.badName(p); want != "" {
		return usageError{fmt.Errorf("found the name %q, want %s", p.name, want)}
	}
	return nil
}
