package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubeshop/botkube/pkg/config"
	"github.com/kubeshop/botkube/pkg/loggerx"
	"github.com/kubeshop/botkube/pkg/plugin"
	"gopkg.in/yaml.v3"
)

// The values in the README files of the plugins are all that an operator needs besides the URL
// of the index and a channel: Botkube's own configuration takes them, finds all three plugins
// enabled, and each plugin takes its config.
func TestReadmeValuesEnableThePlugins(t *testing.T) {
	_, indexURL := publishDist(t)
	cacheDir := t.TempDir()
	values := [][]byte{fmt.Appendf(nil, `
plugins:
  cacheDir: %s
  repositories: {my-repo: {url: %s}}
`, cacheDir, indexURL), channel("ticks, deployments", "parrot")}
	for _, name := range []string{"ticker", "forwarder", "echo"} {
		values = append(values, readmeValues(t, name))
	}
	cfg, executors, sources := enabled(t, values...)
	if got, want := fmt.Sprint(sources, executors), "[my-repo/forwarder my-repo/ticker] [my-repo/echo]"; got != want {
		t.Fatalf("found %s enabled, want %s", got, want)
	}

	b := &botkube{t: t}
	if err := b.startWith(cfg.Plugins, executors, sources); err != nil {
		t.Fatal(err)
	}
	b.executor("my-repo/echo")
	for group, key := range map[string]string{"ticks": "my-repo/ticker", "deployments": "my-repo/forwarder"} {
		b.stream(t.Context(), key, rawConfig(t, cfg.Sources[group].Plugins[key]))
	}
	raw := rawConfig(t, cfg.Executors["parrot"].Plugins["my-repo/echo"])
	if got, err := execute(b, "my-repo/echo", "echo hello", raw); err != nil || got.BaseBody.CodeBlock != "HELLO" {
		t.Errorf("found %+v, error %v; want HELLO", got, err)
	}
	b.next(b.stream(t.Context(), "my-repo/ticker", "interval: 1s")) // time to complain of the configs
	if err := lineWith(b.log(), "canceling streaming"); err == nil {
		t.Error("a stream has ended")
	}
}

// channel is Botkube's configuration of a channel that groups of plugins are bound to.
func channel(sources, executors string) []byte {
	return fmt.Appendf(nil, `
communications:
  chat:
    socketSlack:
      enabled: true
      appToken: xapp-none
      botToken: xoxb-none
      channels:
        general:
          name: general
          bindings: {sources: [%s], executors: [%s]}
`, sources, executors)
}

// enabled is Botkube's configuration of values, and the keys of the plugins that it enables.
func enabled(t *testing.T, values ...[]byte) (cfg *config.Config, executors, sources []string) {
	t.Helper()
	cfg, _, err := config.LoadWithDefaults(values)
	if err != nil {
		t.Fatal(err)
	}
	executors, sources = plugin.NewCollector(loggerx.NewNoop()).GetAllEnabledAndUsedPlugins(cfg)
	slices.Sort(sources)
	return cfg, executors, sources
}

// rawConfig is the config as Botkube gives it to a plugin.
func rawConfig(t *testing.T, plugin config.Plugin) string {
	t.Helper()
	raw, err := yaml.Marshal(plugin.Config)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// readmeValues returns the first YAML block of a plugin's README.
func readmeValues(t *testing.T, name string) []byte {
	t.Helper()
	path := filepath.Join("..", "plugins", name, "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(text, []byte("```yaml\n"))
	block, _, found := bytes.Cut(rest, []byte("```"))
	if !found {
		t.Fatalf("found no YAML block in %s", path)
	}
	return block
}

// All plugins are killed. Botkube starts them anew, and they work as before.
func TestBotkubeRestartsKilledPlugins(t *testing.T) {
	_, indexURL := publishDist(t)
	b := (&botkube{
		t: t, indexURL: indexURL, sources: []string{"ticker", "forwarder"}, executors: []string{"echo"},
		healthCheckInterval: time.Second,
	}).mustStart()
	b.next(b.stream(t.Context(), "ticker", "interval: 1s"))

	killed := processes(t, b.cacheDir)
	if len(killed) != 3 {
		t.Fatalf("found processes %v, want three", killed)
	}
	for _, pid := range killed {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	// Botkube tells which sources it has started anew, so that their streams can be, too.
	var restarted []string
	for range 2 {
		select {
		case key := <-b.restarted:
			restarted = append(restarted, key)
		case <-time.After(patience):
			t.Fatalf("only %v restarted within %s", restarted, patience)
		}
	}
	slices.Sort(restarted)
	if got, want := strings.Join(restarted, " "), "repo/forwarder repo/ticker"; got != want {
		t.Errorf("found %s restarted, want %s", got, want)
	}
	b.eventually("the executor's restart", func() error {
		if _, err := b.GetExecutor(key("echo")); err != nil {
			return err // Botkube forgets it meanwhile
		}
		_, err := execute(b, "echo", "echo hello")
		return err
	})
	b.next(b.stream(t.Context(), "ticker", "interval: 1s"))
	if _, err := request(b, `{"message": "hello"}`); err != nil {
		t.Error(err)
	}
	for _, pid := range processes(t, b.cacheDir) {
		if slices.Contains(killed, pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
}

// Shutdown ends all plugins, those in the middle of a stream, too. Each test checks that at its end.
func TestShutdownLeavesNoProcess(t *testing.T) {
	_, indexURL := publishDist(t)
	b := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker", "forwarder"}, executors: []string{"echo"}}).mustStart()
	b.next(b.stream(t.Context(), "ticker", "interval: 1s"))
	b.stream(t.Context(), "forwarder", "null\n")
	if got := processes(t, b.cacheDir); len(got) != 3 {
		t.Errorf("found processes %v, want three", got)
	}
	b.stop()
	if got := processes(t, b.cacheDir); len(got) != 0 {
		t.Errorf("found processes %v, want none", got)
	}
}

// What Botkube has installed it starts again without asking any server.
func TestBotkubeStartsOfflineFromItsCache(t *testing.T) {
	s, indexURL := publishDist(t)
	first := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}, executors: []string{"echo"}}).mustStart()
	first.stop()
	s.Close()

	again := (&botkube{
		t: t, indexURL: indexURL, sources: first.sources, executors: first.executors, cacheDir: first.cacheDir,
	}).mustStart()
	again.next(again.stream(t.Context(), "ticker", "interval: 1s"))
	if _, err := execute(again, "echo", "echo hello"); err != nil {
		t.Error(err)
	}
}
