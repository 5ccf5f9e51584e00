package scaffold

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"go/format"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/checkout"
	"botkube-plugins/internal/goreleaser"
	"botkube-plugins/internal/pluginhost"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/execute/command"
)

// root is the root of this repository.
const root = "../../../.."

const configFile = goreleaser.File

func TestConfigAgreesWithPlugins(t *testing.T) {
	r := Repository(root)
	config, plugins := read(t, r), list(t, r)
	want, err := rewrite(configFile, config, plugins)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, config); diff != "" {
		t.Errorf("%s and the directories of plugins/ disagree: run make sync-plugins (-want +got)\n%s", configFile, diff)
	}
}

func TestWantName(t *testing.T) {
	r := Repository(root)
	for want, names := range map[string][]string{
		"lower-case letters and digits, with - or _ between them, starting with a letter, at most 63 in total": {
			"", "Pods", "podS", "1pod", "-pods", "_pods", ".pods", "pods-", "pods_", "my--pods", "my__pods", "my-_pods",
			"my pods", "pods\n", "pöds", "my.pods", "my/pods", `my\pods`, "..", "pods@v1", "pods~1", "*", "TYPE",
			strings.Repeat("a", 64),
		},
		"another name: Go reserves this one, and does not build the directory as a plugin": {
			"internal", "vendor", "testdata", "con", "nul", "com1", "lpt9",
		},
		"a name without the platform, which the release appends": {
			"pods_linux_amd64", "linux_amd64", "my_pods_darwin_arm64",
		},
		"another name: make build puts both the plugin and tools/indexgen into bin/": {"indexgen"},
		"another name: make build puts both the plugin and tools/plugin into bin/":   {"plugin"},

		"": {
			"pods", "a", "my-pods", "my_pods", "pods2", "pods-2", "linux", "pods_amd64", "my-linux-amd64", "com", "com10",
			"main", "source", strings.Repeat("a", 63),
		},
	} {
		for _, name := range names {
			for _, typ := range []index.Type{index.TypeSource, index.TypeExecutor} {
				if got := r.wantName(Plugin{typ, name}); got != want {
					t.Errorf("%s %q: found %q, want %q", typ, name, got, want)
				}
			}
		}
	}
	const botkube = "another name: this one is a command of Botkube, which the executor would replace"
	for _, verb := range command.AllVerbs() {
		if got := r.wantName(Plugin{"executor", string(verb)}); got != botkube {
			t.Errorf("executor %s: found %q, want %q", verb, got, botkube)
		}
		if got := r.wantName(Plugin{"source", string(verb)}); got != "" {
			t.Errorf("source %s: found %q, want no fault", verb, got)
		}
	}
}

// An interrupted run changes nothing.
func TestInterruptedRunLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, do := range map[string]func(Repository) error{
		"create": func(r Repository) error {
			_, err := r.Create(ctx, Plugin{"source", "pods"}, Options{Dir: Dir})
			return err
		},
		"sync": func(r Repository) error {
			_, _, _, err := r.Sync(ctx)
			return err
		},
	} {
		r := Repository(t.TempDir())
		config, err := rewrite(configFile, read(t, Repository(root)), []Plugin{{"source", "gone"}})
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{configFile: config, "go.mod": "module example.com/m\n"} {
			if err := os.WriteFile(r.path(name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := do(r); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: found error %v, want %v", name, err, context.Canceled)
		}
		left, err := os.ReadDir(string(r))
		if err != nil || len(left) != 2 {
			t.Errorf("%s: found %v, error %v, want %s and go.mod alone", name, left, err, configFile)
		}
		if got := read(t, r); got != config {
			t.Errorf("%s: %s has changed (-want +got)\n%s", name, configFile, cmp.Diff(config, got))
		}
	}
}

// New plugins of both types, and an interactive one, work next to the existing ones: they pass gofmt, go vet and their own
// tests, their binaries answer, and an index with them is valid. Removing them leaves nothing
// behind.
func TestNewPluginsWork(t *testing.T) {
	r := Repository(t.TempDir())
	for _, name := range []string{"go.mod", "go.sum", configFile} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(r.path(name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"plugins", "internal/jsonschema", "internal/pluginkit", "internal/problem"} {
		if err := os.CopyFS(r.path(dir), os.DirFS(filepath.Join(root, dir))); err != nil {
			t.Fatal(err)
		}
	}
	before, old := read(t, r), list(t, r)

	created := []Plugin{{"source", "a-new_source"}, {"executor", strings.Repeat("x", maxName)}, {"executor", "ask"}}
	for _, p := range created {
		if _, err := r.Create(t.Context(), p, Options{Interactive: p.Name == "ask", Dir: Dir}); err != nil {
			t.Fatalf("%s: %v", p.id(), err)
		}
		checkFiles(t, r.path("plugins", p.Name))
	}
	for _, p := range slices.Concat(created, old) {
		if !slices.Contains(list(t, r), p) {
			t.Errorf("found no %s in plugins/", p.id())
		}
		for _, line := range []string{"    main: ./plugins/" + p.Name + "\n", "    ids: [" + p.id() + "]\n"} {
			if strings.Count(read(t, r), line) != 1 {
				t.Errorf("found no line %q in %s", line, configFile)
			}
		}
	}

	var paths []string
	for _, p := range created {
		paths = append(paths, "./plugins/"+p.Name)
	}
	goTool(t, r, append([]string{"vet"}, paths...)...)
	goTool(t, r, append([]string{"test", "-shuffle=on"}, paths...)...)
	const ldflags = "-s -w -X main.version=1.2.3 -X main.docsBase=https://example.com/tree/v1.2.3"
	goTool(t, r, append([]string{"build", "-ldflags", ldflags, "-o", r.path("bin") + "/"}, paths...)...)
	for _, p := range created {
		checkBinary(t, p, r.path("bin", p.Name))
		if err := os.RemoveAll(r.path("plugins", p.Name)); err != nil {
			t.Fatal(err)
		}
	}

	if _, _, changed, err := r.Sync(t.Context()); err != nil || !changed {
		t.Fatalf("found error %v, changed %t", err, changed)
	}
	if diff := cmp.Diff(before, read(t, r)); diff != "" {
		t.Errorf("%s is not as it was (-want +got)\n%s", configFile, diff)
	}
}

// checkFiles checks that a new plugin's files are formatted, and contain its name instead of the
// template's placeholder.
func checkFiles(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 5 {
		t.Fatalf("found %v, error %v, want code, config schema, test and README", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte(placeholder)) {
			t.Errorf("%s: found %s in it", file.Name(), placeholder)
		}
		if filepath.Ext(file.Name()) != ".go" {
			continue
		}
		if formatted, err := format.Source(text); err != nil || !bytes.Equal(formatted, text) {
			t.Errorf("%s is not formatted by gofmt (error %v)", file.Name(), err)
		}
	}
}

// checkBinary asks a plugin for its metadata, and checks that an index with it is valid.
func checkBinary(t *testing.T, p Plugin, binary string) {
	t.Helper()
	// The path of t.TempDir is too long for a Unix socket.
	tmp, err := os.MkdirTemp("/tmp", "np")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	t.Setenv("TMPDIR", tmp)
	var md pluginhost.Metadata
	cfg := pluginhost.Config{Path: binary, Kind: pluginhost.Kind(p.Type), Timeout: time.Minute}
	err = pluginhost.Run(t.Context(), cfg, func(ctx context.Context, host *pluginhost.Plugin) (err error) {
		md, err = host.Metadata(ctx)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", p.id(), err)
	}
	if want := "https://example.com/tree/v1.2.3/plugins/" + p.Name; md.DocumentationURL != want || md.Version != "1.2.3" {
		t.Errorf("%s: found the documentation at %s, version %s, want %s, 1.2.3", p.id(), md.DocumentationURL, md.Version, want)
	}
	found, err := index.Validate(t.Context(), index.Index{Entries: []index.Entry{{
		Name: p.Name, Type: p.Type, Description: md.Description, Version: md.Version,
		DocumentationURL: md.DocumentationURL, JSONSchema: index.JSONSchema{Value: md.JSONSchema.Value},
		URLs: []index.Artifact{{
			URL:      "https://example.com/" + p.id() + "_linux_amd64.tar.gz",
			Checksum: hex.EncodeToString(make([]byte, 32)),
			Platform: index.Platform{OS: "linux", Arch: "amd64"},
		}},
	}}})
	if err != nil || found.Total() > 0 || md.JSONSchema.Value == "" {
		t.Errorf("%s: found the schema %q and the problems %v", p.id(), md.JSONSchema.Value, found)
	}
}

// goTool runs the go command in the repository, without network access.
func goTool(t *testing.T, r Repository, args ...string) {
	t.Helper()
	checkout.Run(t, string(r), append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off"), "go", args...)
}

func read(t *testing.T, r Repository) string {
	t.Helper()
	_, config, err := r.readConfig()
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func list(t *testing.T, r Repository) []Plugin {
	t.Helper()
	plugins, err := r.plugins()
	if err != nil {
		t.Fatal(err)
	}
	return plugins
}
