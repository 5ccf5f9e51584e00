package e2e_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/config"
	"github.com/kubeshop/botkube/pkg/plugin"
	"sigs.k8s.io/yaml"

	"botkube-plugins/e2e/internal/metaschema"
	"botkube-plugins/e2e/internal/programs"
)

// Indexgen and Botkube's own index builder generate the same index of the plugins of the Botkube
// project.
func TestIndexOfPeerPluginsIsThatOfBotkubesBuilder(t *testing.T) {
	dir := built(t, buildPeerPlugins)
	s := newSite(t, dir)
	s.generate(t, dir, "--publish", "binary", "--expect-version", programs.PeerVersion)
	ours := s.index(t)
	if err := ours.Validate(); err != nil {
		t.Errorf("Botkube rejects our index: %v", err)
	}
	platforms := map[string]int{}
	for _, entry := range ours.Entries {
		platforms[fmt.Sprintf("%s/%s", entry.Type, entry.Name)] = len(entry.URLs)
	}
	want := map[string]int{"executor/echo": 4, "executor/kubectl": 4, "source/cm-watcher": 4, "source/kubernetes": 4}
	if !maps.Equal(platforms, want) {
		t.Errorf("found so many platforms of each plugin: %v, want %v", platforms, want)
	}
	if diff := cmp.Diff(sorted(peerIndex(t, dir, s.URL)), sorted(ours)); diff != "" {
		t.Errorf("-of Botkube's builder +of indexgen:\n%s", diff)
	}
}

// peerIndex runs Botkube's own index builder.
func peerIndex(t *testing.T, dir, baseURL string) plugin.Index {
	t.Helper()
	schemas, err := metaschema.Start(filepath.Join(t.TempDir(), "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = schemas.Close() }()
	output := filepath.Join(t.TempDir(), "plugins-index.yaml")
	cmd := exec.Command(built(t, buildPeerIndex), "-dist", dir, "-base-url", baseURL, "-output", output)
	cmd.Env = append(os.Environ(), schemas.Env()...)
	if log, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("peerindex: %v\n%s", err, log)
	}
	if schemas.Served() == 0 {
		t.Error("the builder has not fetched the meta-schema here")
	}
	text, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	return decodeIndex(t, text)
}

// sorted sorts entries and artifacts, since Botkube's builder does not.
func sorted(ix plugin.Index) plugin.Index {
	slices.SortFunc(ix.Entries, func(a, b plugin.IndexEntry) int {
		return strings.Compare(string(a.Type)+a.Name, string(b.Type)+b.Name)
	})
	for _, entry := range ix.Entries {
		slices.SortFunc(entry.URLs, func(a, b plugin.IndexURL) int { return strings.Compare(a.URL, b.URL) })
	}
	return ix
}

// Botkube installs and starts its own plugins from our index. Only their dependencies are replaced,
// since the real ones are on the network.
func TestBotkubeInstallsItsOwnPluginsFromOurIndex(t *testing.T) {
	dir := built(t, buildPeerPlugins)
	s := newSite(t, dir)
	s.generate(t, dir, "--publish", "binary")
	ix := s.index(t)
	dependency := s.put("dependency", []byte("#!/bin/sh\n"))
	dependencies := 0
	for _, entry := range ix.Entries {
		for _, artifact := range entry.URLs {
			for name := range artifact.Dependencies {
				artifact.Dependencies[name] = plugin.Dependency{URL: dependency}
				dependencies++
			}
		}
	}
	if dependencies == 0 {
		t.Error("found no dependencies in the index, want that of kubectl")
	}
	b := (&botkube{
		t: t, indexURL: s.putIndex(t, ix),
		sources: []string{"cm-watcher", "kubernetes"}, executors: []string{"echo", "kubectl"},
	}).mustStart()

	if got, err := execute(b, "echo", "echo hello"); err != nil || got.BaseBody.CodeBlock != "echo hello" {
		t.Errorf("echo: found %+v, error %v", got, err)
	}
	if help, err := b.executor("kubectl").Help(t.Context()); err != nil || !strings.Contains(fmt.Sprint(help), "kubectl") {
		t.Errorf("kubectl: found the help %+v, error %v", help, err)
	}
	kubectl := filepath.Join(b.binary("executor", programs.PeerVersion, "kubectl")+"_deps", "kubectl")
	if info, err := os.Stat(kubectl); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("found the dependency %v, error %v", info, err)
	}
	for _, name := range b.sources {
		md, err := b.source(name).Metadata(t.Context())
		if err != nil || md.Version != programs.PeerVersion {
			t.Errorf("%s: found %+v, error %v", name, md, err)
		}
	}
}

// Their pages show forms. Botkube loads the values of each form, and the validator of its index builder
// accepts the config in them.
func TestFormsOfPeerPlugins(t *testing.T) {
	dir := built(t, buildPeerPlugins)
	s := newSite(t, dir)
	site := runSite(t, s.generate(t, dir, "--publish", "binary"))
	for _, e := range s.index(t).Entries {
		t.Run(e.Name, func(t *testing.T) {
			p := openPage(t, site, fmt.Sprintf("plugins/my-repo/%s-%s.html", e.Type, e.Name), look{})
			if form := eval[bool](p, `document.getElementById("editor-form").checked`); form != (e.JSONSchema.Value != "") {
				t.Errorf("found a form: %v, want one for each plugin with a schema", form)
			}
			cfg, executors, sources := enabled(t, []byte(slackApp), []byte(p.values()))
			key := "my-repo/" + e.Name
			if used := slices.Concat(executors, sources); !slices.Equal(used, []string{key}) {
				t.Errorf("found the plugins %v enabled, want %s", used, key)
			}
			passed, err := yaml.YAMLToJSON([]byte(rawConfig(t, configured(cfg)[key])))
			must(t, err)
			if string(passed) == "null" { // the values have no config
				passed = []byte("{}")
			}
			if e.JSONSchema.Value != "" {
				wantValid(t, e.JSONSchema.Value, passed, true)
			}
		})
	}
}

// configured returns the plugins of a configuration by their keys.
func configured(cfg *config.Config) map[string]config.Plugin {
	all := map[string]config.Plugin{}
	for _, group := range cfg.Sources {
		maps.Copy(all, group.Plugins)
	}
	for _, group := range cfg.Executors {
		maps.Copy(all, group.Plugins)
	}
	return all
}
