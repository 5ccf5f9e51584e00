//go:build reproducible

// Package reproducible_test builds the last commit in clones of the repository, without network
// and as different users do. Make reproducible runs it.
package reproducible_test

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/checkout"

	"github.com/google/go-cmp/cmp"
)

// The clones are as different as clones may be: in the path, the build cache, and whether there
// is a remote. They share GoReleaser, and the modules, as there is no network here.
func TestTwoBuildsGiveTheSameBytes(t *testing.T) {
	env := append(checkout.Env(t), "GOPROXY=off")
	first := clone(t, "first")
	checkout.Run(t, first, env, "make", "index")

	second := clone(t, "another/directory/second")
	checkout.Run(t, second, env, "git", "remote", "remove", "origin")
	checkout.Run(t, second, append(env, "GOCACHE="+t.TempDir()), "make", "index")

	sums := distSums(t, first)
	if diff := cmp.Diff(sums, distSums(t, second)); diff != "" {
		t.Errorf("SHA-256 of the files in dist (-first +second):\n%s", diff)
	}
	found := slices.Sorted(maps.Keys(sums))
	want := []string{"checksums.txt", "plugins-index.yaml"}
	for _, build := range checkout.Builds(t, first) {
		for _, binary := range build.Binaries() {
			want = append(want, binary, binary+".tar.zst")
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("files in dist (-want +found):\n%s", diff)
	}
	checkout.Run(t, first, env, "bin/indexgen", "validate", "dist/plugins-index.yaml")
}

// A fork releases with a tag and a remote of its own, and without any configuration. All but
// signing and uploading is done; without a token nothing asks GitHub.
func TestForkPublishesItsOwnURLs(t *testing.T) {
	env := slices.DeleteFunc(checkout.Env(t), func(v string) bool { return strings.HasPrefix(v, "GITHUB_TOKEN=") })
	env = append(env, "GOPROXY=off", "CYCLONEDX_GOMOD="+checkout.Tool(t, "CYCLONEDX_GOMOD"))
	fork := clone(t, "fork")
	checkout.Run(t, fork, env, "git", "remote", "set-url", "origin", "git@github.com:someone/their-plugins.git")
	checkout.Run(t, fork, env, "git", "tag", "v1.2.3")
	checkout.Run(t, fork, env, checkout.Tool(t, "GORELEASER"), "release", "--clean", "--skip=publish,announce,sign")

	type published struct {
		DocumentationURL, Version string
		URLs                      []string
	}
	const base = "https://github.com/someone/their-plugins"
	var want, found []published
	for _, build := range checkout.Builds(t, fork) {
		p := published{DocumentationURL: base + "/tree/v1.2.3/plugins/" + filepath.Base(build.Main), Version: "1.2.3"}
		for _, binary := range build.Binaries() {
			p.URLs = append(p.URLs, base+"/releases/download/v1.2.3/"+binary+".tar.zst")
		}
		want = append(want, p)
	}
	var ix index.Index
	checkout.ReadYAML(t, filepath.Join(fork, "dist/plugins-index.yaml"), &ix)
	for _, entry := range ix.Entries {
		p := published{DocumentationURL: entry.DocumentationURL, Version: entry.Version}
		for _, artifact := range entry.URLs {
			p.URLs = append(p.URLs, artifact.URL)
		}
		found = append(found, p)
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("index (-want +found):\n%s", diff)
	}

	sums := distSums(t, fork)
	checksums, err := os.ReadFile(filepath.Join(fork, "dist/checksums.txt"))
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]bool{}
	for line := range strings.Lines(string(checksums)) {
		sum, file, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if covered[file] = true; sums[file] != sum {
			t.Errorf("checksums.txt: found %s for %s, want %q", sum, file, sums[file])
		}
	}
	if !covered["plugins-index.yaml"] {
		t.Errorf("found no plugins-index.yaml in checksums.txt:\n%s", checksums)
	}
}

// clone clones HEAD into a directory, and returns its path.
func clone(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	checkout.Run(t, ".", os.Environ(), "git", "clone", "--quiet", "--no-hardlinks", checkout.Root(t), dir)
	t.Logf("building %s", name)
	return dir
}

// distSums returns the SHA-256 of all files in a clone's dist, apart from GoReleaser's own records,
// which hold the time of the run.
func distSums(t *testing.T, clone string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	entries, err := os.ReadDir(filepath.Join(clone, "dist"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if slices.Contains([]string{"config.yaml", "metadata.json", "artifacts.json"}, entry.Name()) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(clone, "dist", entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		sums[entry.Name()] = hex.EncodeToString(sum[:])
	}
	return sums
}
