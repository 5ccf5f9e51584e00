package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"botkube-plugins/e2e/internal/programs"
)

// workDir holds the programs that are built once for all tests.
var workDir string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if workDir, err = os.MkdirTemp("", "e2e"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(workDir)
	// Killed plugins leave their sockets there.
	if err := os.Setenv("TMPDIR", workDir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var stop context.CancelFunc
	building, stop = context.WithCancel(context.Background())
	defer stop()
	defer func() { closeBrowser() }()
	if flag.Parse(); flag.Lookup("test.run").Value.String() == "" {
		// Start the longest build now, since most tests wait more than they compute.
		done := make(chan struct{})
		go func() { defer close(done); _, _ = buildPeerPlugins() }()
		defer func() { stop(); <-done }()
	}
	return m.Run()
}

// building is canceled when the tests end.
var building context.Context

var buildIndexgen = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workDir, "indexgen")
	return path, programs.Indexgen(building, ".", path)
})

var buildRegistry = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workDir, "registry")
	return path, programs.Build{Dir: "registry", Output: path, Packages: []string{"."}}.Run(building)
})

var buildPeerIndex = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workDir, "peerindex")
	return path, programs.PeerIndex(building, ".", path)
})

var buildPeerPlugins = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(workDir, "peer-dist")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	return dir, programs.BuildPeerPlugins(building, ".", dir, true)
})

// built returns the result of one of the functions above.
func built(t *testing.T, build func() (string, error)) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
