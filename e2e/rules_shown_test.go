package e2e_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// starts checks that Botkube installs and starts the ticker.
func starts(t *testing.T, _ *site, indexURL string) {
	t.Helper()
	b := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}}).mustStart()
	if _, err := b.source("ticker").Metadata(t.Context()); err != nil {
		t.Error(err)
	}
}

// fails checks that Botkube accepts the index and then cannot start the ticker.
func fails(want string) func(*testing.T, *site, string) { return failsFor("ticker", want) }

func failsFor(name, want string) func(*testing.T, *site, string) {
	return func(t *testing.T, _ *site, indexURL string) {
		t.Helper()
		b := &botkube{t: t, indexURL: indexURL, sources: []string{repo + "/" + name}}
		if err := b.start(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Botkube's start: found error %v, want %q", err, want)
		}
	}
}

// installsAt checks that Botkube installs a program at a wrong path.
func installsAt(name, path string) func(*testing.T, *site, string) {
	return func(t *testing.T, _ *site, indexURL string) {
		t.Helper()
		b := (&botkube{t: t, indexURL: indexURL, sources: []string{repo + "/" + name}}).mustStart()
		if _, err := os.Stat(filepath.Join(b.cacheDir, path)); err != nil {
			t.Error(err)
		}
	}
}

// installsVersion checks which version Botkube installs.
func installsVersion(version string) func(*testing.T, *site, string) {
	return func(t *testing.T, _ *site, indexURL string) {
		t.Helper()
		b := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}}).mustStart()
		if _, err := os.Stat(b.binary("source", version, "ticker")); err != nil {
			t.Error(err)
		}
	}
}

// startsAnother checks that Botkube starts a program that is not the ticker.
func startsAnother(t *testing.T, s *site, indexURL string) {
	t.Helper()
	b := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}}).mustStart()
	md, err := b.source("ticker").Metadata(t.Context())
	if want := s.index(t).Entries[0].Description; err != nil || md.Description == want {
		t.Errorf("found a plugin that %q, error %v; want another", md.Description, err)
	}
}

// startsWithoutDependency checks that Botkube starts the ticker without a dependency.
func startsWithoutDependency(name string) func(*testing.T, *site, string) {
	return func(t *testing.T, s *site, indexURL string) {
		t.Helper()
		b := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}}).mustStart()
		dir := b.binary("source", s.index(t).Entries[0].Version, "ticker") + "_deps"
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the dependency is there (error %v)", err)
		}
	}
}
