package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"botkube-plugins/internal/testplugin"

	"github.com/creack/pty"
)

// On a terminal, a bar shows how much has been read. At the end the bar disappears and the lines
// stay.
func TestTerminal(t *testing.T) {
	dist := t.TempDir()
	platform := runtime.GOOS + "/" + runtime.GOARCH
	testplugin.Link(t, dist, "source_good_"+strings.ReplaceAll(platform, "/", "_"))
	large := testplugin.Executable("windows", "amd64", 200<<20)
	if err := os.WriteFile(filepath.Join(dist, "source_good_windows_amd64"), large, 0o600); err != nil {
		t.Fatal(err)
	}
	output := onTerminal(t, "generate", "--dist", dist, "--base-url", "https://example.com")
	if !strings.Contains(output, "reading artifacts") || !strings.Contains(output, " MiB of ") {
		t.Errorf("no bar in the output:\n%q", output)
	}
	want := "source/good 1.2.3: " + platform + " windows/amd64\r\nwrote " + dist + "/plugins-index.yaml: 1 plugin\r\n"
	if screen := left(output); screen != want {
		t.Errorf("at the end, the screen shows\n%q, want\n%q", screen, want)
	}

	// Verify only the noise: verify would warn about a plugin, which is the test binary, if it has
	// the race detector.
	output = onTerminal(t, "verify", "--platform", "windows/amd64", "--dist", dist, dist+"/plugins-index.yaml")
	if !strings.Contains(output, "verifying") || !strings.Contains(output, " of 1") {
		t.Errorf("no bar in the output:\n%q", output)
	}
	want = "ok   source/good 1.2.3 windows/amd64\r\nBotkube can install everything (1 file, 0 warnings)\r\n"
	if screen := left(output); screen != want {
		t.Errorf("at the end, the screen shows\n%q, want\n%q", screen, want)
	}
}

// onTerminal runs indexgen on a terminal and returns its output.
func onTerminal(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("indexgen", args...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	output, _ := io.ReadAll(terminal) // ends with an error when the other side is closed
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return string(output)
}

// left returns what remains on the screen. The bar erases itself line by line.
func left(output string) string {
	const eraseLastLine = "\x1b[1A\x1b[J"
	screen := ""
	for i, text := range strings.Split(output, eraseLastLine) {
		if i > 0 {
			lines := strings.SplitAfter(screen, "\n")
			screen = strings.Join(lines[:len(lines)-2], "")
		}
		screen += text
	}
	return screen
}
