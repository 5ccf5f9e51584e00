package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"botkube-plugins/internal/cli"
)

func TestStyleOnlyOnTerminals(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got := cli.StyleOf(file); got != (cli.Style{}) {
		t.Errorf("found the style %+v, want none", got)
	}
}
