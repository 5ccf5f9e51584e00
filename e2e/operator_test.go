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

// The values in the README files of the plugins, the URL of the index and a channel are all that an
// operator needs: Botkube's own configuration accepts them and enables all plugins, and each
// plugin accepts its config.
func TestReadmeValuesEnableThePlugins(t *testing.T) {
	_, indexURL := publishDist(t)
	cacheDir := t.TempDir()
	values := [][]byte{fmt.Appendf(nil, `
plugins:
  cacheDir: %s
  repositories: {my-repo: {url: %s}}
`, cacheDir, indexURL), channel("ticks, deployments", "parrot, operations")}
	for _, name := range []string{"ticker", "forwarder", "echo", "restart"} {
		values = append(values, readmeValues(t, name))
	}
	cfg, executors, sources := enabled(t, values...)
	if got, want := fmt.Sprint(sources, executors), "[my-repo/forwarder my-repo/ticker] [my-repo/echo my-repo/restart]"; got != want {
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
	raw = rawConfig(t, cfg.Executors["operations"].Plugins["my-repo/restart"])
	if got, err := execute(b, "my-repo/restart", "restart", raw); err != nil || got.BaseBody.CodeBlock != "{{BotName}} restart namespace blog\n" {
		t.Errorf("found %+v, error %v; want the namespace blog", got, err)
	}
	b.next(b.stream(t.Context(), "my-repo/ticker", "interval: 1s")) // enough time to reject the configs
	if err := lineWith(b.log(), "canceling streaming"); err == nil {
		t.Error("a stream has ended")
	}
}

// channel returns Botkube's configuration of a channel that groups of plugins are bound to.
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

// enabled returns Botkube's configuration with these values, and the keys of the plugins that it
// enables.
func enabled(t *testing.T, values ...[]byte) (cfg *config.Config, executors, sources []string) {
	t.Helper()
	cfg, _, err := config.LoadWithDefaults(values)
	if err != nil {
		t.Fatal(err)
	}
	executors, sources = plugin.NewCollector(loggerx.NewNoop()).GetAllEnabledAndUsedPlugins(cfg)
	slices.Sort(executors)
	slices.Sort(sources)
	return cfg, executors, sources
}

// rawConfig returns the config as Botkube passes it to a plugin.
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

// The test kills all plugins. Botkube restarts them, and they work as before.
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
	// Botkube reports the sources that it has restarted, so that their streams can be opened again.
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
			return err // Botkube does not know it during the restart
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

// Shutdown ends all plugins, including those with an open stream. Each test checks this at its end.
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

// Botkube starts installed plugins again without a request to any server.
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
