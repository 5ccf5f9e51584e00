package e2e_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Botkube needs only a channel and the values that indexgen serve prints: its own configuration
// accepts them, all plugins are installed from that server, and they accept their configs.
// The printed command clears the cache.
func TestBotkubeInstallsFromServe(t *testing.T) {
	values := serveDist(t)
	cacheDir := t.TempDir()
	t.Setenv("BOTKUBE_PLUGINS_CACHE__DIR", cacheDir)
	cfg, executors, sources := enabled(t, values, channel("ticker, forwarder", "echo, restart"))
	if got, want := fmt.Sprint(sources, executors), "[local/forwarder local/ticker] [local/echo local/restart]"; got != want {
		t.Fatalf("found %s enabled, want %s", got, want)
	}
	if cfg.Plugins.CacheDir != cacheDir {
		t.Fatalf("found the cache in %s, want %s, as the variable says", cfg.Plugins.CacheDir, cacheDir)
	}

	b := &botkube{t: t}
	if err := b.startWith(cfg.Plugins, executors, sources); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ticker", "forwarder"} {
		b.stream(t.Context(), "local/"+name, rawConfig(t, cfg.Sources[name].Plugins["local/"+name]))
	}
	got, err := execute(b, "local/echo", "echo hello", rawConfig(t, cfg.Executors["echo"].Plugins["local/echo"]))
	if err != nil || got.BaseBody.CodeBlock != "hello" {
		t.Errorf("found %+v, error %v; want hello", got, err)
	}
	got, err = execute(b, "local/restart", "restart", rawConfig(t, cfg.Executors["restart"].Plugins["local/restart"]))
	if err != nil || got.BaseBody.Plaintext != "Choose a namespace:" {
		t.Errorf("found %+v, error %v; want a question", got, err)
	}
	b.next(b.stream(t.Context(), "local/ticker", "interval: 1s")) // enough time to reject the configs
	if err := lineWith(b.log(), "canceling streaming"); err == nil {
		t.Error("a stream has ended")
	}
	b.stop()

	other := filepath.Join(cacheDir, "other.yaml")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^# +(\(cd .*\))$`).FindSubmatch(values)
	if command == nil {
		t.Fatalf("found no command that clears the cache in\n%s", values)
	}
	if output, err := exec.Command("sh", "-c", string(command[1])).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if left, err := filepath.Glob(filepath.Join(cacheDir, "*")); err != nil || len(left) != 1 || left[0] != other {
		t.Errorf("found %v left in the cache, error %v; want %s alone", left, err, other)
	}
}

// serveDist runs indexgen serve on dist until the test ends, and returns the values it prints.
func serveDist(t *testing.T) []byte {
	t.Helper()
	cmd := exec.Command(built(t, buildIndexgen), "serve", "--dist", dist, "--addr", "127.0.0.1:0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stalled := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("indexgen serve: %v", err)
		}
		if t.Failed() {
			t.Logf("indexgen serve wrote:\n%s", stderr.String())
		}
	})
	var values bytes.Buffer
	for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
		fmt.Fprintln(&values, scanner.Text())
		if strings.Contains(scanner.Text(), "kubectl rollout restart") {
			stalled.Stop()
			return values.Bytes()
		}
	}
	t.Fatalf("found no values within %s, only\n%s\nhint: run make index", patience, values.Bytes())
	return nil
}
