package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/pluginhost"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/execute/command"
)

// root is the repository that this is in.
const root = "../.."

func TestConfigAgreesWithPlugins(t *testing.T) {
	r := repository{root}
	config, plugins := read(t, r), list(t, r)
	want, err := rewrite(config, plugins)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, config); diff != "" {
		t.Errorf("%s and the directories of plugins/ disagree: run make sync-plugins (-want +got)\n%s", configFile, diff)
	}
}

func TestBadNames(t *testing.T) {
	const (
		rule     = "lower-case letters and digits, with a - or _ between them, a letter first, and at most 63 in all"
		goes     = "another: Go keeps this one for something else, and would not build the directory as a plugin"
		platform = "a name without the platform, which the release appends"
		botkube  = "another: it is a command of Botkube's own, which this executor would take over"
		tool     = "another: make build puts both this and tools/indexgen into bin/"
	)
	r := repository{root}
	for name, want := range map[string]string{
		"": rule, "Pods": rule, "podS": rule, "1pod": rule, "-pods": rule, "_pods": rule, ".pods": rule, "pods-": rule,
		"pods_": rule, "my--pods": rule, "my__pods": rule, "my-_pods": rule, "my pods": rule, "pods\n": rule, "pöds": rule,
		"my.pods": rule, "my/pods": rule, `my\pods`: rule, "..": rule, "pods@v1": rule, "pods~1": rule, "*": rule,
		"TYPE": rule, strings.Repeat("a", 64): rule,
		"internal": goes, "vendor": goes, "testdata": goes, "con": goes, "nul": goes, "com1": goes, "lpt9": goes,
		"pods_linux_amd64": platform, "linux_amd64": platform, "my_pods_darwin_arm64": platform,
		"indexgen": tool,

		"pods": "", "a": "", "my-pods": "", "my_pods": "", "pods2": "", "pods-2": "", "linux": "", "pods_amd64": "",
		"my-linux-amd64": "", "com": "", "com10": "", "main": "", "source": "", strings.Repeat("a", 63): "",
	} {
		for _, kind := range kinds {
			if got := r.badName(plugin{kind, name}); got != want {
				t.Errorf("%s %q: found %q, want %q", kind, name, got, want)
			}
		}
	}
	for _, verb := range command.AllVerbs() {
		if got := r.badName(plugin{"executor", string(verb)}); got != botkube {
			t.Errorf("executor %s: found %q, want %q", verb, got, botkube)
		}
		if got := r.badName(plugin{"source", string(verb)}); got != "" {
			t.Errorf("source %s: found %q, want no fault", verb, got)
		}
	}
}

// A run that is interrupted undoes what it has done.
func TestInterruptedRunLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"pods", "--type", "source"}, {}} {
		dir := t.TempDir()
		config, err := rewrite(read(t, repository{root}), []plugin{{"source", "gone"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, configFile), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		if code := run(ctx, dir, args, &out, &errs); code != exitFailure || errs.String() != "error: context canceled\n" || out.Len() > 0 {
			t.Errorf("%q: found exit code %d, stdout %q, stderr %q", args, code, &out, &errs)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 1 {
			t.Errorf("%q: found %v, error %v, want %s alone", args, left, err, configFile)
		}
		if got := read(t, repository{dir}); got != config {
			t.Errorf("%q: %s has changed (-want +got)\n%s", args, configFile, cmp.Diff(config, got))
		}
	}
}

// New plugins of both types are good as they are, beside those that are there: gofmt, go vet and
// their own tests have nothing to say, their binaries answer, and the index would carry them.
// When they are removed, nothing is left of them.
func TestNewPluginsAreGood(t *testing.T) {
	r := repository{t.TempDir()}
	for _, name := range []string{"go.mod", "go.sum", configFile} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(r.path(name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"plugins", "internal/pluginkit", "internal/problem"} {
		if err := os.CopyFS(r.path(dir), os.DirFS(filepath.Join(root, dir))); err != nil {
			t.Fatal(err)
		}
	}
	before, old := read(t, r), list(t, r)

	made := []plugin{{"source", "a-new_source"}, {"executor", strings.Repeat("x", maxName)}}
	for _, p := range made {
		var errs bytes.Buffer
		if code := run(t.Context(), r.root, []string{p.name, "--type", p.kind}, new(bytes.Buffer), &errs); code != exitOK {
			t.Fatalf("%s: found exit code %d: %s", p.id(), code, &errs)
		}
		checkFiles(t, r.path("plugins", p.name))
	}
	for _, p := range slices.Concat(made, old) {
		if !slices.Contains(list(t, r), p) {
			t.Errorf("found no %s in plugins/", p.id())
		}
		for _, line := range []string{"    main: ./plugins/" + p.name + "\n", "    ids: [" + p.id() + "]\n"} {
			if strings.Count(read(t, r), line) != 1 {
				t.Errorf("found no line %q in %s", line, configFile)
			}
		}
	}

	paths := []string{"./plugins/" + made[0].name, "./plugins/" + made[1].name}
	goTool(t, r, append([]string{"vet"}, paths...)...)
	goTool(t, r, append([]string{"test", "-shuffle=on"}, paths...)...)
	const ldflags = "-s -w -X main.version=1.2.3 -X main.docsBase=https://example.com/tree/v1.2.3"
	goTool(t, r, append([]string{"build", "-ldflags", ldflags, "-o", r.path("bin") + "/"}, paths...)...)
	for _, p := range made {
		checkBinary(t, p, r.path("bin", p.name))
		if err := os.RemoveAll(r.path("plugins", p.name)); err != nil {
			t.Fatal(err)
		}
	}

	var errs bytes.Buffer
	if code := run(t.Context(), r.root, []string{}, new(bytes.Buffer), &errs); code != exitOK {
		t.Fatalf("found exit code %d: %s", code, &errs)
	}
	if diff := cmp.Diff(before, read(t, r)); diff != "" {
		t.Errorf("%s is not as it was (-want +got)\n%s", configFile, diff)
	}
}

// checkFiles checks that a new plugin's files are formatted, and have its name where the template
// has the placeholder.
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
			t.Errorf("%s is not as gofmt would have it (error %v)", file.Name(), err)
		}
	}
}

// checkBinary asks a plugin for its metadata, and checks that an index with it is valid.
func checkBinary(t *testing.T, p plugin, binary string) {
	t.Helper()
	// Not t.TempDir, which makes too long a path for a Unix socket.
	tmp, err := os.MkdirTemp("/tmp", "np")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	t.Setenv("TMPDIR", tmp)
	var md pluginhost.Metadata
	cfg := pluginhost.Config{Path: binary, Kind: pluginhost.Kind(p.kind), Timeout: time.Minute}
	err = pluginhost.Run(t.Context(), cfg, func(ctx context.Context, host *pluginhost.Plugin) (err error) {
		md, err = host.Metadata(ctx)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", p.id(), err)
	}
	if want := "https://example.com/tree/v1.2.3/plugins/" + p.name; md.DocumentationURL != want || md.Version != "1.2.3" {
		t.Errorf("%s: found the documentation at %s, version %s, want %s, 1.2.3", p.id(), md.DocumentationURL, md.Version, want)
	}
	problems := index.Validate(index.Index{Entries: []index.Entry{{
		Name: p.name, Type: index.Type(p.kind), Description: md.Description, Version: md.Version,
		DocumentationURL: md.DocumentationURL, JSONSchema: index.JSONSchema{Value: md.JSONSchema.Value},
		URLs: []index.Artifact{{
			URL:      "https://example.com/" + p.id() + "_linux_amd64.tar.gz",
			Checksum: hex.EncodeToString(make([]byte, 32)),
			Platform: index.Platform{OS: "linux", Arch: "amd64"},
		}},
	}}})
	if len(problems) > 0 || md.JSONSchema.Value == "" {
		t.Errorf("%s: found the schema %q and the problems %v", p.id(), md.JSONSchema.Value, problems)
	}
}

// goTool runs the go command in the repository, without network.
func goTool(t *testing.T, r repository, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = r.root
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, output)
	}
}

func read(t *testing.T, r repository) string {
	t.Helper()
	config, err := r.readConfig()
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func list(t *testing.T, r repository) []plugin {
	t.Helper()
	plugins, err := r.plugins()
	if err != nil {
		t.Fatal(err)
	}
	return plugins
}
