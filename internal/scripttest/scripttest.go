//go:build unix

// Package scripttest provides the script commands that the tests of several programs share, most of
// them for the plugins of testplugin. Only tests import it.
package scripttest

import (
	"errors"
	"flag"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"botkube-plugins/internal/testplugin"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected outputs of the tests")

// Update reports whether the test rewrites its expected outputs.
func Update() bool { return *update }

// Main is the TestMain of a program whose scripts use the plugins of testplugin.
func Main(m *testing.M, programs map[string]func()) {
	testplugin.Main()
	testscript.Main(m, programs)
}

// Command is a script command.
type Command = func(ts *testscript.TestScript, neg bool, args []string)

// Run runs the scripts in testdata/script. setup prepares the environment of each script. own are
// the additional commands. With -update, Run rewrites the expected outputs.
func Run(t *testing.T, setup func(*testscript.Env) error, own map[string]Command) {
	t.Helper()
	commands := map[string]Command{
		"dead":       dead,
		"exits":      exits,
		"signal":     signal,
		"testplugin": link,
		"tmpempty":   tmpempty,
	}
	maps.Copy(commands, own)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       Update(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			if err := setupTemp(env); err != nil {
				return err
			}
			return setup(env)
		},
		Cmds: commands,
	})
}

// setupTemp gives a script its own temporary directory, and GORACE as testplugin.Main has set it.
func setupTemp(env *testscript.Env) error {
	// Some systems limit the path of a Unix socket to 103 bytes, too few for a path below the
	// script's working directory.
	tmp, err := os.MkdirTemp("/tmp", "s")
	if err != nil {
		return err
	}
	env.Defer(func() { os.RemoveAll(tmp) })
	env.Setenv("TMPDIR", tmp)
	env.Setenv("GORACE", os.Getenv("GORACE"))
	return nil
}

// Eventually waits until ok returns true. what is the condition, for the failure message.
func Eventually(ts *testscript.TestScript, what string, ok func() bool) {
	if !testplugin.Eventually(ok) {
		ts.Fatalf("still not: %s", what)
	}
}

// testplugin FILE...: creates plugins that behave as their names say.
func link(ts *testscript.TestScript, _ bool, files []string) {
	self, err := os.Executable()
	ts.Check(err)
	for _, file := range files {
		ts.Check(os.Symlink(self, ts.MkAbs(file)))
	}
}

// exits CODE COMMAND...: runs a command that must exit with that code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// dead PLUGIN self|child: waits until the process of a plugin, or its child, has ended.
func dead(ts *testscript.TestScript, _ bool, args []string) {
	Eventually(ts, strings.Join(args, " ")+" is dead", func() bool { return testplugin.Pid(ts.MkAbs(args[0]), args[1]) == 0 })
}

// signal NUMBER...: sends signals to the commands in the background, 1 ms apart.
func signal(ts *testscript.TestScript, _ bool, args []string) {
	for i, arg := range args {
		number, err := strconv.Atoi(arg)
		ts.Check(err)
		for _, cmd := range ts.BackgroundCmds() {
			if err := cmd.Process.Signal(syscall.Signal(number)); i == 0 || !errors.Is(err, os.ErrProcessDone) {
				ts.Check(err)
			}
		}
		time.Sleep(time.Millisecond)
	}
}

// tmpempty: fails if a temporary file is left.
func tmpempty(ts *testscript.TestScript, _ bool, _ []string) {
	left, err := os.ReadDir(ts.Getenv("TMPDIR"))
	ts.Check(err)
	if len(left) > 0 {
		ts.Fatalf("left in the temporary directory: %s", left)
	}
}
