package e2e_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kubeshop/botkube/pkg/config"
	"github.com/kubeshop/botkube/pkg/plugin"
	"gopkg.in/yaml.v3"
)

// The tests in this file cover only Botkube: statements about it in the documentation, and the
// reasons for the rules of indexgen.

// publishTwoVersions publishes the ticker as version 1.0.0, and the forwarder as version 2.0.0 of
// the same plugin, so that a test sees which one is installed.
func publishTwoVersions(t *testing.T) (*site, string) {
	t.Helper()
	s, _ := publishDist(t)
	var ix plugin.Index
	versions := map[string]string{"ticker": "1.0.0", "forwarder": "2.0.0"}
	for _, entry := range s.index(t).Entries {
		if version, ok := versions[entry.Name]; ok {
			entry.Name, entry.Version = "ticker", version
			ix.Entries = append(ix.Entries, entry)
		}
	}
	return s, s.putIndex(t, ix)
}

// The version in <repository>/<name>@<version> is only part of a file name: Botkube installs the
// newest version under it.
func TestBotkubeIgnoresPinnedVersions(t *testing.T) {
	_, indexURL := publishTwoVersions(t)
	b := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker@1.0.0"}}).mustStart()

	content, err := os.ReadFile(b.binary("source", "1.0.0", "ticker"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, readDist(t, hostFile("source", "forwarder", ""))) {
		t.Error("what is installed is not the newest version")
	}
}

// Botkube starts the first file of an archive whose name may be that of a program.
func TestBotkubeStartsTheFirstFileOfAnArchive(t *testing.T) {
	s, _ := publishDist(t)
	ix := s.index(t)
	archive := tarGz(t, "source_ticker", readDist(t, hostFile("source", "ticker", "")))
	url := s.put("ticker.tar.gz", archive)
	for i := range ix.Entries {
		for j := range ix.Entries[i].URLs {
			ix.Entries[i].URLs[j].URL, ix.Entries[i].URLs[j].Checksum = url, sum(archive)
		}
	}
	b := &botkube{t: t, indexURL: s.putIndex(t, ix), sources: []string{"ticker"}}
	if err := b.start(); err == nil || !strings.Contains(err.Error(), "exec format error") {
		t.Errorf("found error %v, want one about the format of LICENSE", err)
	}
}

// Botkube caches the index. It does not see a new version while the plugin is in the cached index,
// not even under another URL.
func TestBotkubeKeepsTheIndex(t *testing.T) {
	s, indexURL := publishTwoVersions(t)
	ix := s.index(t)
	older := slices.DeleteFunc(slices.Clone(ix.Entries), func(e plugin.IndexEntry) bool { return e.Version == "2.0.0" })
	s.putIndex(t, plugin.Index{Entries: older})
	first := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}}).mustStart()
	first.stop()

	text, err := yaml.Marshal(ix)
	if err != nil {
		t.Fatal(err)
	}
	newURL := s.put("v2/plugins-index.yaml", text)
	again := (&botkube{t: t, indexURL: newURL, sources: []string{"ticker"}, cacheDir: first.cacheDir}).mustStart()
	if _, err := os.Stat(again.binary("source", "2.0.0", "ticker")); err == nil {
		t.Error("the new version is installed")
	}
	again.process(again.binary("source", "1.0.0", "ticker"))
}

// If the cached index lacks a plugin, Botkube fetches the index again and starts the plugin, but is
// not marked as started: no plugin can be used until the next start.
func TestBotkubeIsNotStartedAfterRefetchingTheIndex(t *testing.T) {
	s, indexURL := publishDist(t)
	full := s.index(t)
	echo := slices.IndexFunc(full.Entries, func(e plugin.IndexEntry) bool { return e.Name == "echo" })
	s.putIndex(t, plugin.Index{Entries: full.Entries[echo : echo+1]})
	first := (&botkube{t: t, indexURL: indexURL, executors: []string{"echo"}}).mustStart()
	first.stop()

	s.putIndex(t, full)
	second := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}, cacheDir: first.cacheDir}).mustStart()
	second.process(second.binary("source", distVersion(t), "ticker"))
	if _, err := second.GetSource(key("ticker")); err == nil {
		t.Error("the plugin can be used")
	}
	second.stop()

	third := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}, cacheDir: first.cacheDir}).mustStart()
	third.next(third.stream(t.Context(), "ticker", "interval: 1s"))
}

// Botkube sends the headers of a repository only with the request for its index, so plugins must be
// public.
func TestBotkubeSendsHeadersForTheIndexOnly(t *testing.T) {
	s, indexURL := publishDist(t)
	b := &botkube{t: t}
	err := b.startWith(config.PluginManagement{
		CacheDir: t.TempDir(),
		Repositories: map[string]config.PluginsRepository{
			repo: {URL: indexURL, Headers: map[string]string{"Authorization": "Bearer none"}},
		},
	}, nil, keys([]string{"ticker"}))
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, want := range map[string]string{
		"/plugins-index.yaml": "Bearer none", "/" + hostFile("source", "ticker", ".tar.zst"): "",
	} {
		if header, ok := s.requests[path]; !ok || header.Get("Authorization") != want {
			t.Errorf("found the request %v (%t) for %s, want the authorization %q", header, ok, path, want)
		}
	}
}

// Botkube's image runs it as an ordinary user.
func TestBotkubesImageDoesNotRunAsRoot(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/kubeshop/botkube").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "build", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	users := regexp.MustCompile(`(?m)^USER (.*)$`).FindAllStringSubmatch(string(text), -1)
	if len(users) == 0 || users[len(users)-1][1] != "botkube" {
		t.Errorf("found the users %v, want botkube at the end", users)
	}
}
