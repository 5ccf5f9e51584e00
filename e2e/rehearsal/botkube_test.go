//go:build rehearsal

package rehearsal_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubeshop/botkube/pkg/api/source"
	"github.com/kubeshop/botkube/pkg/config"
	"github.com/kubeshop/botkube/pkg/loggerx"
	"github.com/kubeshop/botkube/pkg/plugin"
)

// install installs the ticker from an index with Botkube's own plugin manager, and waits for an
// event.
func install(t *testing.T, repo, indexURL, version string) {
	t.Helper()
	cache := t.TempDir()
	cfg := config.PluginManagement{
		CacheDir:            cache,
		Repositories:        map[string]config.PluginsRepository{repo: {URL: indexURL}},
		RestartPolicy:       config.PluginRestartPolicy{Type: config.KeepAgentRunningWhenThresholdReached, Threshold: 1},
		HealthCheckInterval: 10 * time.Second,
	}
	key := repo + "/ticker"
	logger := config.Logger{Level: "error", DisableColors: true}
	manager := plugin.NewManager(loggerx.New(logger), logger, cfg, nil, []string{key}, make(chan string, 100), plugin.NewHealthStats(1))
	// Botkube's watchers must end before Shutdown, or they restart the plugin.
	ctx, cancel := context.WithCancel(t.Context())
	defer manager.Shutdown()
	defer time.Sleep(200 * time.Millisecond)
	defer cancel()
	if err := manager.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(cache, repo, "source_"+version+"_ticker")); err != nil {
		t.Error(err)
	}
	ticker, err := manager.GetSource(key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := ticker.Stream(ctx, source.StreamInput{Configs: []*source.Config{{RawYAML: []byte("interval: 1s")}}})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case event := <-out.Event:
		if text := event.Message.BaseBody.Plaintext + event.Message.BaseBody.CodeBlock; !strings.Contains(text, "Ticker Event") {
			t.Errorf("found the message %+v", event.Message)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("no event within 30 seconds")
	}
}
