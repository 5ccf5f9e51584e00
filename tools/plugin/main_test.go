package main

import (
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"botkube-plugins/internal/scripttest"
	"botkube-plugins/internal/testplugin"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { scripttest.Main(m, map[string]func(){"plugin": main}) }

func TestScripts(t *testing.T) {
	real := buildPlugins(t)
	setup := func(env *testscript.Env) error {
		env.Setenv("REAL", real)
		return nil
	}
	scripttest.Run(t, setup, map[string]scripttest.Command{
		"alive":   alive,
		"waitfor": waitfor,
		"post":    post,
	})
}

// buildPlugins builds the plugins of this repository as a user would, and returns their directory.
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

// waitfor FILE COUNT PATTERN: waits until a file that is being written has at least COUNT matches.
func waitfor(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile("(?m)" + args[2])
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	scripttest.Eventually(ts, strings.Join(args, " "), func() bool {
		text, _ := os.ReadFile(ts.MkAbs(args[0]))
		return len(pattern.FindAll(text, -1)) >= count
	})
}

// post FILE NAME BODY STATUS: sends a request to the source of that name, at the address
// that plugin run wrote to the file.
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

// alive PLUGIN: fails unless the process of the plugin is running.
func alive(ts *testscript.TestScript, _ bool, args []string) {
	pid, err := testplugin.Recorded(ts.MkAbs(args[0]), "self")
	ts.Check(err)
	if !testplugin.Alive(pid) {
		ts.Fatalf("%s does not run", args[0])
	}
}
