package e2e_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api/source"

	"botkube-plugins/e2e/internal/programs"
)

// foreign is a repository whose plugins do not come from this one. testdata/adopt has four.
type foreign struct {
	t    *testing.T
	dir  string
	dist string
}

// platforms are those for which the plugins of a foreign repository are built.
var platforms = []string{runtime.GOOS + "/" + runtime.GOARCH, "darwin/arm64"}

// adopt copies a repository of testdata/adopt. If module is not empty, it is a Go module of this name
// with the dependencies of this repository, so that it is built without network.
func adopt(t *testing.T, name, module string) foreign {
	t.Helper()
	r := foreign{t: t, dir: t.TempDir()}
	r.dist = filepath.Join(r.dir, "dist")
	if err := os.CopyFS(r.dir, os.DirFS(filepath.Join("testdata/adopt", name))); err != nil {
		t.Fatal(err)
	}
	if module == "" {
		return r
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("..", file))
		if err == nil {
			text = regexp.MustCompile(`(?m)^module .*$`).ReplaceAll(text, []byte("module "+module))
			err = os.WriteFile(filepath.Join(r.dir, file), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// build builds programs for all platforms into dist, named by Botkube's rule. packages has their
// directories by the beginning of the file names, such as source_ticker.
func (r foreign) build(version string, packages map[string]string) {
	r.t.Helper()
	for _, platform := range platforms {
		system, arch, _ := strings.Cut(platform, "/")
		for name, dir := range packages {
			err := programs.Build{
				Dir: r.dir, Output: filepath.Join(r.dist, name+"_"+system+"_"+arch), Packages: []string{"./" + dir},
				Set: map[string]string{"version": version}, OS: system, Arch: arch,
			}.Run(r.t.Context())
			if err != nil {
				r.t.Fatal(err)
			}
		}
	}
}

// publish generates the index of dist, verifies it before and after it is published, and starts
// Botkube with its plugins.
func (r foreign) publish(b *botkube, flags ...string) {
	r.t.Helper()
	s := newSite(r.t, r.dist)
	index := filepath.Join(r.dist, "plugins-index.yaml")
	indexgen(r.t, append([]string{"generate", "--dist", r.dist, "--base-url", s.URL}, flags...)...)
	indexgen(r.t, "verify", "--dist", r.dist, index)
	b.t, b.indexURL = r.t, s.URL+"/plugins-index.yaml"
	indexgen(r.t, "verify", b.indexURL)
	b.mustStart()
}

// The layout of the Botkube project's own plugins: many in cmd/executor and cmd/source, published
// without archives.
func TestAdoptMonorepo(t *testing.T) {
	r := adopt(t, "monorepo", "example.com/ops-plugins")
	r.build("1.4.0", map[string]string{
		"executor_oncall": "cmd/executor/oncall", "executor_runbook": "cmd/executor/runbook", "source_alerts": "cmd/source/alerts",
	})
	b := &botkube{executors: []string{"oncall", "runbook"}, sources: []string{"alerts"}}
	r.publish(b)

	answers(t, b, "oncall", "oncall", "Ada", "team: [Ada]")
	answers(t, b, "runbook", "runbook disk full", "https://runbooks.example.com/disk%20full")
	out, err := b.source("alerts").HandleExternalRequest(t.Context(), source.ExternalRequestInput{
		Payload: []byte(`{"alert": "disk full"}`), Config: &source.Config{},
	})
	if err != nil || out.Event.Message.BaseBody.Plaintext != "firing: disk full" {
		t.Errorf("found %+v, error %v, want the alert", out.Event.Message, err)
	}
}

// The layout of the Botkube project's template: four plugins in cmd.
func TestAdoptTemplate(t *testing.T) {
	r := adopt(t, "template", "example.com/plugins")
	r.build("v0.2.0", map[string]string{
		"executor_echo": "cmd/echo", "executor_msg": "cmd/msg", "source_forwarder": "cmd/forwarder", "source_ticker": "cmd/ticker",
	})
	b := &botkube{executors: []string{"echo", "msg"}, sources: []string{"forwarder", "ticker"}}
	r.publish(b)

	if got, err := execute(b, "echo", "echo hello"); err != nil || got.BaseBody.CodeBlock != "echo hello" {
		t.Errorf("found %+v, error %v, want the command", got, err)
	}
	answers(t, b, "msg", "msg first", "you wrote: msg first")
	if event := b.next(b.stream(t.Context(), "ticker")); !strings.HasPrefix(event.Message.BaseBody.Plaintext, "it is ") {
		t.Errorf("found %+v, want the time", event.Message)
	}
}

// A single plugin with a program that it needs, and an index that its author writes by hand.
func TestAdoptSingle(t *testing.T) {
	r := adopt(t, "single", "example.com/cloud-plugin")
	r.build("0.3.0", map[string]string{"executor_cloud": "cmd/cloud", "cloudctl": "cmd/cloudctl"})

	t.Run("hand-written index", func(t *testing.T) {
		s := newSite(t, r.dist)
		text, err := os.ReadFile(filepath.Join(r.dir, "plugins-index.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte("https://github.com/me/cloud-plugin/releases"), []byte(s.URL))
		s.put("plugins-index.yaml", text)
		cmd := exec.Command(built(t, buildIndexgen), "verify", "--no-run", s.URL+"/plugins-index.yaml")
		got, err := cmd.CombinedOutput()
		if exit := new(exec.ExitError); !errors.As(err, &exit) || exit.ExitCode() != 3 {
			t.Errorf("found error %v, want exit code 3", err)
		}
		want, err := os.ReadFile("testdata/adopt/single.verify")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), strings.ReplaceAll(string(got), s.URL, "URL")); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		b := &botkube{t: t, indexURL: s.URL + "/plugins-index.yaml", executors: []string{"cloud"}}
		if err := b.start(); err == nil {
			t.Error("Botkube installed the plugin")
		}
	})

	b := &botkube{executors: []string{"cloud"}}
	r.publish(b, "--dependency", "cloudctl=cloudctl_{os}_{arch}")
	if got, err := execute(b, "cloud", "cloud machines"); err != nil || got.BaseBody.CodeBlock != "pluto charon\n" {
		t.Errorf("found %+v, error %v, want the answer of cloudctl", got, err)
	}
}

// A plugin in C++, which speaks go-plugin's protocol.
func TestAdoptForeignLanguage(t *testing.T) {
	r := adopt(t, "foreign", "")
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/kubeshop/botkube")
	dir, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "make", "--jobs=2", "CXXFLAGS=-O0", "VERSION=1.0.0", "PROTO="+strings.TrimSpace(string(dir))+"/proto")
	cmd.Dir = r.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\nhint: make packages installs what the build needs", err, out)
	}
	b := &botkube{executors: []string{"words"}}
	r.publish(b)
	answers(t, b, "words", "words one two three", "3 words")

	installed := b.binary("executor", "1.0.0", "words")
	b.process(installed)
	b.stop()
	// Botkube asks the plugin to end, so it removes its socket.
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "words-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("found %q (error %v), want no socket", left, err)
	}
	if _, err := os.Stat(installed); errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// answers checks an executor's answer in plain text.
func answers(t *testing.T, b *botkube, name, command, want string, configs ...string) {
	t.Helper()
	if got, err := execute(b, name, command, configs...); err != nil || got.BaseBody.Plaintext != want {
		t.Errorf("%s: found %+v, error %v, want %q", command, got, err, want)
	}
}
