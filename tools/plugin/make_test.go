package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// runMake runs a target in the root of this repository with variables.
func runMake(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "make", append([]string{"--no-print-directory", "-C", "../.."}, args...)...)
	for _, v := range os.Environ() { // of a make that runs this test
		if !strings.HasPrefix(v, "MAKE") && !strings.HasPrefix(v, "MFLAGS=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// make install installs all programs, each with manual pages and completions, and make uninstall removes them.
func TestInstall(t *testing.T) {
	dir := t.TempDir()
	if out, err := runMake(t, "install", "PREFIX="+dir); err != nil || !strings.Contains(out, "\nindexgen version ") {
		t.Fatalf("found error %v and\n%s", err, out)
	}
	programs, err := os.ReadDir(dir + "/bin")
	if err != nil || len(programs) != 2 {
		t.Fatalf("found the programs %v, error %v", programs, err)
	}
	for _, program := range programs {
		name := program.Name()
		for file, want := range map[string]string{
			"share/man/man1/" + name + ".1":                     ".SH DESCRIPTION\n",
			"share/bash-completion/completions/" + name:         "complete ",
			"share/zsh/site-functions/_" + name:                 "#compdef " + name + "\n",
			"share/fish/vendor_completions.d/" + name + ".fish": "complete -c " + name + " ",
			"share/man/man1/" + map[string]string{"indexgen": "indexgen-verify.1", "plugin": "plugin-run.1"}[name]: ".SH SEE ALSO\n",
		} {
			if text, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !strings.Contains(string(text), want) {
				t.Errorf("%s: found error %v, want %q in it", file, err, want)
			}
		}
	}
	if out, err := runMake(t, "uninstall", "PREFIX="+dir); err != nil {
		t.Errorf("found error %v and\n%s", err, out)
	}
	err = filepath.WalkDir(dir, func(file string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("found %s after make uninstall", file)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Neither make nor the shell executes what a variable holds.
func TestMakeVariablesAreData(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	for _, value := range []string{
		"x';touch " + file + ";'", `x";touch ` + file + `;"`, "$(shell touch " + file + ")", "`touch " + file + "`", "$$(touch " + file + ")",
	} {
		for _, args := range [][]string{{"run", "PLUGIN=" + value}, {"new-plugin", "TYPE=source", "NAME=" + value}} {
			out, err := runMake(t, args...)
			if err == nil || !strings.Contains(out, "error: ") {
				t.Errorf("%q: found error %v and\n%s", args, err, out)
			}
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a command in a variable was executed")
	}
	const text = `it's "$HOME" ` + "`x` # y"
	out, err := runMake(t, "run", "PLUGIN=echo", "COMMAND=echo "+text, "CONFIG=# a comment\nupperCase: false\n")
	if want := "\n    " + text + "\n"; err != nil || !strings.Contains("\n"+out, want) {
		t.Errorf("found error %v and\n%s\nwant the line%s", err, out, want)
	}
}

func TestMakeRunPassesAllVariables(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a": "upperCase: true\n", "b": "{}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := runMake(t, "run", "PLUGIN=echo", "COMMAND=parrot hi", "CONFIG_FILE="+dir+"/a "+dir+"/b", "JSON=1", "PLUGRUN_FLAGS=--name parrot --no-interactivity")
	if err != nil || !strings.Contains(out, "executor parrot dev is running\n") || !strings.Contains(out, "\n{\"Message\":{") {
		t.Errorf("found error %v and\n%s", err, out)
	}
	out, err = runMake(t, "run", "PLUGIN=forwarder", `PAYLOAD={"message": "hi"}`)
	if err != nil || !strings.Contains(out, "*Incoming webhook event:* hi\n") {
		t.Errorf("found error %v and\n%s", err, out)
	}
	out, err = runMake(t, "new-plugin", "NAME=pods", "TYPE=source", "INTERACTIVE=1")
	if err == nil || !strings.Contains(out, "found --interactive and a source, want an executor") {
		t.Errorf("found error %v and\n%s", err, out)
	}
	for _, plugin := range []string{"", "none"} {
		out, err = runMake(t, "run", "PLUGIN="+plugin)
		if err == nil || !strings.Contains(out, "hint: choose one of: plugins/") {
			t.Errorf("%q: found error %v and\n%s", plugin, err, out)
		}
	}
}
