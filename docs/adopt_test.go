//go:build docs

package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"botkube-plugins/internal/checkout"
)

// TestAdopt takes a repository to its first release, for which a copy of the Botkube project's template
// stands in.
func TestAdopt(t *testing.T) {
	r := newReader(t)
	home := t.TempDir()
	for _, name := range []string{"GOPATH", "GOCACHE", "GOMODCACHE"} { // which are below the user's home directory
		r.env = append(r.env, name+"="+strings.TrimSpace(checkout.Run(t, ".", nil, "go", "env", name)))
	}
	r.env = append(r.env, "HOME="+home, "PATH="+filepath.Join(home, ".local", "bin")+":"+searchPath(r.env))

	dir := filepath.Join(r.dir, "my-plugins")
	if err := os.CopyFS(dir, os.DirFS("../e2e/testdata/adopt/template")); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"go.mod", "go.sum"} { // the same dependencies need no network
		text, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		text = regexp.MustCompile(`(?m)^module .*$`).ReplaceAll(text, []byte("module example.com/my-plugins"))
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	setup := start(t, dir, r.env, "git init --quiet && git remote add origin https://github.com/YOU/my-plugins && git add . && "+
		"git -c user.name=you -c user.email=you@example.com commit --quiet --message 'My plugins'")
	setup.finish(t)
	if commands := r.follow(t, "adopt.md"); commands < 7 {
		t.Errorf("found only %d commands", commands)
	}
	release, err := os.ReadFile(filepath.Join(dir, ".github", "workflows", "release.yml"))
	commit := strings.TrimSpace(checkout.Run(t, "..", nil, "git", "rev-parse", "HEAD"))
	if want := "uses: OWNER/REPO/.github/workflows/release-plugins.yml@" + commit + "\n"; err != nil || !strings.Contains(string(release), want) {
		t.Errorf("found error %v and the workflow\n%s\nwant %s", err, release, want)
	}
}

// searchPath returns the PATH of an environment.
func searchPath(env []string) (path string) {
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, "PATH="); ok {
			path = value
		}
	}
	return path
}
