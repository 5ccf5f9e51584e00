package ci

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A build of a program runs no code of it, not even what it has for its initialization, for go
// generate or for its tests.
func TestBuildRunsNoCodeOfThePlugin(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module x\n\ngo 1.26\n",
		"main.go": `package main

import "os"

//go:generate touch ran

var _ = os.WriteFile("ran", nil, 0o600)

func init() { _ = os.WriteFile("ran", nil, 0o600) }

func main() { _ = os.WriteFile("ran", nil, 0o600) }
`,
		"main_test.go": "package main\n\nimport \"os\"\n\nfunc init() { _ = os.WriteFile(\"ran\", nil, 0o600) }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		command []string
		runs    bool
	}{{[]string{"go", "build", "-o", "plugin", "."}, false}, {[]string{"./plugin"}, true}} {
		cmd := exec.Command(step.command[0], step.command[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", step.command, err, out)
		}
		if _, err := os.Stat(filepath.Join(dir, "ran")); (err == nil) != step.runs {
			t.Errorf("%q: found that code of the plugin ran: %t, want %t", step.command, err == nil, step.runs)
		}
	}
}
