package e2e_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// both calls test twice: with the archives that make index builds, and with binaries without
// archives.
func both(t *testing.T, test func(t *testing.T, s *site, indexURL, suffix string)) {
	t.Run("archives", func(t *testing.T) {
		s, indexURL := publishDist(t)
		test(t, s, indexURL, ".tar.zst")
	})
	t.Run("binaries", func(t *testing.T) {
		readDist(t, "plugins-index.yaml") // fails with a hint if dist is missing
		s := newSite(t, dist)
		test(t, s, s.generate(t, dist, "--publish", "binary"), "")
	})
}

// Botkube installs and starts all plugins of one index at once. The installed files are identical
// to the built ones.
func TestInstallsFromArchivesAndBinaries(t *testing.T) {
	both(t, func(t *testing.T, _ *site, indexURL, _ string) {
		b := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker", "forwarder"}, executors: []string{"echo", "restart"}}).mustStart()

		b.next(b.stream(t.Context(), "ticker", "interval: 1s"))
		if _, err := request(b, `{"message": "hello"}`); err != nil {
			t.Error(err)
		}
		if _, err := execute(b, "echo", "echo hello"); err != nil {
			t.Error(err)
		}
		for _, key := range []string{"source/ticker", "source/forwarder", "executor/echo", "executor/restart"} {
			pluginType, name, _ := strings.Cut(key, "/")
			installed := b.binary(pluginType, distVersion(t), name)
			content, err := os.ReadFile(installed)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(content, readDist(t, hostFile(pluginType, name, ""))) {
				t.Errorf("%s: what is installed is not what was built", key)
			}
			b.process(installed)
		}
		if left := b.unfinished(); len(left) > 0 {
			t.Errorf("found %q beside the plugins, want nothing", left)
		}
	})
}

// Botkube rejects an artifact with one flipped byte, at this start and at the next. The download
// stays in a separate directory. Nothing is started from it, and the next download replaces it.
func TestRefusesFlippedByte(t *testing.T) {
	both(t, func(t *testing.T, s *site, indexURL, suffix string) {
		file := hostFile("source", "ticker", suffix)
		flipped := readDist(t, file)
		flipped[len(flipped)/2] ^= 1
		s.put(file, flipped)

		cache := t.TempDir()
		for _, at := range []string{"first start", "second start"} {
			b := &botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}, cacheDir: cache}
			err := b.start()
			if err == nil || !strings.Contains(err.Error(), "Checksums did not match") {
				t.Fatalf("%s: found error %v, want one about the checksum", at, err)
			}
			if _, err := os.Stat(b.binary("source", distVersion(t), "ticker")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: the plugin is installed (error %v)", at, err)
			}
			for _, path := range b.unfinished() {
				if info, err := os.Stat(path); err != nil || !info.IsDir() {
					t.Errorf("%s: found the file %s (error %v)", at, path, err)
				}
			}
			b.stop()
		}

		s.remove(file)
		b := (&botkube{t: t, indexURL: indexURL, sources: []string{"ticker"}, cacheDir: cache}).mustStart()
		b.next(b.stream(t.Context(), "ticker", "interval: 1s"))
		if left := b.unfinished(); len(left) > 0 {
			t.Errorf("found %q beside the plugin, want nothing", left)
		}
	})
}

// unfinished lists the files in the repository's directory in Botkube's cache, except installed
// plugins and their dependency directories.
func (b *botkube) unfinished() []string {
	b.t.Helper()
	left, err := filepath.Glob(filepath.Join(b.cacheDir, repo, "*"))
	if err != nil {
		b.t.Fatal(err)
	}
	return slices.DeleteFunc(left, func(path string) bool {
		return slices.ContainsFunc([]string{"_ticker", "_forwarder", "_echo", "_restart"}, func(suffix string) bool {
			return strings.HasSuffix(path, suffix)
		})
	})
}
