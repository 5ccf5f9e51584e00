// Package cli is the command line of indexgen.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"botkube-plugins/tools/indexgen/internal/report"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitOK             = 0
	exitFailure        = 1 // something could not be read, written or done
	exitUsage          = 2 // the command line is wrong
	exitNotInstallable = 3 // Botkube could not install what was looked at
)

// errNotInstallable ends a command whose problems have been printed.
var errNotInstallable = errors.New("not installable by Botkube")

// usageError is a mistake on the command line.
type usageError struct{ error }

// streams are the standard streams of the process.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// Run executes the command line and returns the exit code. A context that ends stops the
// command and everything it started.
func Run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	s := streams{in, out, errs}
	ran := false // cobra reports mistakes on the command line before it runs a command
	root := newRoot(s)
	for _, cmd := range root.Commands() {
		if run := cmd.RunE; run != nil {
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				ran = true
				return run(cmd, args)
			}
		}
	}
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)

	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(errs, "error: %v\n", err)
	switch {
	case errors.Is(err, errNotInstallable):
		return exitNotInstallable
	case !ran || errors.As(err, new(usageError)):
		fmt.Fprintf(errs, "see: %s --help\n", cmd.CommandPath())
		return exitUsage
	}
	return exitFailure
}

const manual = `indexgen makes the index in which Botkube finds plugins, from a directory of built
plugins, and tells beforehand what Botkube could not install.

Exit codes:
  0  done
  1  something could not be read, written or done
  2  the command line is wrong
  3  Botkube could not install what was looked at; the problems are on stderr`

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "indexgen",
		Short:         "Make and check Botkube plugin indexes",
		Long:          manual,
		Args:          cobra.NoArgs,
		Version:       version(),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newGenerate(s), newServe(s), newValidate(s), newVerify(s))
	return root
}

// version is the module's, as Go's linker recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

// printJSON writes a report to stdout.
func (s streams) printJSON(v any) error {
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// notInstallable counts the problems in the error that ends the command.
func notInstallable(n int) error {
	return fmt.Errorf("%s: %w", report.Count(n, "problem"), errNotInstallable)
}

// readInput reads a file, or stdin if it is named "-".
func (s streams) readInput(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(s.in)
	}
	return os.ReadFile(name)
}
