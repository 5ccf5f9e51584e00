package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"botkube-plugins/internal/plugintest"

	"github.com/creack/pty"
)

// On a terminal a bar shows how much has been read. It goes away in the end, and the lines
// stay.
func TestTerminal(t *testing.T) {
	dist := t.TempDir()
	platform := runtime.GOOS + "/" + runtime.GOARCH
	plugintest.Link(t, dist, "source_good_"+strings.ReplaceAll(platform, "/", "_"))
	large := plugintest.Executable("windows", "amd64", 200<<20)
	if err := os.WriteFile(filepath.Join(dist, "source_good_windows_amd64"), large, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("indexgen", "generate", "--dist", dist, "--base-url", "https://example.com")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	output, _ := io.ReadAll(terminal) // ends with an error when the other side is closed
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}

	if got := string(output); !strings.Contains(got, "reading artifacts") || !strings.Contains(got, " MiB of ") {
		t.Errorf("no bar in the output:\n%q", got)
	}
	const eraseLastLine = "\x1b[1A\x1b[J"
	screen := ""
	for i, text := range strings.Split(string(output), eraseLastLine) {
		if i > 0 {
			lines := strings.SplitAfter(screen, "\n")
			screen = strings.Join(lines[:len(lines)-2], "")
		}
		screen += text
	}
	want := "source/good 1.2.3: " + platform + " windows/amd64\r\nwrote " + dist + "/plugins-index.yaml: 1 plugin\r\n"
	if screen != want {
		t.Errorf("in the end the screen shows\n%q, want\n%q", screen, want)
	}
}
