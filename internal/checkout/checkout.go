// Package checkout helps tests that build the last commit in a clone of the repository, as users
// do. Only tests import it.
package checkout

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Root returns the root of the repository.
func Root(t testing.TB) string {
	t.Helper()
	return strings.TrimSpace(Run(t, ".", os.Environ(), "git", "rev-parse", "--show-toplevel"))
}

// Tool returns the path of a build tool, which make passes in an environment variable.
func Tool(t testing.TB, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if !filepath.IsAbs(path) {
		t.Fatalf("%s: found %q, want the absolute path of a tool; run this test with make", variable, path)
	}
	return path
}

// Env returns an environment for commands in a clone. It has none of the variables that make and
// git set for this checkout. GoReleaser is first in its PATH, so that the clone does not build it.
func Env(t testing.TB) []string {
	t.Helper()
	path := t.TempDir()
	if err := os.Symlink(Tool(t, "GORELEASER"), filepath.Join(path, "goreleaser")); err != nil {
		t.Fatal(err)
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "GIT") || strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=")
	})
	return append(env, "PATH="+path+":"+os.Getenv("PATH"))
}

// Run runs a command and returns its stdout. The command must succeed.
func Run(t testing.TB, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.String()
}

// ReadYAML decodes a file.
func ReadYAML(t testing.TB, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// Build is an entry of builds in .goreleaser.yaml: one plugin.
type Build struct {
	ID           string // <type>_<name>
	Main         string // ./plugins/<name>
	Skip         bool
	Goos, Goarch []string
}

// Builds returns the builds in a clone's .goreleaser.yaml that are not skipped, sorted as in the
// index.
func Builds(t testing.TB, dir string) []Build {
	t.Helper()
	var config struct{ Builds []Build }
	ReadYAML(t, filepath.Join(dir, ".goreleaser.yaml"), &config)
	builds := slices.DeleteFunc(config.Builds, func(b Build) bool { return b.Skip })
	if len(builds) == 0 {
		t.Fatal("found no build in .goreleaser.yaml")
	}
	slices.SortFunc(builds, func(a, b Build) int { return strings.Compare(a.ID, b.ID) })
	return builds
}

// Binaries returns the names of a build's files, sorted as in the index.
func (b Build) Binaries() (names []string) {
	for _, system := range b.Goos {
		for _, arch := range b.Goarch {
			names = append(names, b.ID+"_"+system+"_"+arch)
		}
	}
	slices.Sort(names)
	return names
}
