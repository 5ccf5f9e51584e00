// Package cli holds what all commands share: signals, exit codes, the output of errors and
// problems, progress, and --json.
//
// A main function is a call of [Main] with the root command. A command returns an error; the
// error decides the exit code. The rules for output:
//
//   - stdout has only the result, or with --json a JSON report. The problems in a
//     report have the form that docs/json.md describes.
//   - stderr has everything else. A hint is on a separate line, below its error or problem.
//   - Text from outside is escaped when it is printed.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"botkube-plugins/internal/problem"

	"github.com/spf13/cobra"
)

// The exit codes of all programs. A program that crashes ends with SIGABRT, which a shell reports
// as 134, because Go's own exit code, 2, means a wrong command line.
const (
	ExitOK             = 0
	ExitFailure        = 1 // something failed here or in the network
	ExitUsage          = 2 // the command line is wrong
	ExitNotInstallable = 3 // Botkube cannot install what was checked
	ExitBreaking       = 4 // what worked with the old index does not work with the new one
)

// cleanupTime is how long a command may take to end its plugins and to remove its temporary files.
const cleanupTime = 5 * time.Second

// Main runs the command line of the process and exits. SIGINT, SIGTERM and SIGHUP end the command's
// context. Further ones are ignored for cleanupTime, and then end the process at once.
func Main(newRoot func(*Screen) *cobra.Command) {
	debug.SetTraceback("crash") // exit with SIGABRT on a panic in any goroutine
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, func() { time.AfterFunc(cleanupTime, stop) })
	// If the process catches SIGPIPE, a broken pipe is only an error of the write. Otherwise
	// "indexgen | head" could end the process at once and leave plugins running.
	// The same holds for SIGXFSZ and a file that is larger than ulimit -f allows.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE, syscall.SIGXFSZ)
	os.Exit(Run(ctx, NewScreen(os.Stdin, os.Stdout, os.Stderr), newRoot, os.Args[1:]))
}

// Run runs a command line and returns the exit code.
func Run(ctx context.Context, s *Screen, newRoot func(*Screen) *cobra.Command, args []string) int {
	root := newRoot(s)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.Version = ThisBuild().String()
	started := false // cobra reports mistakes on the command line before it runs a command
	wrap(root, func() { started = true })
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)

	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return ExitOK
	}
	s.Error(err)
	if failed, ok := errors.AsType[*problemsError](err); ok {
		return failed.code
	}
	if !started || errors.As(err, new(usageError)) {
		s.print(fmt.Sprintf("see: %s --help\n", cmd.CommandPath()))
		return ExitUsage
	}
	return ExitFailure
}

// wrap makes each command below cmd call started first.
func wrap(cmd *cobra.Command, started func()) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			started()
			return run(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		wrap(sub, started)
	}
}

// Group returns the root command of a program with subcommands.
func Group(name, short, long string, commands ...*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use: name, Short: short, Long: long, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(append(commands, newMan())...)
	return root
}

// usageError is a mistake on the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usage makes an error a mistake on the command line. It returns nil for nil.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// Usagef returns a mistake on the command line.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// IsUsage reports whether an error is a mistake on the command line.
func IsUsage(err error) bool { return errors.As(err, new(usageError)) }

// problemsError ends a command because of what it found. Its problems are shown with it.
type problemsError struct {
	error
	problems problem.Limited
	code     int
	// reported is whether a JSON report has the problems.
	reported bool
}

func (e *problemsError) Unwrap() error { return e.error }

// NotInstallable returns nil if there are no problems, and otherwise an error with
// ExitNotInstallable.
func NotInstallable(problems problem.Limited) error {
	if problems.Total() == 0 {
		return nil
	}
	return &problemsError{fmt.Errorf("%s: not installable by Botkube", problem.Count(problems.Total(), "problem")), problems, ExitNotInstallable, true}
}

// Unreachable returns an error with ExitFailure because of problems that a report has, and that another
// try may solve.
func Unreachable(problems problem.Limited) error {
	text := problem.Count(problems.Total(), "problem")
	return &problemsError{fmt.Errorf("%s: the network or a server failed; try again later", text), problems, ExitFailure, true}
}

// Interrupted returns an error with ExitFailure that shows the problems that a command found before
// err ended it. No report has them.
func Interrupted(err error, problems problem.Limited) error {
	return &problemsError{err, problems, ExitFailure, false}
}

// Breakingf returns an error with ExitBreaking.
func Breakingf(format string, args ...any) error {
	return &problemsError{error: fmt.Errorf(format, args...), code: ExitBreaking}
}

// NotAllowed returns nil if there are no warnings, and otherwise an error with ExitNotInstallable.
func NotAllowed(warnings problem.Limited) error {
	if warnings.Total() == 0 {
		return nil
	}
	return &problemsError{fmt.Errorf("%s: not allowed with --strict", problem.Count(warnings.Total(), "problem")), warnings, ExitNotInstallable, true}
}

// Rejected returns nil if there are no problems in what was given, such as "config", and
// otherwise an error with ExitFailure.
func Rejected(what string, problems problem.List) error {
	if len(problems) == 0 {
		return nil
	}
	return &problemsError{fmt.Errorf("%s in the %s", problem.Count(len(problems), "problem"), what), problem.Limit(problems), ExitFailure, true}
}

// ProblemsOf returns the first problem.MaxKept problems in an error of NotInstallable, NotAllowed or Rejected.
func ProblemsOf(err error) problem.List {
	if failed, ok := errors.AsType[*problemsError](err); ok {
		return failed.problems.Kept
	}
	return nil
}

// Must panics on an error of cobra about a flag that does not exist.
func Must(err error) {
	if err != nil {
		panic(err)
	}
}
