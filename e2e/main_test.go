package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"botkube-plugins/e2e/internal/programs"
)

// workDir holds what is built once for all tests.
var workDir string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if workDir, err = os.MkdirTemp("", "e2e"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(workDir)
	// The sockets of plugins that are killed stay behind there.
	if err := os.Setenv("TMPDIR", workDir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

var buildIndexgen = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workDir, "indexgen")
	return path, programs.Indexgen(context.Background(), ".", path)
})

var buildPeerIndex = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workDir, "peerindex")
	return path, programs.PeerIndex(context.Background(), ".", path)
})

var buildPeerPlugins = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(workDir, "peer-dist")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	return dir, programs.BuildPeerPlugins(context.Background(), ".", dir)
})

// built returns what one of the functions above built.
func built(t *testing.T, build func() (string, error)) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
