//go:build rehearsal

package rehearsal_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
	"github.com/kubeshop/botkube/pkg/config"
	"github.com/kubeshop/botkube/pkg/loggerx"
	"github.com/kubeshop/botkube/pkg/plugin"

	"botkube-plugins/e2e/rehearsal/fakegithub"
)

// adopted is a repository of testdata/adopt, and how its author comes to a release.
type adopted struct {
	tree   string
	module string // of Go; empty if there is none
	// old are the files that released the plugins before.
	old []string
	// with has the inputs of the workflow.
	with string
	// prepared changes the repository before init.
	prepared func(t *testing.T, c *checkout)
	// says is what init prints.
	says []string
	// onlyLinux leaves out the plugins for macOS after that, which takes half of the time.
	onlyLinux bool

	executors, sources []string
	command, want      string // of the first executor
}

var adoptions = []adopted{
	{
		tree: "monorepo", module: "example.com/ops-plugins", old: []string{".github/workflows/tag-build.yml"},
		says:      []string{"executor/runbook for darwin/amd64, darwin/arm64, linux/amd64, linux/arm64, as binary"},
		executors: []string{"runbook", "oncall"}, sources: []string{"alerts"},
		command: "runbook disk", want: "https://runbooks.example.com/disk",
	}, {
		tree: "template", module: "example.com/plugins", old: []string{".github/workflows/release.yml", "Makefile"},
		says:      []string{"source/ticker for darwin/amd64, darwin/arm64, linux/amd64, linux/arm64, as binary"},
		onlyLinux: true,
		executors: []string{"msg", "echo"}, sources: []string{"forwarder", "ticker"},
		command: "msg first", want: "you wrote: msg first",
	}, {
		tree: "single", module: "example.com/cloud-plugin", old: []string{".github/workflows/publish.yml"},
		with:      "arguments: --dependency=cloudctl=cloudctl_{os}_{arch}.tar.gz\n",
		says:      []string{"not plugins: cloudctl", "plugins-index.yaml: executor/cloud:9:9: entries[0].urls[0].checksum: found nothing"},
		executors: []string{"cloud"}, command: "cloud machines", want: "pluto charon\n",
	}, {
		tree: "foreign", with: "build: make VERSION=\"${GITHUB_REF_NAME#v}\" CXXFLAGS=-O0\n",
		prepared: func(t *testing.T, c *checkout) { // which has Botkube's file, as its license allows
			dir := strings.TrimSpace(c.run(t, ".", "go", "list", "-m", "-f", "{{.Dir}}", "github.com/kubeshop/botkube"))
			c.add(t, "proto/executor.proto", readFile(t, filepath.Join(dir, "proto", "executor.proto")))
			c.run(t, c.dir, "make", "CXXFLAGS=-O0")
		},
		says:      []string{"executor/words for linux/amd64, as binary"},
		executors: []string{"words"}, command: "words one two", want: "2 words",
	},
}

// Four repositories that have released in other ways: indexgen init and the reusable workflow take each
// to a published release, from which Botkube installs.
func TestAdopt(t *testing.T) {
	tools, commit := toolsRepository(t)
	for _, a := range adoptions {
		t.Run(a.tree, func(t *testing.T) {
			github := fakegithub.New(token)
			defer github.Close()
			c := a.repository(t, github)
			c.actions = map[string]string{"acme/plugin-tools@" + commit: tools}
			c.env = append(c.env, "REHEARSAL_TOOLS="+tools)
			a.init(t, c, "acme/plugin-tools@"+commit)
			if a.onlyLinux {
				c.edit(t, ".goreleaser.yaml", "[linux, darwin]", "[linux]")
				c.commit(t)
			}

			c.tag(t, "v1.0.0")
			run := c.act(t, "release.yml", "push", c.pushed(t, "v1.0.0", false), nil)
			if run.err != nil {
				t.Fatalf("%v:\n%s", run.err, run.output)
			}
			if latest := github.Published(owner, name).Latest; latest != "v1.0.0" {
				t.Fatalf("found the latest release %q, want v1.0.0", latest)
			}
			a.install(t, github.URL()+"/"+owner+"/"+name+"/releases/latest/download/plugins-index.yaml")
			if unknown := github.Unknown(); len(unknown) > 0 {
				t.Errorf("fakegithub does not know %q", unknown)
			}
		})
	}
}

// toolsRepository returns a clone of this repository that has the workflow, in which act knows the
// commit of the workflow.
func toolsRepository(t *testing.T) (dir, commit string) {
	t.Helper()
	c := &checkout{dir: filepath.Join(t.TempDir(), "tools"), env: environment()}
	root := strings.TrimSpace(c.run(t, ".", "git", "rev-parse", "--show-toplevel"))
	c.run(t, ".", "git", "clone", "--quiet", "--no-hardlinks", root, c.dir)
	text := strings.NewReplacer("${{ job.workflow_repository }}", "acme/plugin-tools", "${{ job.workflow_sha }}", workflowSHA).Replace(string(c.read(t, reusable)))
	write(t, filepath.Join(c.dir, reusable), text)
	c.commit(t)
	return c.dir, strings.TrimSpace(c.git(t, "rev-parse", "HEAD"))
}

// repository creates the repository on the stand-in of GitHub.
func (a adopted) repository(t *testing.T, github *fakegithub.Server) *checkout {
	t.Helper()
	c := &checkout{dir: t.TempDir(), keys: t.TempDir(), cosign: tool(t, "COSIGN"), github: github}
	c.env = append(environment(), "GITHUB_TOKEN="+token, "COSIGN_PASSWORD="+password, "COSIGN_KEY="+filepath.Join(c.keys, "cosign.key"))
	c.run(t, c.keys, c.cosign, "generate-key-pair")
	if err := os.CopyFS(c.dir, os.DirFS("../testdata/adopt/"+a.tree)); err != nil {
		t.Fatal(err)
	}
	if a.module != "" {
		for _, file := range []string{"go.mod", "go.sum"} {
			c.add(t, file, regexp.MustCompile(`(?m)^module .*$`).ReplaceAllString(readFile(t, "../../"+file), "module "+a.module))
		}
	}
	c.git(t, "init", "--quiet", "--initial-branch", "main")
	c.git(t, "remote", "add", "origin", "https://github.com/"+owner+"/"+name)
	c.git(t, "add", ".")
	c.commit(t)
	return c
}

// init prepares the repository with indexgen init, which changes nothing when it runs again.
func (a adopted) init(t *testing.T, c *checkout, uses string) {
	t.Helper()
	if a.prepared != nil {
		a.prepared(t, c)
	}
	for _, file := range a.old {
		c.git(t, "rm", "--quiet", file)
	}
	indexgen := filepath.Join(t.TempDir(), "indexgen")
	c.run(t, "../..", "env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-o", indexgen, "./tools/indexgen")
	output := c.run(t, c.dir, indexgen, "init", "--yes", "--uses", uses)
	c.contains(t, output, a.says...)

	const workflow = ".github/workflows/release.yml"
	if a.module == "" { // init does not know how it is built
		repository, commit, _ := strings.Cut(uses, "@")
		c.add(t, workflow, "name: release\non:\n  push:\n    tags: [\"v*\"]\npermissions: {}\njobs:\n  release:\n    uses: "+
			repository+"/"+reusable+"@"+commit+"\n    permissions:\n      contents: write\n      id-token: write\n      attestations: write\n")
	}
	if a.with != "" {
		c.add(t, workflow, string(c.read(t, workflow))+"    with:\n      "+a.with)
	}
	c.git(t, "add", ".")
	c.commit(t)
	c.run(t, c.dir, indexgen, "init", "--yes", "--uses", uses)
	if changed := c.git(t, "status", "--porcelain"); changed != "" {
		t.Errorf("a second run changed\n%s", changed)
	}
}

// install starts the plugins of an index with Botkube's own plugin manager, and runs a command.
func (a adopted) install(t *testing.T, indexURL string) {
	t.Helper()
	const repo = "adopted"
	keys := func(names []string) (keys []string) {
		for _, name := range names {
			keys = append(keys, repo+"/"+name)
		}
		return keys
	}
	logger := config.Logger{Level: "error", DisableColors: true}
	manager := plugin.NewManager(loggerx.New(logger), logger, config.PluginManagement{
		CacheDir:            t.TempDir(),
		Repositories:        map[string]config.PluginsRepository{repo: {URL: indexURL}},
		RestartPolicy:       config.PluginRestartPolicy{Type: config.KeepAgentRunningWhenThresholdReached, Threshold: 1},
		HealthCheckInterval: 10 * time.Second,
	}, keys(a.executors), keys(a.sources), make(chan string, 100), plugin.NewHealthStats(1))
	ctx, cancel := context.WithCancel(t.Context())
	defer manager.Shutdown()
	defer time.Sleep(200 * time.Millisecond) // Botkube's watchers must end before, or they restart the plugin
	defer cancel()
	if err := manager.Start(ctx); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys(a.sources) {
		p, err := manager.GetSource(key)
		if err == nil {
			_, err = p.Stream(ctx, source.StreamInput{Configs: []*source.Config{{RawYAML: []byte("null\n")}}})
		}
		if err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	p, err := manager.GetExecutor(keys(a.executors)[0])
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Execute(ctx, executor.ExecuteInput{Command: a.command})
	if body := out.Message.BaseBody; err != nil || body.Plaintext+body.CodeBlock != a.want {
		t.Errorf("%s: found %+v, error %v, want %q", a.command, out.Message, err, a.want)
	}
}
