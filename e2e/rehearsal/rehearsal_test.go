//go:build rehearsal

package rehearsal_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"botkube-plugins/e2e/rehearsal/fakegithub"
)

// The test follows a repository through releases that fail before the upload, releases that fail
// during the upload, and changes to published releases. Each step builds on the previous ones. The
// repository is a fork with another name than that of TestWorkflows, and without configuration.
func TestRelease(t *testing.T) {
	github := fakegithub.New(token)
	defer github.Close()
	const owner, name = "acme", "chat"
	c := clone(t, github, "git@github.com:"+owner+"/"+name+".git")
	published := func() fakegithub.Published { return github.Published(owner, name) }
	step := func(what string, run func(t *testing.T)) {
		t.Helper()
		if !t.Run(what, run) {
			t.FailNow() // the next steps depend on this one
		}
	}

	step("a plugin that does not answer is not released", func(t *testing.T) {
		c.shrink(t)
		c.edit(t, "plugins/ticker/main.go", "(api.MetadataOutput, error) {\n", "(api.MetadataOutput, error) {\n\tpanic(\"no answer\")\n")
		c.commit(t)
		c.tag(t, "v1.0.0")
		output := c.fails(t, "release")
		c.contains(t, output, "source/ticker", "no answer")
		c.unasked(t)
		c.undo(t)
	})

	step("a plugin of another version is not released", func(t *testing.T) {
		c.shrink(t)
		c.edit(t, ".goreleaser.yaml", "-X main.version={{ .Version }}", "-X main.version=1.0.1")
		c.commit(t)
		c.tag(t, "v1.0.0")
		output := c.fails(t, "release")
		c.contains(t, output, "executor/echo", `"1.0.1"`, "1.0.0")
		c.unasked(t)
		c.undo(t)
	})

	// A repeated run uploads the same files.
	var uploaded map[string]string
	step("an upload that GitHub refuses leaves nothing public", func(t *testing.T) {
		c.tag(t, "v1.0.0")
		github.Fail(failing("executor_echo_linux_amd64.tar.zst", fakegithub.BadGateway))
		output := c.fails(t, "release")
		c.contains(t, output, "executor_echo_linux_amd64.tar.zst", "502")
		if diff := cmp.Diff(fakegithub.Published{}, published()); diff != "" {
			t.Errorf("published:\n%s", diff)
		}
		for _, asset := range c.assets(t) {
			c.missing(t, github.URL()+"/"+owner+"/"+name+"/releases/download/v1.0.0/"+asset)
		}
		drafts := github.Drafts(owner, name)
		if len(drafts) != 1 || len(drafts[0].Assets) == 0 {
			t.Fatalf("found drafts %v, want one with assets", drafts)
		}
		uploaded = drafts[0].Assets
	})

	step("a repeated publish publishes", func(t *testing.T) {
		broken := false // one upload breaks off and is retried
		github.Fail(func(asset string) fakegithub.Failure {
			if asset == "plugins-index.yaml" && !broken {
				broken = true
				return fakegithub.Reset
			}
			return fakegithub.None
		})
		c.succeeds(t, "publish")
		if !broken {
			t.Error("no upload broke off, so nothing was tested")
		}
		if !slices.ContainsFunc(c.github.Requests(), func(r string) bool {
			return strings.HasPrefix(r, "DELETE ") && !strings.Contains(r, "/assets/")
		}) {
			t.Error("the draft of the first run was not deleted, so its files could be in the release")
		}
		if drafts := github.Drafts(owner, name); len(drafts) != 0 {
			t.Errorf("found the drafts %v, want none", drafts)
		}
		got := only(t, published())
		if got.Prerelease || published().Latest != "v1.0.0" {
			t.Errorf("found a pre-release (%t) and the latest %q", got.Prerelease, published().Latest)
		}
		for name, sum := range uploaded {
			if name != "checksums.txt.sigstore.json" && sum != got.Assets[name] {
				t.Errorf("%s is not what the first run uploaded", name)
			}
		}
		c.checkRelease(t, owner, name, "v1.0.0")
		if strings.Contains(got.Body, "What changes for operators") {
			t.Errorf("found changes in the notes of the first release:\n%s", got.Body)
		}
	})

	step("what is published is refused to be released again", func(t *testing.T) {
		before := published()
		c.contains(t, c.fails(t, "publish"), "v1.0.0 is already published")
		c.unchanged(t)
		c.commit(t)
		c.tag(t, "v1.0.0")
		c.contains(t, c.fails(t, "publish"), "v1.0.0 is already published")
		c.unchanged(t)
		same(t, before, published())
		c.undo(t)
	})

	step("GoReleaser by itself publishes nothing", func(t *testing.T) {
		before := published()
		c.shrink(t)
		c.commit(t)
		c.tag(t, "v1.1.0")
		c.run(t, c.dir, c.goreleaser, "release", "--clean")
		c.undo(t)
		same(t, before, published())
		if drafts := github.Drafts(owner, name); len(drafts) != 1 {
			t.Errorf("found the drafts %v, want one, which the next release deletes", drafts)
		}
	})

	step("an SBOM that is not the proven one is not released", func(t *testing.T) {
		c.commit(t)
		c.tag(t, "v1.1.0")
		c.succeeds(t, "prove")
		c.run(t, c.dir, "env", "PROVEN_SHA256="+c.proven(), "REPRODUCIBLE=true", "make", "rebuilt")
		const sbom = "source_ticker_linux_amd64.cdx.json"
		write(t, filepath.Join(c.dir, "dist", sbom), "changed")
		c.contains(t, c.failsWith(t, "env", "PROVEN_SHA256="+c.proven(), "REPRODUCIBLE=true", "make", "rebuilt"),
			sbom+": FAILED", "the build is not reproducible", "the current time")
		c.contains(t, c.run(t, c.dir, "env", "PROVEN_SHA256="+c.proven(), "make", "rebuilt"),
			sbom+": FAILED", "Published are the files that were proven.")
	})

	step("notes that are changed after make prove are not published", func(t *testing.T) {
		sum, changes := c.proven(), filepath.Join(c.dir, "proven", "notes.md")
		proven := string(c.read(t, "proven/notes.md"))
		write(t, changes, "forged\n")
		c.contains(t, c.failsWith(t, "env", "PROVEN_SHA256="+sum, "make", "publish"), "notes.md: FAILED", "proven/ is not what was proven")
		c.unasked(t)
		write(t, changes, proven)
	})

	step("an upload that breaks off leaves the old release as it was", func(t *testing.T) {
		before := published()
		github.Fail(failing("source_ticker_darwin_arm64.tar.zst", fakegithub.Reset))
		c.contains(t, c.fails(t, "publish"), "source_ticker_darwin_arm64.tar.zst")
		same(t, before, published())
		c.checkLatest(t, owner, name, "v1.0.0")
	})

	step("a tag that was moved is not released", func(t *testing.T) {
		before := published()
		github.Fail(func(string) fakegithub.Failure { return fakegithub.None })
		github.SetTag(owner, name, "v1.1.0", workflowSHA)
		c.contains(t, c.fails(t, "publish"), `the tag is at the commit "`+workflowSHA+`"`)
		same(t, before, published())
		c.tag(t, "v1.1.0")
	})

	step("the second release leaves the first as it was", func(t *testing.T) {
		first := only(t, published())
		c.succeeds(t, "publish")
		after := published()
		if len(after.Releases) != 2 || after.Latest != "v1.1.0" {
			t.Fatalf("found %d releases and the latest %q", len(after.Releases), after.Latest)
		}
		if diff := cmp.Diff(first, after.Releases[0]); diff != "" {
			t.Errorf("the first release has changed:\n%s", diff)
		}
		c.checkRelease(t, owner, name, "v1.1.0")
		c.checkLatest(t, owner, name, "v1.1.0")
		c.checkChanges(t, after.Releases[1], "1.0.0 → 1.1.0", "", "")
	})

	step("pages leaves out an index that Botkube rejects, and fails for one that is not the released one", func(t *testing.T) {
		const broken = "entries: []\n"
		publishByHand(t, github, owner, name, "v0.1.0", false, map[string]string{
			"plugins-index.yaml": broken, "checksums.txt": fmt.Sprintf("%x  plugins-index.yaml\n", sha256.Sum256([]byte(broken))),
		})
		c.contains(t, c.run(t, c.dir, "make", "pages"), "left out dist/releases/v0.1.0/plugins-index.yaml: 1 problem")
		c.checkSite(t, c.read(t, "dist/site/plugins-index.yaml"), owner, name)
		publishByHand(t, github, owner, name, "v0.2.0", false, map[string]string{
			"plugins-index.yaml": broken, "checksums.txt": fmt.Sprintf("%x  plugins-index.yaml\n", sha256.Sum256(nil)),
		})
		c.contains(t, c.failsWith(t, "make", "pages"), "plugins-index.yaml: FAILED")
	})

	if unknown := github.Unknown(); len(unknown) > 0 {
		t.Errorf("fakegithub does not know %q", unknown)
	}
}

// publishByHand publishes a release without its checks, as the latest one or not.
func publishByHand(t *testing.T, github *fakegithub.Server, owner, name, tag string, latest bool, files map[string]string) {
	t.Helper()
	request := func(method, url, body string) (id int64) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "text/plain")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var answer struct{ ID int64 }
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode >= http.StatusBadRequest {
			t.Fatalf("%s %s: found status %d, error %v", method, url, resp.StatusCode, err)
		}
		return answer.ID
	}
	releases := "/repos/" + owner + "/" + name + "/releases"
	release := fmt.Sprintf("%s/%d", releases, request(http.MethodPost, github.APIURL()+releases, `{"tag_name": "`+tag+`", "draft": true}`))
	for file, text := range files {
		request(http.MethodPost, github.UploadURL()+release+"/assets?name="+file, text)
	}
	request(http.MethodPatch, github.APIURL()+release, fmt.Sprintf(`{"draft": false, "make_latest": "%t"}`, latest))
}

// failing makes each upload of one asset fail.
func failing(name string, failure fakegithub.Failure) func(string) fakegithub.Failure {
	return func(asset string) fakegithub.Failure {
		if asset == name {
			return failure
		}
		return fakegithub.None
	}
}

// only returns the only published release.
func only(t *testing.T, p fakegithub.Published) fakegithub.Release {
	t.Helper()
	if len(p.Releases) != 1 {
		t.Fatalf("found %d releases, want one", len(p.Releases))
	}
	return p.Releases[0]
}

func same(t *testing.T, before, after fakegithub.Published) {
	t.Helper()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("what is published has changed:\n%s", diff)
	}
}

// plugins returns the plugins that GoReleaser builds in the clone, such as source_ticker.
func (c *checkout) plugins(t *testing.T) []string {
	t.Helper()
	var plugins []string
	for _, match := range regexp.MustCompile(`(?m)^    binary: (.+)_{{ .Os }}_{{ .Arch }}$`).FindAllSubmatch(c.read(t, ".goreleaser.yaml"), -1) {
		plugins = append(plugins, string(match[1]))
	}
	return plugins
}

// assets returns the names of all files of a release.
func (c *checkout) assets(t *testing.T) []string {
	t.Helper()
	names := []string{"checksums.txt", "checksums.txt.sigstore.json", "plugins-index.yaml"}
	for _, plugin := range c.plugins(t) {
		for _, platform := range []string{"darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64"} {
			names = append(names, plugin+"_"+platform+".tar.zst", plugin+"_"+platform+".cdx.json")
		}
	}
	slices.Sort(names)
	return names
}

// sorted returns a map's keys.
func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// isWrite reports whether a request in fakegithub's list changes something.
func isWrite(request string) bool { return !strings.HasPrefix(request, "GET ") }
