//go:build rehearsal

package rehearsal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"botkube-plugins/e2e/rehearsal/fakegithub"
)

// The repository of TestWorkflows.
const (
	owner = "someone"
	name  = "their-plugins"
)

// The test follows a repository from the push of its first tag to an installed plugin, through the
// workflows themselves. Each step builds on the previous ones.
func TestWorkflows(t *testing.T) {
	github := fakegithub.New(token)
	defer github.Close()
	c := clone(t, github, "https://github.com/"+owner+"/"+name)
	step := func(what string, run func(t *testing.T)) {
		t.Helper()
		if !t.Run(what, run) {
			t.FailNow() // the next steps depend on this one
		}
	}
	var published fakegithub.Published // before the last run
	release := func(t *testing.T, tag string, private bool, before map[string]string, message ...string) workflowRun {
		t.Helper()
		published = github.Published(owner, name)
		c.tag(t, tag, message...)
		return c.act(t, "release.yml", "push", c.pushed(t, tag, private), before)
	}
	// stopped checks that the run failed with the messages, and that nothing was uploaded.
	stopped := func(t *testing.T, run workflowRun, messages ...string) {
		t.Helper()
		if run.err == nil {
			t.Fatalf("the workflow has succeeded:\n%s", run.output)
		}
		c.contains(t, run.output, messages...)
		if requests := github.Requests(); slices.ContainsFunc(requests, isWrite) {
			t.Errorf("found the requests %q, want none that changes something", requests)
		}
		same(t, published, github.Published(owner, name))
		if drafts := github.Drafts(owner, name); len(drafts) != 0 {
			t.Errorf("found the drafts %v, want none", drafts)
		}
	}

	step("a plugin that does not start on another platform is not released", func(t *testing.T) {
		c.edit(t, "plugins/ticker/main.go", "func main() {\n", "func main() {\n\tif runtime.GOARCH == \"arm64\" {\n\t\tpanic(\"no arms\")\n\t}\n")
		c.edit(t, "plugins/ticker/main.go", "import (\n", "import (\n\t\"runtime\"\n")
		c.shrink(t)
		c.commit(t)
		run := release(t, "v1.0.0", false, nil)
		stopped(t, run, "source/ticker 1.0.0 linux/arm64: found the error", "panic: no arms")
		c.undo(t)
	})

	step("a build that is not reproducible is not released", func(t *testing.T) {
		c.edit(t, ".goreleaser.yaml", "-X main.version={{ .Version }}", "-X main.version={{ .Version }} -X main.built={{ .Now.UnixNano }}")
		c.edit(t, "plugins/ticker/main.go", "func main() {\n", "var built string\n\nfunc main() {\n\tos.Setenv(\"BUILT\", built)\n")
		c.edit(t, "plugins/ticker/main.go", "import (\n", "import (\n\t\"os\"\n")
		c.shrink(t)
		c.commit(t)
		run := release(t, "v1.0.0", false, nil)
		stopped(t, run, "source_ticker_linux_amd64.tar.zst: FAILED", "the build is not reproducible", "the current time")
		c.undo(t)
	})

	step("an artifact that is changed after it was proven is not released", func(t *testing.T) {
		c.shrink(t)
		c.commit(t)
		run := release(t, "v1.0.0", false, map[string]string{
			"publish": "echo changed >> \"$REHEARSAL_STORE/artifacts/proven/source_ticker_linux_arm64.tar.zst\"\n",
		})
		c.undo(t)
		stopped(t, run, "source_ticker_linux_arm64.tar.zst: FAILED", "proven/ is not what was proven")
		if _, plugins := run.starts(t, "publish"); len(plugins) > 0 {
			t.Errorf("found the plugins %q started by make publish, want none", plugins)
		}
	})

	step("the workflows publish, and Botkube installs", func(t *testing.T) {
		run := release(t, "v1.0.0", false, nil)
		if run.err != nil {
			t.Fatalf("%v:\n%s", run.err, run.output)
		}
		c.checkRelease(t, owner, name, "v1.0.0")
		c.checkSummary(t, run)
		c.checkStarts(t, run)
		checkAttested(t, run, github.URL()+"/"+owner+"/"+name+"/releases/download/v1.0.0")

		c.checkPages(t, c.act(t, "pages.yml", "workflow_run", completed("push", "v1.0.0"), nil))
	})

	step("pages ignores the run of a pull request", func(t *testing.T) {
		pages := c.act(t, "pages.yml", "workflow_run", completed("pull_request", "v1.0.0"), nil)
		if _, err := os.Stat(filepath.Join(pages.store, "pages")); err == nil || pages.err != nil {
			t.Errorf("found error %v, and a site: %t", pages.err, err == nil)
		}
	})

	step("a breaking change without a new major version is not released", func(t *testing.T) {
		c.breakTicker(t)
		run := release(t, "v1.1.0-rc.1", true, nil)
		stopped(t, run, "- **breaking**: `config: interval: 1h30m: was valid", "1 plugin with a breaking change without a new major version",
			`hint: to release it, give the tag a message with the line "Breaking: <reason>"`)
	})

	step("a pre-release of a private repository is marked, never the latest, and not attested", func(t *testing.T) {
		before := github.Published(owner, name)
		run := release(t, "v1.1.0-rc.1", true, nil, "Version 1.1.0", "Breaking: hours are `gone` <b>")
		if run.err != nil {
			t.Fatalf("%v:\n%s", run.err, run.output)
		}
		c.contains(t, run.output, "GitHub has no attestations for the private repositories of users")
		if _, err := os.Stat(filepath.Join(run.store, "attested")); err == nil {
			t.Error("found an attestation, want none")
		}
		after := github.Published(owner, name)
		if len(after.Releases) != 2 || after.Latest != "v1.0.0" || !after.Releases[1].Prerelease {
			t.Fatalf("found %d releases and the latest %q, want a second one that is a pre-release", len(after.Releases), after.Latest)
		}
		if diff := cmp.Diff(before.Releases, after.Releases[:1]); diff != "" {
			t.Errorf("the other release has changed:\n%s", diff)
		}
		c.checkChanges(t, after.Releases[1], "1.0.0 → 1.1.0-rc.1", "\nThis release breaks what worked before, because: `hours are 'gone' <b>`\n",
			"- **breaking**: `config: interval: 1h30m: was valid, now: found \"1h30m\", want a match of "+
				`^\+?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m))+$`+"`\n")
	})

	step("pages has the indexes of all releases without pre-releases", func(t *testing.T) {
		c.checkPages(t, c.act(t, "pages.yml", "workflow_dispatch", event{"repository": repository(false)}, nil))
	})

	if unknown := github.Unknown(); len(unknown) > 0 {
		t.Errorf("fakegithub does not know %q", unknown)
	}
}

// checkPages checks the index on the web server, and that no plugin was started where a token is.
func (c *checkout) checkPages(t *testing.T, run workflowRun) {
	t.Helper()
	if run.err != nil {
		t.Fatalf("%v:\n%s", run.err, run.output)
	}
	site, err := os.ReadFile(filepath.Join(run.store, "pages", "plugins-index.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c.checkSite(t, site, owner, name)
	if programs, plugins := run.starts(t, "pages"); len(plugins) > 0 || !slices.Contains(programs, "indexgen") {
		t.Errorf("make pages: found the plugins %q and the programs %q, want no plugin, and indexgen", plugins, programs)
	}
}

// checkSummary checks that the last summary has each plugin on each platform, and says what was
// started. There were no runners for macOS.
func (c *checkout) checkSummary(t *testing.T, run workflowRun) {
	t.Helper()
	summary := strings.ReplaceAll(run.output, `\`, "")
	summary = summary[max(0, strings.LastIndex(summary, "Summary - | plugin | version |")):]
	for _, plugin := range c.plugins(t) {
		plugin = strings.Replace(plugin, "_", "/", 1)
		for platform, result := range map[string]string{
			"linux/amd64": "started", "linux/arm64": "started", "darwin/amd64": "only checked", "darwin/arm64": "only checked",
		} {
			rows := 0
			for line := range strings.Lines(summary) {
				if strings.Contains(line, "| "+plugin+" | 1.0.0 | "+platform+" | ") && strings.Contains(line, " | "+result+" | ") {
					rows++
				}
			}
			if rows != 1 {
				t.Errorf("found %d rows for %s on %s, want one that says %q in:\n%s", rows, plugin, platform, result, run.output)
			}
		}
	}
	c.contains(t, summary, "Built and checked, but not started on any machine: darwin/amd64, darwin/arm64.")
}

// checkStarts checks that publishing starts no plugin. The same check finds the plugins that make
// start starts.
func (c *checkout) checkStarts(t *testing.T, run workflowRun) {
	t.Helper()
	programs, plugins := run.starts(t, "publish")
	signs := slices.ContainsFunc(programs, func(program string) bool { return strings.HasPrefix(program, "cosign") })
	if len(plugins) > 0 || !slices.Contains(programs, "releaseguard") || !signs {
		t.Errorf("make publish: found the plugins %q and the programs %q, want no plugin, and releaseguard and cosign", plugins, programs)
	}
	var all []string
	for _, plugin := range c.plugins(t) {
		all = append(all, plugin+"_linux_amd64", plugin+"_linux_arm64")
	}
	if _, plugins := run.starts(t, "start"); !slices.Equal(slices.Sorted(slices.Values(all)), plugins) {
		t.Errorf("make start: found the plugins %q, want %q", plugins, all)
	}
}

// checkAttested checks that what was attested are the files of the release.
func checkAttested(t *testing.T, run workflowRun, download string) {
	t.Helper()
	attested, err := os.ReadFile(filepath.Join(run.store, "attested"))
	if err != nil || !bytes.Equal(attested, fetch(t, download+"/checksums.txt")) {
		t.Errorf("found error %v and the attested files\n%s\nwant those of checksums.txt", err, attested)
	}
}
