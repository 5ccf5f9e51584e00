package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

const initConfig = `version: 2
builds:
  - binary: source_ticker_{{ .Os }}_{{ .Arch }}
    no_unique_dist_dir: true
`

// answer runs init on a terminal in a new repository, types an answer when it asks, and returns the exit code
// and whether it has written.
func answer(t *testing.T, text string) (code int, written bool, output string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".goreleaser.yaml"), []byte(initConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "indexgen", "init", "--uses", "o/r@v1")
	cmd.Dir = dir
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	var shown strings.Builder
	in := bufio.NewReader(io.TeeReader(terminal, &shown))
	for {
		before, err := in.ReadString('?')
		if err != nil {
			t.Fatalf("found no question in\n%s", shown.String())
		}
		if strings.HasSuffix(before, "write .github/workflows/release.yml and README.md?") {
			break
		}
	}
	if _, err := terminal.WriteString(text); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, in) // ends with an error when the program has closed its side
	_ = cmd.Wait()                 // its exit code is returned
	_, err = os.Stat(filepath.Join(dir, "README.md"))
	return cmd.ProcessState.ExitCode(), err == nil, shown.String()
}

func TestInitAsks(t *testing.T) {
	for _, test := range []struct {
		text    string
		code    int
		written bool
		want    string
	}{
		{"y\n", 0, true, "wrote .github/workflows/release.yml and README.md"},
		{"Yes\n", 0, true, "wrote .github/workflows/release.yml and README.md"},
		{"\n", 1, false, "error: nothing was written"},
		{"n\n", 1, false, "error: nothing was written"},
		{"\x03", 1, false, "error: nothing was written: interrupt signal received"}, // Ctrl-C
		{"\x04", 1, false, "error: nothing was written"},                            // Ctrl-D
	} {
		code, written, output := answer(t, test.text)
		if code != test.code || written != test.written || !strings.Contains(output, test.want) {
			t.Errorf("%q: found exit code %d, written %t, want %d, %t, and %q in\n%s", test.text, code, written, test.code, test.written, test.want, output)
		}
	}
}
