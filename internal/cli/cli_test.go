package cli_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"crash": func() {
			cli.Main(program(func(*cli.Screen) error {
				go panic("a defect")
				select {}
			}))
		},
		"cleanup": func() {
			cli.Main(func(s *cli.Screen) *cobra.Command {
				return cli.Group("cleanup", "", "", &cobra.Command{Use: "do", RunE: func(cmd *cobra.Command, _ []string) error {
					interrupt := func() error { return syscall.Kill(os.Getpid(), syscall.SIGINT) }
					if err := interrupt(); err != nil {
						return err
					}
					<-cmd.Context().Done()
					for range 20 {
						if err := interrupt(); err != nil {
							return err
						}
						time.Sleep(10 * time.Millisecond) // until the signal is delivered
					}
					s.Note("cleaned up")
					return context.Cause(cmd.Context())
				}})
			})
		},
		"wait": func() {
			cli.Main(func(s *cli.Screen) *cobra.Command {
				return cli.Group("wait", "", "", &cobra.Command{Use: "do", RunE: func(cmd *cobra.Command, _ []string) error {
					s.Note("waiting")
					<-cmd.Context().Done()
					time.Sleep(time.Hour) // a later signal ends it
					return nil
				}})
			})
		},
	})
}

// program is the root command of a program with the command "do".
func program(do func(*cli.Screen) error) func(*cli.Screen) *cobra.Command {
	return func(s *cli.Screen) *cobra.Command {
		var number int
		cmd := &cobra.Command{Use: "do", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error { return do(s) }}
		cmd.Flags().IntVar(&number, "number", 0, "")
		s.AddFlags(cmd.Flags())
		return cli.Group("program", "", "the manual", cmd)
	}
}

func TestErrorsDecideTheExitCode(t *testing.T) {
	problems := problem.List{{Where: "a", Found: "b", Want: "c", Hint: "d"}, {Where: "e\x1b", Found: "f", Want: "g"}}
	one := problem.List{{Found: "x", Want: "y"}}
	many := problem.Limit(slices.Repeat(one, 150))
	for name, test := range map[string]struct {
		err  error
		args string
		code int
		want string
	}{
		"success":         {nil, "", cli.ExitOK, ""},
		"failure":         {errors.New("no such file"), "", cli.ExitFailure, "error: no such file\n"},
		"hint":            {problem.WithHint(errors.New("no\x07"), "do x"), "", cli.ExitFailure, "error: no\\a\n  hint: do x\n"},
		"problem":         {problem.Problem{Found: "b", Want: "c", Stderr: []string{"x"}}, "", cli.ExitFailure, "error: found b, want c\n  the plugin's last lines on stderr:\n    | x\n"},
		"usage":           {cli.Usagef("--number: found %d", 5), "", cli.ExitUsage, "error: --number: found 5\nsee: program do --help\n"},
		"not usage":       {cli.Usage(nil), "", cli.ExitOK, ""},
		"no problems":     {cli.NotInstallable(problem.Limited{}), "", cli.ExitOK, ""},
		"accepted":        {cli.Rejected("config", nil), "", cli.ExitOK, ""},
		"rejected":        {cli.Rejected("config", problems[:1]), "", cli.ExitFailure, "a: found b, want c\n  hint: d\nerror: 1 problem in the config\n"},
		"not installed":   {cli.NotInstallable(problem.Limit(problems)), "", cli.ExitNotInstallable, "a: found b, want c\n  hint: d\ne\\x1b: found f, want g\nerror: 2 problems: not installable by Botkube\n"},
		"breaking":        {problem.WithHint(cli.Breakingf("%d plugins", 2), "permit it"), "", cli.ExitBreaking, "error: 2 plugins\n  hint: permit it\n"},
		"with --json":     {cli.NotInstallable(problem.Limit(problems)), "--json", cli.ExitNotInstallable, "error: 2 problems: not installable by Botkube\n"},
		"annotated":       {cli.NotInstallable(problem.Limit(problems)), "--annotate", cli.ExitNotInstallable, "::error::a: found b, want c%0A  hint: d\n::error::e\\x1b: found f, want g\nerror: 2 problems: not installable by Botkube\n"},
		"annotated error": {problem.WithHint(errors.New("no\n::x"), "do\nx"), "--annotate", cli.ExitFailure, "::error::no\\n\\x3a:x%0A  hint: do%0A        x\n"},
		"in --json only":  {cli.NotInstallable(problem.Limit(problems)), "--annotate --json", cli.ExitNotInstallable, "error: 2 problems: not installable by Botkube\n"},
		"annotated, many": {cli.NotInstallable(many), "--annotate", cli.ExitNotInstallable, strings.Repeat("::error::found x, want y\n", 100) + "and 50 more problems\nerror: 150 problems: not installable by Botkube\n"},
		"many problems":   {cli.NotInstallable(many), "", cli.ExitNotInstallable, strings.Repeat("found x, want y\n", 100) + "and 50 more problems\nerror: 150 problems: not installable by Botkube\n"},
		"many rejected":   {cli.Rejected("config", slices.Repeat(one, 101)), "", cli.ExitFailure, strings.Repeat("found x, want y\n", 100) + "and 1 more problem\nerror: 101 problems in the config\n"},
		"unknown flag":    {nil, "--nummer", cli.ExitUsage, "error: unknown flag: --nummer\nsee: program do --help\n"},
		"bad flag":        {nil, "--number=x", cli.ExitUsage, "error: invalid argument \"x\" for \"--number\" flag: strconv.ParseInt: parsing \"x\": invalid syntax\nsee: program do --help\n"},
		"needless words":  {nil, "x", cli.ExitUsage, "error: unknown command \"x\" for \"program do\"\nsee: program do --help\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			args := append([]string{"do"}, strings.Fields(test.args)...)
			code := cli.Run(t.Context(), cli.NewScreen(nil, &out, &errs), program(func(*cli.Screen) error { return test.err }), args)
			if code != test.code || errs.String() != test.want || out.Len() > 0 {
				t.Errorf("found exit code %d, stdout %q, stderr\n%s\nwant %d and\n%s", code, &out, &errs, test.code, test.want)
			}
		})
	}
}

func TestProgramWithoutCommandPrintsItsHelp(t *testing.T) {
	var out, errs bytes.Buffer
	code := cli.Run(t.Context(), cli.NewScreen(nil, &out, &errs), program(nil), nil)
	if code != cli.ExitOK || !strings.HasPrefix(out.String(), "the manual\n") || errs.Len() > 0 {
		t.Errorf("found exit code %d, stdout %q, stderr %q", code, &out, &errs)
	}
}

func TestScreen(t *testing.T) {
	for args, want := range map[string][2]string{
		"":                   {"result\n{\n  \"a\": \"<\"\n}\n", "a note\\a\nwarning: a: found b, want c\n"},
		"--quiet":            {"result\n{\n  \"a\": \"<\"\n}\n", ""},
		"--json":             {"result\n{\n  \"a\": \"<\"\n}\n", ""},
		"--annotate":         {"result\n{\n  \"a\": \"<\"\n}\n", "a note\\a\n::warning::a: found b, want c\n"},
		"--annotate --quiet": {"result\n{\n  \"a\": \"<\"\n}\n", ""},
	} {
		var out, errs bytes.Buffer
		code := cli.Run(t.Context(), cli.NewScreen(nil, &out, &errs), program(func(s *cli.Screen) error {
			s.Note("a %s", "note\a")
			s.Warn(problem.Problem{Where: "a", Found: "b", Want: "c"})
			return errors.Join(s.Result([]byte("result\n")), s.Report(map[string]string{"a": "<"}))
		}), append([]string{"do"}, strings.Fields(args)...))
		if code != cli.ExitOK || out.String() != want[0] || errs.String() != want[1] {
			t.Errorf("%q: found exit code %d, stdout %q, stderr %q, want %q", args, code, &out, &errs, want)
		}
	}
}

func TestWarningsAreLimited(t *testing.T) {
	var errs bytes.Buffer
	s := cli.NewScreen(nil, nil, &errs)
	s.Warnings(problem.Limit(slices.Repeat(problem.List{{Found: "x", Want: "y"}}, 102)))
	if want := strings.Repeat("warning: found x, want y\n", 100) + "and 2 more warnings\n"; errs.String() != want {
		t.Errorf("found\n%s\nwant\n%s", &errs, want)
	}
}

// Go's own exit code for a crash is 2, which here means a wrong command line.
func TestCrashIsNotAUsageError(t *testing.T) {
	cmd := exec.Command("crash", "do")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	exit, ok := errors.AsType[*exec.ExitError](cmd.Run())
	if !ok {
		t.Fatal("found no failure")
	}
	if status := exit.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGABRT {
		t.Errorf("found %s, want the signal %s", exit, syscall.SIGABRT)
	}
	if !strings.Contains(errs.String(), "panic: a defect") {
		t.Errorf("found stderr\n%s\nwant the panic in it", &errs)
	}
}

func TestSecondSignalDoesNotPreventCleanup(t *testing.T) {
	cmd := exec.Command("cleanup", "do")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	exit, ok := errors.AsType[*exec.ExitError](cmd.Run())
	if want := "cleaned up\nerror: interrupt signal received\n"; !ok || exit.ExitCode() != cli.ExitFailure || errs.String() != want {
		t.Errorf("found the end %v with stderr %q, want exit code 1 with %q", exit, &errs, want)
	}
}

func TestLaterSignalEndsTheProcess(t *testing.T) {
	cmd := exec.Command("wait", "do")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stderr.Read(make([]byte, 100)); err != nil { // it waits
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- cmd.Wait() }()
	deadline := time.After(time.Minute)
	for {
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Log(err) // it has already ended
		}
		select {
		case err := <-ended:
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
				t.Errorf("found the end %v, want the signal %s", err, syscall.SIGINT)
			}
			return
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			t.Fatal("signals do not end the process")
		}
	}
}

// A text is printed only if nothing else was printed in the meantime.
func TestResultAfter(t *testing.T) {
	var out, errs bytes.Buffer
	s := cli.NewScreen(nil, &out, &errs)
	before := s.Prints()
	if done, err := s.ResultAfter(before, []byte("one\n")); !done || err != nil {
		t.Errorf("found %t, error %v, want the text printed", done, err)
	}
	for _, print := range []func(){func() { s.Styled("a line") }, func() { _ = s.Result([]byte("two\n")) }} {
		before = s.Prints()
		print()
		if done, err := s.ResultAfter(before, []byte("not this\n")); done || err != nil {
			t.Errorf("found %t, error %v, want nothing printed", done, err)
		}
	}
	if got, want := out.String(), "one\ntwo\n"; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}
