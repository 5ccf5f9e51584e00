package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var pageBlock = regexp.MustCompile("(?ms)^```(\\w+) ?([^\n]*)\n(.*?)^```$")

// These documents show what their commands print.
func TestDocumentedCommands(t *testing.T) {
	for name, count := range map[string]int{"diff.md": 2, "site.md": 1} {
		t.Run(name, func(t *testing.T) { followPage(t, "../../docs/"+name, count) })
	}
}

// followPage runs the commands of a document, and compares their output and number.
func followPage(t *testing.T, name string, count int) {
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	commands := 0
	for _, block := range pageBlock.FindAllStringSubmatch(string(page), -1) {
		language, name, content := block[1], block[2], block[3]
		if language != "console" {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		line, want, _ := strings.Cut(content, "\n")
		command, ok := strings.CutPrefix(line, "$ indexgen ")
		if !ok {
			t.Fatalf("found %q, want a command of indexgen", line)
		}
		commands++
		cmd := exec.Command("indexgen", strings.Fields(command)...)
		cmd.Dir = dir
		got, _ := cmd.CombinedOutput() // the exit code is compared
		if code := cmd.ProcessState.ExitCode(); code != 0 {
			got = fmt.Appendf(got, "exit code %d\n", code)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s: -on the page +printed:\n%s", line, diff)
		}
	}
	if commands != count {
		t.Errorf("found %d commands, want %d", commands, count)
	}
}
