// Package cli is the command line of plugrun.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // the plugin, its config or a request failed
	exitUsage   = 2 // the command line is wrong
)

// usageError is a mistake on the command line.
type usageError struct{ error }

// Run executes the command line and returns the exit code. A context that ends stops the
// command and everything it started.
func Run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	s := newScreen(out, errs)
	ran := false // cobra reports mistakes on the command line before it runs a command
	root := newRoot(func(ctx context.Context, f *flags, binary string) error {
		ran = true
		return run(ctx, s, in, f, binary)
	})
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)

	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	s.report(err)
	if !ran || errors.As(err, new(usageError)) {
		s.note("see: plugrun --help")
		return exitUsage
	}
	return exitFailure
}

const manual = `plugrun starts the binary of one Botkube plugin as Botkube does and shows what it does,
without a cluster and without a chat. It finds out itself whether it is a source or an
executor, and checks its config against its JSON Schema first.

A source streams until Ctrl-C. With --payload it is given one request of the incoming
webhook instead, and with --listen also those that arrive at an address, which get Botkube's
own answers. As Botkube does not check payloads, what the payload's schema does not allow is
only told there, and the plugin decides.

An executor answers one --command, or those that are typed or piped in. "help" and
"NAME help" show its help.

Events and answers are printed on stdout, all else on stderr: what the plugin logs, with
"plugin |" before it, and what plugrun has to say. The plugin gets this environment, as
Botkube's plugins get Botkube's. Several configs are passed in their order, as those of
several bindings: with a source each has a stream of its own, and an executor gets all.

With --watch the plugin is started anew when a config changes, or a path that --watch-path
or --watch-list names, as soon as --build succeeds; without --build, when BINARY changes.

Exit codes:
  0  done, or ended by Ctrl-C where there is no other end
  1  the plugin, its config or a request failed
  2  the command line is wrong`

func newRoot(run func(context.Context, *flags, string) error) *cobra.Command {
	f := &flags{}
	root := &cobra.Command{
		Use:   "plugrun BINARY",
		Short: "Run one Botkube plugin and show what it does",
		Long:  manual,
		Example: `  plugrun --config 'interval: 1s' bin/ticker
  plugrun --payload '{"message": "hi"}' bin/forwarder
  plugrun --listen 127.0.0.1:8090 --json bin/forwarder | jq .Message
  plugrun --command 'echo hello' bin/echo
  plugrun --watch --build make --watch-path src --config-file config.yaml ./source_mine`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("found %d arguments, want one: the plugin's binary", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f.hasPayload, f.hasCommand = cmd.Flags().Changed("payload"), cmd.Flags().Changed("command")
			if err := f.check(); err != nil {
				return usageError{err}
			}
			return run(cmd.Context(), f, args[0])
		},
	}
	f.add(root)
	return root
}

// version is the module's, as Go's linker recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}
