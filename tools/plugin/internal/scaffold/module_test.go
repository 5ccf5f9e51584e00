package scaffold

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sources "botkube-plugins"

	"github.com/google/go-cmp/cmp"
)

// foreign returns a module that has only a go.mod, and keeps the go command off the network.
func foreign(t *testing.T, goMod string) Repository {
	t.Helper()
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "off")
	r := Repository(t.TempDir())
	if err := os.WriteFile(r.path("go.mod"), []byte(goMod), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// Plugins of all kinds compile and pass their tests in a module that has nothing of this repository.
func TestNewPluginsWorkInAnotherModule(t *testing.T) {
	r := foreign(t, "module example.com/acme/myplugins // ours\n\ngo 1.22\n")
	all := []string{"ask", "greet", "pods"}
	for _, name := range all {
		p, o := Plugin{"executor", name}, Options{Dir: Dir}
		switch name {
		case "ask":
			o.Interactive = true
		case "greet":
			o.Dir = "cmd/executor"
		case "pods":
			p.Type = "source"
		}
		done, err := r.Create(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		if first := name == "ask"; first != (len(done.Kit) == 4) || first != slices.Contains(done.Required, "github.com/kubeshop/botkube v1.14.0") {
			t.Errorf("%s: found the packages %v and the requirements %v", name, done.Kit, done.Required)
		}
	}
	text, err := os.ReadFile(r.path("go.mod"))
	if err != nil || !strings.HasPrefix(string(text), "module example.com/acme/myplugins // ours\n\ngo 1.26.0\n") {
		t.Errorf("found go.mod, error %v:\n%s", err, text)
	}
	err = filepath.WalkDir(string(r), func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		if strings.Contains(string(text), `"`+own) {
			t.Errorf("%s imports a package of this repository", file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	goTool(t, r, "mod", "tidy", "-diff")
	goTool(t, r, "vet", "./...")
	goTool(t, r, "test", "./...")

	ids, file, changed, err := r.Sync(t.Context())
	if err != nil || !changed || file != configFile || !slices.Equal(ids, []string{"executor_ask", "source_pods"}) {
		t.Errorf("found %v in %s, changed %t, error %v", ids, file, changed, err)
	}
}

// The versions of a module are raised only if the plugin imports it, and never lowered.
func TestRequirementsOfAnotherModule(t *testing.T) {
	r := foreign(t, "module m\n\ngo 1.99.0\n\nrequire (\n\tgithub.com/kubeshop/botkube v1.0.0\n\tgithub.com/google/go-cmp v0.99.0\n\tgithub.com/spf13/cobra v1.0.0\n)\n")
	t.Setenv("GOTOOLCHAIN", "local")
	m, err := goMod(t.Context(), string(r), "go.mod")
	if err != nil {
		t.Fatal(err)
	}
	got, err := edits(t.Context(), t.TempDir(), m)
	if err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string]string{
		"-go=":                                  "",
		"-require=github.com/kubeshop/botkube@": "v1.14.0",
		"-require=github.com/google/go-cmp@":    "",
		"-require=github.com/spf13/cobra@":      "",
		"-require=google.golang.org/protobuf@":  "v1.36.12",
	} {
		found := ""
		for _, arg := range got {
			if version, ok := strings.CutPrefix(arg, prefix); ok {
				found = version
			}
		}
		if found != want {
			t.Errorf("%s: found %q, want %q", prefix, found, want)
		}
	}
}

// If the modules cannot be had, nothing is left.
func TestFailedDownloadChangesNothing(t *testing.T) {
	const text = "module m\n\ngo 1.26.0\n\nrequire github.com/google/go-cmp v0.99.99\n"
	r := foreign(t, text)
	if _, err := r.Create(t.Context(), Plugin{"source", "pods"}, Options{Dir: "cmd/source"}); err == nil || !strings.Contains(err.Error(), "go mod tidy failed") {
		t.Errorf("found the error %v", err)
	}
	left, err := os.ReadDir(string(r))
	if err != nil || len(left) != 1 {
		t.Errorf("found %v, error %v, want go.mod alone", left, err)
	}
	got, err := os.ReadFile(r.path("go.mod"))
	if diff := cmp.Diff(text, string(got)); diff != "" || err != nil {
		t.Errorf("error %v, go.mod (-want +got):\n%s", err, diff)
	}
}

// The embedded packages are complete: each package has all its files, except some of jsonschema.
func TestSourcesAreComplete(t *testing.T) {
	for _, dir := range []string{"internal/pluginkit", "internal/pluginkit/plugintest", "internal/problem"} {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: found %v, error %v", dir, files, err)
		}
		for _, file := range files {
			name := dir + "/" + filepath.Base(file)
			if _, err := sources.Sources.Open(name); err != nil && !strings.HasSuffix(name, "_test.go") {
				t.Errorf("found no %s in sources.go", name)
			}
		}
	}
}
