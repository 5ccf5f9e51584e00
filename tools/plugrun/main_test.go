package main

import (
	"errors"
	"flag"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"botkube-plugins/internal/plugintest"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in testdata/script")

// quickExit keeps the race detector from waiting a second at the end of each process.
const quickExit = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	plugintest.Main()
	testscript.Main(m, map[string]func(){"plugrun": main})
}

func TestScripts(t *testing.T) {
	real := buildPlugins(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// A Unix socket's path has at most 103 bytes on some systems, too few for a
			// path below the script's own directory.
			tmp, err := os.MkdirTemp("/tmp", "pr")
			if err != nil {
				return err
			}
			env.Defer(func() { os.RemoveAll(tmp) })
			env.Setenv("TMPDIR", tmp)
			env.Setenv("REAL", real)
			env.Vars = append(env.Vars, quickExit)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"plugin":   plugin,
			"exits":    exits,
			"dead":     dead,
			"alive":    alive,
			"signal":   signalAll,
			"tmpempty": tmpempty,
			"waitfor":  waitfor,
			"post":     post,
		},
	})
}

// buildPlugins builds the real plugins as a user would, and returns their directory.
func buildPlugins(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", dir, "../../plugins/...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// plugin FILE...: makes plugins that run, whose behaviour is their name.
func plugin(ts *testscript.TestScript, _ bool, files []string) {
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

// dead PLUGIN self|child: waits until a plugin's process, which has started, is gone.
func dead(ts *testscript.TestScript, _ bool, args []string) {
	pid, err := plugintest.Recorded(ts.MkAbs(args[0]), args[1])
	ts.Check(err)
	eventually(ts, strings.Join(args, " ")+" is dead", func() bool { return !plugintest.Alive(pid) })
}

// signal NUMBER: sends a signal to the commands in the background.
func signalAll(ts *testscript.TestScript, _ bool, args []string) {
	number, err := strconv.Atoi(args[0])
	ts.Check(err)
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(syscall.Signal(number)))
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

// waitfor FILE COUNT PATTERN: waits until a file that is being written has as many matches.
func waitfor(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile("(?m)" + args[2])
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	eventually(ts, strings.Join(args, " "), func() bool {
		text, _ := os.ReadFile(ts.MkAbs(args[0]))
		return len(pattern.FindAll(text, -1)) >= count
	})
}

// post FILE NAME BODY STATUS: sends a request to the source of that name, at the address
// that plugrun wrote to the file.
func post(ts *testscript.TestScript, _ bool, args []string) {
	text, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	base := regexp.MustCompile(`http://127\.0\.0\.1:\d+/sources/v1/`).Find(text)
	response, err := http.Post(string(base)+args[1], "application/json", strings.NewReader(args[2]))
	ts.Check(err)
	defer response.Body.Close()
	if got := strconv.Itoa(response.StatusCode); got != args[3] {
		ts.Fatalf("status %s, want %s", got, args[3])
	}
}

func eventually(ts *testscript.TestScript, what string, ok func() bool) {
	if !plugintest.Eventually(ok) {
		ts.Fatalf("still not: %s", what)
	}
}

// alive PLUGIN: fails unless the plugin's process runs.
func alive(ts *testscript.TestScript, _ bool, args []string) {
	pid, err := plugintest.Recorded(ts.MkAbs(args[0]), "self")
	ts.Check(err)
	if !plugintest.Alive(pid) {
		ts.Fatalf("%s does not run", args[0])
	}
}
