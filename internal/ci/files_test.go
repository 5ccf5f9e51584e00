package ci

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"
)

// check returns what is wrong with a repository.
type check func(t *testing.T, repo fs.FS) []string

// checks are all the checks of this package, by the name of their test.
var checks = map[string]check{
	"targets":     targets,
	"permissions": permissions,
	"privileges":  privileges,
	"sandboxes":   sandboxes,
	"stand-ins":   standIns,
	"composites":  composites,
	"actions":     actions,
	"versions":    versions,
	"dependabot":  dependabot,
	"links":       links,
	"places":      places,
	"promises":    promises,
}

func TestRepository(t *testing.T) {
	for name, check := range checks {
		t.Run(name, func(t *testing.T) {
			for _, problem := range check(t, os.DirFS("../..")) {
				t.Error(problem)
			}
		})
	}
}

// small is the least repository with which nothing is wrong.
var small = map[string]string{
	".ci/run": `#!/usr/bin/env bash
step() { "$@"; }

step make lint
step make test # with a comment
step make e2e docs
`,
	".github/workflows/ci.yml": `on: push
permissions: {}
jobs:
  checks:
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - uses: goreleaser/goreleaser-action@f06c13b6b1a9625abc9e6e439d9c05a8f2190e94 # v7.2.3
        with:
          version: v2.16.0
      - run: make lint test
      - run: make docs e2e
`,
	".github/workflows/release.yaml": `on: push
permissions: {}
jobs:
  release:
    permissions: {}
    steps:
      - uses: sigstore/cosign-installer@6f9f17788090df1f26f669e9d70d6ae9567deba6 # v4.1.2
        with:
          cosign-release: v3.1.3
      - uses: ./.github/actions/own
      - uses: ./.indexgen/.github/actions/indexgen
        with:
          sandbox: require
      - run: make -f .indexgen/.github/release.mk start
        env:
          SANDBOX: require
  start:
    permissions: {contents: read}
    steps:
      - run: make -f .indexgen/.github/release.mk start
        env:
          SANDBOX: ${{ matrix.os == 'linux' && 'require' || 'auto' }}
  publish:
    permissions:
      contents: write
    steps:
      - run: echo "::notice::published"
      - run: make -f .indexgen/.github/release.mk publish
        env:
          GITHUB_TOKEN: ${{ github.token }}
`,
	"e2e/rehearsal/actions/sigstore/cosign-installer/action.yml": "# Stands for sigstore/cosign-installer@6f9f17788090df1f26f669e9d70d6ae9567deba6 # v4.1.2\nname: x\n",
	".github/release.mk": `.PHONY: publish
publish: intact ## Publish
	cosign sign-blob checksums.txt

intact:
	sha256sum --check checksums.txt
`,
	"Makefile": `publish: $(COSIGN)

prove:
	$(GORELEASER) release --clean

pages: bin/indexgen
	bin/indexgen merge

rehearse-release:
	go test ./rehearsal
`,
	".github/actions/own/action.yml": `inputs:
  dist:
    description: a directory
outputs:
  index:
    description: a file
runs:
  using: composite
  steps:
    - uses: actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5
    - run: ls "$DIST"
      env:
        DIST: ${{ inputs.dist }}
`,
	"e2e/rehearsal/actions/actions/cache/action.yml": "# Stands for actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5\nname: x\n",
	"docs/action.md": "# Action\n\n## Inputs\n\n| input |\n|-------|\n| `dist` |\n\n## Outputs\n\n| output |\n|--------|\n| `index` |\n",
	".github/dependabot.yml": `version: 2
updates:
  - package-ecosystem: gomod
    directories: ["/", "/tools/pins/*"]
  - package-ecosystem: gomod
    directory: /e2e
  - package-ecosystem: github-actions
    directories: ["/", "/.github/actions/*"]
`,
	"go.mod":                          "module x\n",
	"e2e/go.mod":                      "module x/e2e\n",
	"tools/pins/goreleaser/go.mod":    "module x\n\nrequire (\n\tgithub.com/goreleaser/goreleaser/v2 v2.16.0 // indirect\n)\n",
	"tools/pins/cosign/go.mod":        "module x\n\nrequire github.com/sigstore/cosign/v3 v3.1.3 // indirect\n",
	"bin/go.mod":                      "module of nobody\n",
	"README.md":                       "# Small\n\nSee [the guide](docs/guide.md#a-start), [the site](https://example.com) and [ci].\n\n[ci]: .ci/run\n",
	"docs/guide.md":                   "# Guide\n\n## A `start`\n\n```sh\n# [no](link)\n```\n\n[Back](../README.md), [up](#guide)\n",
	"internal/watch/watch.go":         "package watch\n",
	"internal/watch/watch_test.go":    "package watch\n\nfunc TestNow(t *testing.T) {}\n",
	"e2e/e2e_test.go":                 "package e2e\n\nfunc TestE2E(t *testing.T) {}\n",
	"tools/x/testdata/script/x.txtar": "",
	"docs/security.md":                "# Security\n\nPlugins run in a\nsandbox. It cannot read files. A plugin\n\n- reads `x.y`;\n- starts.\n\n| system | files |\n|---|---|\n| Linux | yes |\n",
	"docs/security-tests.txt": `Plugins run in a sandbox.
	internal/watch TestNow
	tools/x x.txtar

It cannot read files.
	e2e TestE2E

A plugin
	internal/watch TestNow

reads ` + "`x.y`" + `;
	internal/watch TestNow

starts.
	internal/watch TestNow

| Linux | yes |
	internal/watch TestNow
`,
	"CONTRIBUTING.md": `# Contributing

## Where to change what

| to change    | edit                                                           |
|--------------|----------------------------------------------------------------|
| the version  | ` + "`tools/pins/<tool>/go.mod`, and `Version` in `go.mod`" + ` |

## Layout

| directory   | what it is       |
|-------------|------------------|
| ` + "`internal/watch`" + ` | notices changes |
`,
}

// Each check finds what it is there for, and nothing in the small repository.
func TestChecks(t *testing.T) {
	const ci, release = ".github/workflows/ci.yml", ".github/workflows/release.yaml"
	for _, test := range []struct{ name, check, file, old, new, want string }{
		{"a target of CI alone", "targets", ".ci/run", "step make lint\n", "", ".ci/run: found no make lint, which ci.yml runs"},
		{"a target of .ci/run alone", "targets", ci, "make docs e2e", "make e2e", ".github/workflows/ci.yml: found no make docs, which .ci/run runs"},
		{"a comment is no target", "targets", ".ci/run", "step make lint", "# step make lint", ".ci/run: found no make lint, which ci.yml runs"},
		{"a command in .ci/run", "targets", ".ci/run", "step make lint", "step .ci/lint", `.ci/run: found "step .ci/lint", want "step make" and targets only`},
		{"a command beside make", "targets", ci, "make docs e2e", "make docs e2e && true", `.github/workflows/ci.yml: job checks: found the step "make docs e2e && true", want "make" and targets only`},
		{"several lines", "targets", ci, "run: make docs e2e", "run: |\n          make docs e2e\n          true", `.github/workflows/ci.yml: job checks: found the step "make docs e2e\ntrue\n", want "make" and targets only`},
		{"a step that may fail", "targets", ci, "- run: make docs e2e", "- continue-on-error: true\n        run: make docs e2e", `.github/workflows/ci.yml: job checks: found continue-on-error or if beside "make docs e2e", want a step that always counts`},
		{"a job that may be skipped", "targets", ci, "  checks:\n", "  checks:\n    if: false\n", ".github/workflows/ci.yml: job checks: found continue-on-error or if, want a job that always counts"},

		{"no permissions", "permissions", release, "on: push\npermissions: {}\n", "on: push\n", release + ": found no top-level \"permissions: {}\""},
		{"permissions for all jobs", "permissions", ci, "on: push\npermissions: {}", "on: push\npermissions: {contents: read}", ci + ": found no top-level \"permissions: {}\""},
		{"all permissions", "permissions", ci, "on: push\npermissions: {}", "on: push\npermissions: read-all", ci + ": found no top-level \"permissions: {}\""},
		{"no permissions of the job", "permissions", release, "    permissions: {}\n", "", release + ": job release: found no list of permissions"},
		{"all permissions of the job", "permissions", release, "    permissions: {}\n", "    permissions: write-all\n", release + ": job release: found no list of permissions"},

		{"a target that may start plugins with write permission", "privileges", release, "release.mk publish", "release.mk prove", release + `: job publish: found "make -f .indexgen/.github/release.mk prove" with write permission or a token, want only make publish or pages`},
		{"several targets with write permission", "privileges", release, "release.mk publish", "release.mk publish prove", release + `: job publish: found "make -f .indexgen/.github/release.mk publish prove" with write permission or a token, want only make publish or pages`},
		{"a script with write permission", "privileges", release, `echo "::notice::published"`, `echo "$(make prove)"`, release + `: job publish: found "echo \"$(make prove)\"" with write permission or a token, want only make publish or pages`},
		{"a token of a step", "privileges", ci, "- run: make docs e2e", "- run: make docs e2e\n        env: {T: '${{ secrets.T }}'}", ci + `: job checks: found "make docs e2e" with write permission or a token, want only make publish or pages`},
		{"a token in a command", "privileges", ci, "- run: make docs e2e", "- run: T=${{ github.token }} make docs", ci + `: job checks: found "T=${{ github.token }} make docs" with write permission or a token, want only make publish or pages`},
		{"a token of a job", "privileges", ci, "    steps:\n", "    env: {T: '${{ github.token }}'}\n    steps:\n", ci + `: job checks: found "make lint test" with write permission or a token, want only make publish or pages`},
		{"a token of a workflow", "privileges", ci, "on: push\n", "on: push\nenv: {T: '${{ secrets.T }}'}\n", ci + `: job checks: found "make lint test" with write permission or a token, want only make publish or pages`},
		{"an action of this repository with write permission", "privileges", release, "    permissions: {}\n    steps:", "    permissions: {contents: write}\n    steps:", release + `: job release: found ./.github/actions/own with write permission or a token, want its steps in the workflow`},
		{"a recipe that starts plugins", "privileges", ".github/release.mk", "cosign ", "$(GORELEASER) release && cosign ", `Makefile: publish: found "$(GORELEASER) release && cosign sign-blob checksums.txt", which can start a plugin`},
		{"a prerequisite that starts plugins", "privileges", ".github/release.mk", "	sha256sum", "	bin/indexgen verify --dist proven && sha256sum", `Makefile: intact: found "bin/indexgen verify --dist proven && sha256sum --check checksums.txt", which can start a plugin`},
		{"no target", "privileges", "Makefile", "pages: ", "site: ", "Makefile: found no target pages"},

		{"no sandbox", "sandboxes", release, "SANDBOX: require", "SANDBOX: auto", release + `: job release: found the sandbox "auto" for "make -f .indexgen/.github/release.mk start", want "require" on Linux`},
		{"no sandbox on a platform", "sandboxes", release, "== 'linux'", "== 'darwin'", release + `: job start: found the sandbox "${{ matrix.os == 'darwin' && 'require' || 'auto' }}" for "make -f .indexgen/.github/release.mk start", want "require" on Linux`},
		{"a sandbox by default", "sandboxes", release, "        with:\n          sandbox: require\n", "", release + `: job release: found the sandbox "" for "./.indexgen/.github/actions/indexgen", want "require" on Linux`},
		{"a sentence without a test", "promises", "docs/security.md", "Plugins run", "All plugins run", `docs/security.md: found no test of "All plugins run in a sandbox." in docs/security-tests.txt`},
		{"a sentence that is gone", "promises", "docs/security.md", "Plugins run", "All plugins run", `docs/security-tests.txt: found "Plugins run in a sandbox.", want a sentence of docs/security.md`},
		{"a test that is gone", "promises", "internal/watch/watch_test.go", "TestNow", "TestThen", `docs/security-tests.txt: found "\tinternal/watch TestNow", want a test function or a script in a directory`},
		{"a script that is gone", "promises", "docs/security-tests.txt", "x.txtar", "y.txtar", `docs/security-tests.txt: found "\ttools/x y.txtar", want a test function or a script in a directory`},
		{"no test", "promises", "docs/security-tests.txt", "\n\te2e TestE2E", "", `docs/security-tests.txt: found no test of "It cannot read files."`},
		{"a row without a test", "promises", "docs/security-tests.txt", "| Linux | yes |", "| Linux | no |", `docs/security.md: found no test of "| Linux | yes |" in docs/security-tests.txt`},

		{"a new pin without its stand-in", "stand-ins", release, "@6f9f17788090df1f26f669e9d70d6ae9567deba6 # v4.1.2", "@3d3c42e5aac5ba805825da76410c181273ba90b1 # v4.2.0", `e2e/rehearsal/actions/sigstore/cosign-installer/action.yml: found "# Stands for sigstore/cosign-installer@6f9f17788090df1f26f669e9d70d6ae9567deba6 # v4.1.2", want "# Stands for sigstore/cosign-installer@3d3c42e5aac5ba805825da76410c181273ba90b1 # v4.2.0"; compare the stand-in with the action first`},
		{"an action without a stand-in", "stand-ins", release, "./.github/actions/own", "actions/attest@1e69f48acb82d1966a394da916b4c1698aa569d6 # v4.2.2", release + ":10: found no e2e/rehearsal/actions/actions/attest/action.yml, which the rehearsal needs"},
		{"a part of an action without a stand-in", "stand-ins", ".github/actions/own/action.yml", "actions/cache@", "actions/cache/save@", ".github/actions/own/action.yml:10: found no e2e/rehearsal/actions/actions/cache/save/action.yml, which the rehearsal needs"},
		{"a stand-in for nothing", "stand-ins", release, "uses: sigstore/cosign-installer@6f9f17788090df1f26f669e9d70d6ae9567deba6 # v4.1.2", "uses: ./own", "e2e/rehearsal/actions/sigstore/cosign-installer/action.yml: found a stand-in for an action that the rehearsal does not use"},

		{"an input in a shell", "composites", ".github/actions/own/action.yml", `ls "$DIST"`, `ls "${{ inputs.dist }}"`, ".github/actions/own/action.yml:11: found an expression in run, want an environment variable"},
		{"an input without a reader", "composites", ".github/actions/own/action.yml", "DIST: ${{ inputs.dist }}", "DIST: dist", ".github/actions/own/action.yml: found no inputs.dist, want every input to be used"},
		{"an unknown input", "composites", ".github/actions/own/action.yml", "DIST: ${{ inputs.dist }}", "DIST: ${{ inputs.dist || inputs.directory }}", ".github/actions/own/action.yml: found inputs.directory, want an input that is described"},
		{"an input without a description", "composites", ".github/actions/own/action.yml", "    description: a directory\n", "    required: true\n", ".github/actions/own/action.yml: found no description of dist"},
		{"an action of the caller", "composites", ".github/actions/own/action.yml", "uses: actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5", "uses: ./.github/actions/other", ".github/actions/own/action.yml:10: found ./.github/actions/other, which would be one of the caller"},
		{"an input that is left out of the guide", "composites", "docs/action.md", "| `dist` |", "| `dir` |", `docs/action.md: Inputs: found ["dir"], want ["dist"]`},
		{"an output that is left out of the guide", "composites", "docs/action.md", "| `index` |\n", "", `docs/action.md: Outputs: found [], want ["index"]`},

		{"a tag", "actions", ci, "@3d3c42e5aac5ba805825da76410c181273ba90b1 #", "@v7.0.1 #", ci + `:8: found "actions/checkout@v7.0.1 # v7.0.1", want an action's commit with its version in a comment`},
		{"a short commit", "actions", ci, "@3d3c42e5aac5ba805825da76410c181273ba90b1 #", "@3d3c42e #", ci + `:8: found "actions/checkout@3d3c42e # v7.0.1", want an action's commit with its version in a comment`},
		{"no version", "actions", ci, " # v7.0.1", "", ci + `:8: found "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", want an action's commit with its version in a comment`},
		{"a branch", "actions", release, "# v4.1.2", "# main", release + `:7: found "sigstore/cosign-installer@6f9f17788090df1f26f669e9d70d6ae9567deba6 # main", want an action's commit with its version in a comment`},
		{"an image", "actions", release, "./.github/actions/own", "docker://alpine:3", release + `:10: found "docker://alpine:3", want an action's commit with its version in a comment`},
		{"an action of this repository", "actions", ".github/actions/own/action.yml", "@27d5ce7f107fe9357f9df03efb73ab90386fccae", "@v5", `.github/actions/own/action.yml:10: found "actions/cache@v5 # v5.0.5", want an action's commit with its version in a comment`},
		{"two commits of one action", "actions", release, "./.github/actions/own", "actions/checkout@b7ad1dad31e06c5925ef5d2fc7ad053ef454303e # v7.0.1", release + `:10: found "actions/checkout@b7ad1dad31e06c5925ef5d2fc7ad053ef454303e # v7.0.1", want what ` + ci + ":8 has"},

		{"another GoReleaser", "versions", ci, "version: v2.16.0", "version: v2.15.0", ci + ":9: found goreleaser/goreleaser-action with version \"v2.15.0\", want v2.16.0 as in tools/pins/goreleaser/go.mod"},
		{"any GoReleaser", "versions", ci, "        with:\n          version: v2.16.0\n", "", ci + ":9: found goreleaser/goreleaser-action with version \"\", want v2.16.0 as in tools/pins/goreleaser/go.mod"},
		{"another cosign", "versions", "tools/pins/cosign/go.mod", "v3.1.3", "v3.1.4", release + ":7: found sigstore/cosign-installer with cosign-release \"v3.1.3\", want v3.1.4 as in tools/pins/cosign/go.mod"},
		{"no cosign", "versions", release, "sigstore/cosign-installer@", "sigstore/other@", "found no workflow that uses sigstore/cosign-installer"},
		{"no pin", "versions", "tools/pins/cosign/go.mod", "sigstore/cosign", "sigstore/rekor", "tools/pins/cosign/go.mod: found no version of github.com/sigstore/cosign"},

		{"a module that is left out", "dependabot", ".github/dependabot.yml", "/e2e", "/elsewhere", ".github/dependabot.yml: found nothing for /e2e/go.mod"},
		{"a directory without a module", "dependabot", ".github/dependabot.yml", "/tools/pins/*", "/tools/*", `.github/dependabot.yml: found "/tools/*", want a directory with a go.mod`},
		{"a deeper module", "dependabot", ".github/dependabot.yml", "/tools/pins/*", "/*", ".github/dependabot.yml: found nothing for /tools/pins/cosign/go.mod"},
		{"only actions", "dependabot", ".github/dependabot.yml", "gomod\n    directory: /e2e", "npm\n    directory: /e2e", ".github/dependabot.yml: found nothing for /e2e/go.mod"},
		{"no workflows", "dependabot", ".github/dependabot.yml", `directories: ["/", "/.github/actions/*"]`, `directory: /.github/actions/*`, ".github/dependabot.yml: found nothing for the workflows"},
		{"a link to nothing", "links", "README.md", "docs/guide.md", "docs/gone.md", "README.md: found a link to docs/gone.md#a-start, want a file of this repository"},
		{"a link out of the repository", "links", "docs/guide.md", "../README.md", "../../README.md", "docs/guide.md: found a link to ../../README.md, want a file of this repository"},
		{"a link to no heading", "links", "README.md", "#a-start", "#the-start", "README.md: found a link to docs/guide.md#the-start, want a heading of docs/guide.md"},
		{"a link to no heading of the page", "links", "docs/guide.md", "#guide", "#guides", "docs/guide.md: found a link to #guides, want a heading of docs/guide.md"},
		{"a reference to nothing", "links", "README.md", "[ci]: .ci/run", "[ci]: .ci/walk", "README.md: found a link to .ci/walk, want a file of this repository"},

		{"a place that is gone", "places", "CONTRIBUTING.md", "in `go.mod`", "in `go.work`", "CONTRIBUTING.md: found go.work, want a file of this repository"},
		{"a pattern without files", "places", "CONTRIBUTING.md", "`tools/pins/<tool>/go.mod`", "`tools/<tool>/go.mod`", "CONTRIBUTING.md: found tools/<tool>/go.mod, want a file of this repository"},
		{"a row without a file", "places", "CONTRIBUTING.md", "`tools/pins/<tool>/go.mod`, and `Version` in `go.mod`", "the file", "CONTRIBUTING.md: found no file for the version"},
		{"a package that is left out", "places", "CONTRIBUTING.md", "`internal/watch`", "`internal`", "CONTRIBUTING.md: found no internal/watch in the layout"},
		{"no table", "places", "CONTRIBUTING.md", "## Where to change what", "## Where", `CONTRIBUTING.md: found no table in the section "Where to change what"`},

		{"no actions", "dependabot", ".github/dependabot.yml", `, "/.github/actions/*"`, "", ".github/dependabot.yml: found nothing for /.github/actions/own/action.yml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := maps.Clone(small)
			if strings.Count(files[test.file], test.old) != 1 {
				t.Fatalf("%s has no %q, or several", test.file, test.old)
			}
			files[test.file] = strings.Replace(files[test.file], test.old, test.new, 1)
			if problems := checks[test.check](t, repository(files)); !slices.Contains(problems, test.want) {
				t.Errorf("found the problems\n%s\nwant\n%s", strings.Join(problems, "\n"), test.want)
			}
		})
	}
	for name, check := range checks {
		if problems := check(t, repository(small)); len(problems) > 0 {
			t.Errorf("%s: found problems with what is right:\n%s", name, strings.Join(problems, "\n"))
		}
	}
}

func repository(files map[string]string) fs.FS {
	repo := fstest.MapFS{}
	for name, text := range files {
		repo[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return repo
}

// workflow is the part of a workflow's file that the checks look at.
type workflow struct {
	file        string
	Permissions yaml.Node
	Env         yaml.Node
	Jobs        map[string]struct {
		condition   `yaml:",inline"`
		Permissions yaml.Node
		Env         yaml.Node
		Steps       []step
	}
}

type step struct {
	condition `yaml:",inline"`
	Run       string
	Env       yaml.Node
	Uses      yaml.Node
	With      map[string]string
}

type condition struct {
	If              yaml.Node
	ContinueOnError yaml.Node `yaml:"continue-on-error"`
}

// always says whether a job or a step always runs, and its failure always counts.
func (c condition) always() bool { return c.If.IsZero() && c.ContinueOnError.IsZero() }

func workflows(t *testing.T, repo fs.FS) []workflow {
	t.Helper()
	var all []workflow
	for _, file := range glob(t, repo, ".github/workflows/*.y*ml") {
		w := workflow{file: file}
		parse(t, repo, file, &w)
		all = append(all, w)
	}
	if len(all) == 0 {
		t.Fatal("found no workflows")
	}
	return all
}

func parse(t *testing.T, repo fs.FS, file string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, repo, file)), into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func read(t *testing.T, repo fs.FS, file string) string {
	t.Helper()
	data, err := fs.ReadFile(repo, file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func glob(t *testing.T, repo fs.FS, pattern string) []string {
	t.Helper()
	files, err := fs.Glob(repo, pattern)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// modules returns the directories with a go.mod.
func modules(t *testing.T, repo fs.FS) []string {
	t.Helper()
	var directories []string
	for _, file := range files(t, repo, func(name string) bool { return path.Base(name) == "go.mod" }) {
		directories = append(directories, path.Dir(file))
	}
	return directories
}

// files returns the files that are wanted, without those in directories that git or Go ignore.
func files(t *testing.T, repo fs.FS, wanted func(name string) bool) (names []string) {
	t.Helper()
	err := fs.WalkDir(repo, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		ignored := name == "bin" || name == "dist" || name != "." && strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"
		if entry.IsDir() && ignored {
			return fs.SkipDir
		}
		if !entry.IsDir() && wanted(name) {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
