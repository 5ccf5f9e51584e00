//go:build reproducible

// Package reproducible_test builds the last commit in different clones of the repository, without
// network, and compares the results. make reproducible runs it.
package reproducible_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/checkout"

	"github.com/google/go-cmp/cmp"
)

// The clones differ in their path, their build cache, and whether they have a remote. They share
// GoReleaser and the downloaded modules, because there is no network.
func TestTwoBuildsGiveTheSameBytes(t *testing.T) {
	env := append(checkout.Env(t), "GOPROXY=off")
	first := clone(t, "first")
	checkout.Run(t, first, env, "make", "index")

	second := clone(t, "another/directory/second")
	checkout.Run(t, second, env, "git", "remote", "remove", "origin")
	checkout.Run(t, second, append(env, "GOCACHE="+t.TempDir()), "make", "index")

	sums := distSums(t, first)
	if diff := cmp.Diff(strings.Join(sums, "\n"), strings.Join(distSums(t, second), "\n")); diff != "" {
		t.Errorf("SHA-256 of the files in dist (-first +second):\n%s", diff)
	}
	var found []string
	for _, line := range sums {
		_, file, _ := strings.Cut(line, "  ")
		found = append(found, file)
	}
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

// A fork releases with its own tag and remote, and without any configuration. The test does
// everything except signing and uploading. Without a token, nothing sends requests to GitHub.
func TestForkPublishesItsOwnURLs(t *testing.T) {
	env := slices.DeleteFunc(checkout.Env(t), func(v string) bool { return strings.HasPrefix(v, "GITHUB_TOKEN=") })
	env = append(env, "GOPROXY=off", "CYCLONEDX_GOMOD="+checkout.Tool(t, "CYCLONEDX_GOMOD"))
	fork := clone(t, "fork")
	checkout.Run(t, fork, env, "git", "remote", "set-url", "origin", "git@github.com:someone/their-plugins.git")
	checkout.Run(t, fork, env, "git", "tag", "v1.2.3")
	checkout.Run(t, fork, env, checkout.Tool(t, "GORELEASER"), "release", "--clean", "--skip=publish,announce,sign")

	const base = "https://github.com/someone/their-plugins"
	var want, found strings.Builder
	for _, build := range checkout.Builds(t, fork) {
		fmt.Fprintf(&want, "1.2.3 %s/tree/v1.2.3/plugins/%s\n", base, filepath.Base(build.Main))
		for _, binary := range build.Binaries() {
			fmt.Fprintf(&want, "%s/releases/download/v1.2.3/%s.tar.zst\n", base, binary)
		}
	}
	var ix index.Index
	checkout.ReadYAML(t, filepath.Join(fork, "dist/plugins-index.yaml"), &ix)
	for _, entry := range ix.Entries {
		fmt.Fprintf(&found, "%s %s\n", entry.Version, entry.DocumentationURL)
		for _, artifact := range entry.URLs {
			fmt.Fprintln(&found, artifact.URL)
		}
	}
	if diff := cmp.Diff(want.String(), found.String()); diff != "" {
		t.Errorf("versions and URLs in the index (-want +found):\n%s", diff)
	}

	sums := distSums(t, fork)
	checksums, err := os.ReadFile(filepath.Join(fork, "dist/checksums.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(checksums)) {
		if !slices.Contains(sums, strings.TrimSuffix(line, "\n")) {
			t.Errorf("checksums.txt: found %q, want one of:\n%s", line, strings.Join(sums, "\n"))
		}
	}
	if !strings.Contains(string(checksums), "  plugins-index.yaml\n") {
		t.Errorf("found no plugins-index.yaml in checksums.txt:\n%s", checksums)
	}
}

// clone clones HEAD and returns the directory.
func clone(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	checkout.Run(t, ".", os.Environ(), "git", "clone", "--quiet", "--no-hardlinks", checkout.Root(t), dir)
	t.Logf("building %s", name)
	return dir
}

// distSums returns a line for each file in a clone's dist, as sha256sum prints it. It leaves out
// GoReleaser's records, which contain the time of the run.
func distSums(t *testing.T, clone string) (lines []string) {
	t.Helper()
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
		lines = append(lines, fmt.Sprintf("%x  %s", sha256.Sum256(content), entry.Name()))
	}
	return lines
}
