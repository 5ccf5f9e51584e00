//go:build rehearsal

package rehearsal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"botkube-plugins/e2e/rehearsal/fakegithub"
)

// tools is the repository that TestAction uses the action from.
const tools = "acme/plugin-tools"

// The test uses the action in a small repository of its user: by the workflow in the guide for a first
// release and for one that breaks something, and by broken.yml for plugins and an index that are
// broken and hostile.
func TestAction(t *testing.T) {
	github := fakegithub.New(token)
	defer github.Close()
	c, commit := user(t, github)
	uses := func(text string) string {
		return strings.ReplaceAll(text, "OWNER/REPO/.github/actions/indexgen@COMMIT", tools+"/.github/actions/indexgen@"+commit)
	}
	c.add(t, ".github/workflows/check.yml", uses(blocks(readFile(t, "../../docs/action.md"), "yaml")[0]))
	c.add(t, ".github/workflows/broken.yml", uses(brokenWorkflow))
	c.add(t, "plugins-index.yaml", brokenIndex)
	c.add(t, "Makefile", "plugins:\n\tmkdir -p dist\n\tcp \"$$BUILT\"/* dist/\n")
	c.git(t, "add", ".")
	c.commit(t)

	t.Run("a first release", func(t *testing.T) {
		c.build(t, "1.0.0")
		c.tag(t, "v1.0.0")
		run := c.act(t, "check.yml", "push", c.pushed(t, "v1.0.0", false), nil)
		if run.err != nil {
			t.Fatalf("%v:\n%s", run.err, run.output)
		}
		latest := github.URL() + "/" + owner + "/" + name + "/releases/latest/download/plugins-index.yaml"
		c.contains(t, strings.ReplaceAll(run.output, `\`, ""),
			"| executor/echo | 1.0.0 | linux/amd64 | ", " | started | ", latest+" does not exist, so there is nothing to compare with",
			`checked [{"type":"executor","name":"echo","version":"1.0.0"}]`)
		index := readFile(t, filepath.Join(run.store, "artifacts", "index", "plugins-index.yaml"))
		c.contains(t, index, "url: "+github.URL()+"/"+owner+"/"+name+"/releases/download/v1.0.0/executor_echo_linux_amd64\n")
		c.contains(t, readFile(t, filepath.Join(run.store, "artifacts", "site", "index.html")), "echo")
		if _, err := os.Stat(filepath.Join(run.store, "cache")); err == nil {
			t.Error("found a cache, want none in a release")
		}
	})

	t.Run("a release that breaks something", func(t *testing.T) {
		publishByHand(t, github, owner, name, "v1.0.0", true, map[string]string{"plugins-index.yaml": oldIndex})
		c.build(t, "1.1.0")
		c.tag(t, "v1.1.0")
		run := c.act(t, "check.yml", "push", c.pushed(t, "v1.1.0", false), nil)
		if run.err == nil {
			t.Error("the workflow has succeeded, want it to stop")
		}
		c.contains(t, run.output, "## What changes for operators", "executor/echo 1.0.0 → 1.1.0", "linux/riscv64",
			"::warning::a plugin has a breaking change without a new major version", `checked [{"type":"executor","name":"echo","version":"1.1.0"}]`)
		if _, err := os.Stat(filepath.Join(run.store, "artifacts", "index")); err == nil {
			t.Error("found an uploaded index, want none")
		}
	})

	t.Run("broken and hostile", func(t *testing.T) {
		c.build(t, "1.0.0\n::error::forged\n::set-output name=index::forged\n$(touch touched)`touch touched`%0A::error::forged")
		write(t, filepath.Join(c.built, "source_$(touch touched)_linux_x99"), "x")
		run := c.act(t, "broken.yml", "push", event{"ref": "refs/heads/main", "after": c.head, "repository": repository(false)}, nil)
		if run.err != nil {
			t.Fatalf("%v:\n%s", run.err, run.output)
		}
		checkBroken(t, run)
	})

	if unknown := github.Unknown(); len(unknown) > 0 {
		t.Errorf("fakegithub does not know %q", unknown)
	}
}

// checkBroken checks that the problems are annotations, at their lines, and nothing else is a command.
func checkBroken(t *testing.T, run workflowRun) {
	t.Helper()
	want := []string{
		`::error::source_$(touch touched)_linux_x99: found "linux/x99", which is not a platform of Go, want`,
		`::error::executor/echo: version: found "1.0.0\n::error::forged\n::set-output name=index::forged\n$(touch touched)` + "`touch touched`" + `%250A::error::forged", want a version such as v1.2.3`,
		`::error file=plugins-index.yaml,line=4,col=12::source/"a\n::error::forged":4:12: entries[0].version: found "$(touch touched)"`,
		`::error file=plugins-index.yaml,line=7,col=15::source/"a\n::error::forged":7:15: entries[0].urls[0].checksum: found "12%253A"`,
	}
	commands := regexp.MustCompile(`(?m)^\[[^]]*\] +\S+ +(::[a-z-]+[ :].*)$`).FindAllStringSubmatch(run.output, -1)
	for _, text := range want {
		found := 0
		for _, command := range commands {
			if strings.HasPrefix(command[1], text) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("found %d commands that begin with %s, want one in\n%s", found, text, run.output)
		}
	}
	for _, command := range commands {
		if strings.HasPrefix(command[1], "::error::forged") || strings.HasPrefix(command[1], "::set-output name") {
			t.Errorf("found the command %s", command[1])
		}
	}
	for _, text := range []string{"**2 problems**", "**4 problems**", `found \"12\%3A\"`} {
		if !strings.Contains(run.output, text) {
			t.Errorf("found no %s in the summary:\n%s", text, run.output)
		}
	}
	if cached, err := os.ReadDir(filepath.Join(run.store, "cache")); err != nil || len(cached) != 1 {
		t.Errorf("found %d cached files, error %v, want one that both uses share", len(cached), err)
	}
	results := readFile(t, filepath.Join(run.store, "results"))
	if want := "dist failure, index failure, Go is the same, nothing was touched\n"; results != want {
		t.Errorf("found %q, want %q in\n%s", results, want, run.output)
	}
}

// user creates the repository of a user of the action, and the action as GitHub gives it to runners: the
// files of a commit, without git.
func user(t *testing.T, github *fakegithub.Server) (c *checkout, commit string) {
	t.Helper()
	c = &checkout{dir: t.TempDir(), built: t.TempDir(), github: github}
	c.env = append(environment(), "BUILT="+c.built)
	commit = strings.TrimSpace(c.run(t, ".", "git", "rev-parse", "HEAD"))
	action := t.TempDir()
	archive := filepath.Join(t.TempDir(), "action.tar")
	c.run(t, "../..", "git", "archive", "--output", archive, commit)
	c.run(t, action, "tar", "--extract", "--file", archive)
	c.actions = map[string]string{tools + "@" + commit: action}
	c.git(t, "init", "--quiet", "--initial-branch", "main")
	c.git(t, "remote", "add", "origin", "https://github.com/"+owner+"/"+name)
	return c, commit
}

// add writes a file of the repository.
func (c *checkout) add(t *testing.T, file, text string) {
	t.Helper()
	path := filepath.Join(c.dir, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, path, text)
}

// build builds the plugin of the repository, which reports a version.
func (c *checkout) build(t *testing.T, version string) {
	t.Helper()
	c.run(t, "../..", "env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-ldflags", "-s -w -X 'main.version="+version+"'",
		"-o", filepath.Join(c.built, "executor_echo_linux_amd64"), "./plugins/echo")
	c.head = strings.TrimSpace(c.git(t, "rev-parse", "HEAD"))
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// oldIndex has a platform that the plugin of the test no longer has.
const oldIndex = `entries:
- name: echo
  type: executor
  version: 1.0.0
  description: Answers
  urls:
  - url: https://example.com/executor_echo_linux_riscv64
    checksum: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    platform: {os: linux, architecture: riscv64}
  - url: https://example.com/executor_echo_linux_amd64
    checksum: 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
    platform: {os: linux, architecture: amd64}
`

// brokenIndex was written by hand, by somebody who tries to give commands to GitHub Actions.
const brokenIndex = `entries:
- name: "a\n::error::forged"
  type: source
  version: $(touch touched)
  urls:
  - url: https://example.com/source_a_linux_amd64
    checksum: 12%3A
    platform: {os: linux, architecture: amd64}
  description: "a\n::error::forged\n` + "`touch touched`" + `"
`

const brokenWorkflow = `name: broken
on: push
permissions: {}
jobs:
  plugins:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - run: make plugins
      - id: before
        run: |
          echo "go=$(command -v go)" >> "$GITHUB_OUTPUT"
          echo "toolchain=$GOTOOLCHAIN" >> "$GITHUB_OUTPUT"
      - id: dist
        continue-on-error: true
        uses: OWNER/REPO/.github/actions/indexgen@COMMIT
      - id: index
        continue-on-error: true
        uses: OWNER/REPO/.github/actions/indexgen@COMMIT
        with:
          index: plugins-index.yaml
      - run: |
          test "$(dirname "$(command -v go)")" = "$(dirname "$(command -v indexgen)")"
          test "$(readlink "$(command -v go)")" = "$GO"
          test "$GOTOOLCHAIN" = "$TOOLCHAIN"
          test ! -e touched
          test ! -e dist/touched
          echo "dist $DIST, index $INDEX, Go is the same, nothing was touched" >> "$REHEARSAL_STORE/results"
        env:
          GO: ${{ steps.before.outputs.go }}
          TOOLCHAIN: ${{ steps.before.outputs.toolchain }}
          DIST: ${{ steps.dist.outcome }}
          INDEX: ${{ steps.index.outcome }}
`
