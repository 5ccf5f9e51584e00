package site_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"html"
	"maps"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/site"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const schema = `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {
    "interval": {"type": "string", "pattern": "^[1-9][0-9]*(s|m)$", "default": "1m", "description": "The time between two messages."},
    "zones": {"type": "array", "items": {"enum": ["UTC", "local"]}}
  },
  "required": ["interval"],
  "additionalProperties": false
}`

// entry returns an entry with a file for two platforms.
func entry(kind index.Type, name, version string) index.Entry {
	e := index.Entry{Name: name, Type: kind, Version: version, Description: "Sends the time."}
	for i, arch := range []string{"amd64", "arm64"} {
		e.URLs = append(e.URLs, index.Artifact{
			URL:      fmt.Sprintf("https://github.com/me/plugins/releases/download/v%s/%s_%s_linux_%s", version, kind, name, arch),
			Checksum: strings.Repeat(fmt.Sprint(i), 64), Platform: index.Platform{OS: "linux", Arch: arch},
		})
	}
	return e
}

func clock(version string) index.Entry {
	e := entry(index.TypeSource, "clock", version)
	e.DocumentationURL = "https://github.com/me/plugins/tree/v" + version + "/plugins/clock"
	e.JSONSchema.Value = schema
	e.ExternalRequest.Payload.JSONSchema.Value = `{"type": "object", "properties": {"text": {"type": "string", "examples": ["it's <late>"]}}, "required": ["text"]}`
	for i := range e.URLs {
		e.URLs[i].Dependencies = index.Dependencies{
			"kubectl": {URL: "https://dl.k8s.io/kubectl"},
			"tz":      {URL: "https://example.com/tz?checksum=sha256:" + strings.Repeat("ab", 32)},
		}
	}
	return e
}

func repository(entries ...index.Entry) site.Repository {
	return site.Repository{Name: "my-repo", URL: "https://example.com/plugins-index.yaml", Index: index.Index{Entries: entries}}
}

func build(t *testing.T, repositories ...site.Repository) site.Files {
	t.Helper()
	files, err := site.Build(t.Context(), repositories)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

const readme = "# Clock\n\nSends the *time*, see [messages](../../docs/messages.md).\n\n## Zones\n\n| zone | meaning |\n|---|---|\n| `UTC` | the default |\n\n```sh\ndate -u\n```\n"

func TestGolden(t *testing.T) {
	old := clock("1.0.0")
	old.JSONSchema.Value = strings.Replace(schema, `"1m"`, `"5m"`, 1)
	r := repository(clock("1.1.0"), entry(index.TypeExecutor, "echo", "1.0.0"), old)
	r.Size = func(url string) (int64, bool) { return 12_345_678, strings.HasSuffix(url, "amd64") }
	r.README = func(name string) (string, error) {
		if name == "clock" {
			return readme, nil
		}
		return "", nil
	}
	files := build(t, r)
	for _, name := range []string{"index.html", "plugins/my-repo/source-clock.html"} {
		golden := "testdata/" + path.Base(name)
		if *update {
			if err := os.WriteFile(golden, files[name], 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(files[name])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The order of the entries and the run make no difference.
func TestSameBytes(t *testing.T) {
	entries := []index.Entry{clock("1.0.0"), clock("1.1.0"), entry(index.TypeExecutor, "clock", "1.0.0"), entry(index.TypeExecutor, "echo", "1.0.0")}
	first := build(t, repository(entries...))
	slices.Reverse(entries)
	if diff := cmp.Diff(first, build(t, repository(entries...))); diff != "" {
		t.Errorf("the second site (-first +second):\n%s", diff)
	}
}

// evil is text that must stay text wherever it is.
const evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"' onfocus=alert(3) </code></pre>\u2028\u202e{{.}}]]>-->"

// Build does not rely on the check of the index: here are texts that it rejects.
func TestHostile(t *testing.T) {
	e := clock("1.0.0")
	e.Name = "<script>" + evil
	e.Description = evil
	e.DocumentationURL = "javascript:alert(1)"
	e.JSONSchema.Value = `{"title": "</script><script>alert(1)</script>\u2028", "properties": {"<b>x": {"type": "<i>", "description": "</td><script>alert(1)</script>", "default": "<u>", "pattern": "<s>"}}}`
	e.URLs[0].URL = "javascript:alert(1)//x"
	e.URLs[0].Checksum = "<script>"
	e.URLs[0].Dependencies = index.Dependencies{"<script>": {URL: "javascript:alert(2)"}}
	e.URLs[1].URL = "https://user:secret@example.com/file"
	old := clock("0.9.0")
	old.Name, old.URLs = e.Name, []index.Artifact{{Platform: index.Platform{OS: "<script>", Arch: evil}}}
	r := repository(e, old)
	r.URL = "https://example.com/$(touch x)'`;index.yaml"
	r.README = func(string) (string, error) {
		return evil + `

[a](javascript:alert(1)) [b](JAVASCRIPT:alert(1)) [c](data:text/html,x) [d](vbscript:x) [e](//evil.example/x) [f](  javascript:alert(1))
<javascript:alert(1)> <a href="javascript:alert(1)">raw</a> <svg/onload=alert(1)>
![i](https://evil.example/i.png) ![j](javascript:alert(1)) [![k](x.png)](javascript:alert(1))

<script>alert(1)</script>
<style>body{display:none}</style>
`, nil
	}
	files := build(t, r)
	pages := 0
	for name, data := range files {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		pages++
		page := string(data)
		for _, tag := range tags.FindAllString(page, -1) {
			if !allowedTag.MatchString(tag) {
				t.Errorf("%s: found the tag %s", name, tag)
			}
		}
		for _, link := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if link := html.UnescapeString(link[1]); !safeLink.MatchString(link) {
				t.Errorf("%s: found the link %q", name, link)
			}
		}
		head, _, _ := strings.Cut(page, "</h1>")
		if strings.Contains(page, "user:secret") || strings.Contains(head, "\u202e") || name == site.Overview && strings.Contains(page, "\u202e") {
			t.Errorf("%s: found a password, or a character that reverses the text", name)
		}
		if strings.Count(page, "<script") != strings.Count(page, "</script>") {
			t.Errorf("%s: found a script that does not end", name)
		}
	}
	if pages != 2 {
		t.Errorf("found %d pages, want 2", pages)
	}
}

var (
	tags = regexp.MustCompile(`<[A-Za-z!/][^>]*>`)
	// allowedTag matches the tags of the templates and of a README without HTML.
	allowedTag = regexp.MustCompile(`^<(?:!DOCTYPE html|!-- raw HTML omitted --|/?(?:a|body|button|code|dd|div|dl|dt|em|fieldset|footer|form|h[1-6]|head|header|html|input|kbd|label|legend|li|link|main|meta|nav|ol|option|p|pre|script|section|select|span|table|tbody|td|th|thead|title|tr|ul|wbr)(?: [a-z-]+="[^"<>]*"| hidden| checked| defer| data-plugin)*)>$`)
	safeLink   = regexp.MustCompile(`^(?:#[\w.-]*|data:,|(?:\.\./\.\./)?(?:index\.html|assets/[a-z./-]+)|plugins/my-repo/[a-z0-9~-]+\.html|https://(?:github\.com/me/plugins|example\.com|dl\.k8s\.io)[^@]*)$`)
)

// Names that are no file names, or differ only in case, have different pages.
func TestPaths(t *testing.T) {
	var entries []index.Entry
	for _, name := range []string{"a", "A", "ä", "a b", "..", "con", "a~0", strings.Repeat("x", 200), "x<script>"} {
		entries = append(entries, entry(index.TypeSource, name, "1.0.0"))
	}
	other := repository(entry(index.TypeSource, "a", "1.0.0"))
	other.Name = "My-Repo"
	files := build(t, repository(entries...), other)
	seen := map[string]bool{}
	for name := range files {
		if strings.HasPrefix(name, "plugins/") {
			seen[strings.ToLower(name)] = true
			if !regexp.MustCompile(`^plugins/[a-z0-9.~_-]+/source-[a-z0-9.~_-]{1,120}\.html$`).MatchString(name) || strings.Contains(name, "..") {
				t.Errorf("found the path %s", name)
			}
			if !bytes.Contains(files["index.html"], []byte(`href="`+name+`"`)) {
				t.Errorf("found no link to %s in the overview", name)
			}
		}
	}
	if len(seen) != len(entries)+1 || files.Plugins() != len(seen) {
		t.Errorf("found %d pages and %d plugins, want %d: %v", len(seen), files.Plugins(), len(entries)+1, slices.Sorted(maps.Keys(seen)))
	}
}

// A command is one command with the arguments that it shows, whatever an index contains.
func TestCommands(t *testing.T) {
	e := entry(index.TypeSource, "x'$(touch evil)`touch evil`;touch evil", "1.0.0")
	e.ExternalRequest.Payload.JSONSchema.Value = `{"enum": ["'; touch evil; '$(touch evil)"]}`
	r := repository(e)
	r.URL = "https://example.com/i.yaml?a=1&b=$(touch evil)';touch evil"
	for name, data := range build(t, r) {
		if !strings.HasPrefix(name, "plugins/") {
			continue
		}
		dir := t.TempDir()
		for _, command := range commandsOf(string(data)) {
			program, _, _ := strings.Cut(command, " ")
			if !strings.HasPrefix(command, "curl http:") && program != "indexgen" {
				continue
			}
			cmd := exec.Command("sh", "-c", program+`() { printf '%s\n' "$@"; }; `+command)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			want := map[string]string{
				"indexgen": "verify\n" + r.URL + "\n",
				"curl":     "http://botkube.botkube.svc.cluster.local:2115/sources/v1/x%27$%28touch%20evil%29%60touch%20evil%60%3Btouch%20evil\n-d\n" + `"'; touch evil; '$(touch evil)"` + "\n",
			}[program]
			if err != nil || string(out) != want {
				t.Errorf("%s:\nfound %v and %s, want %s", command, err, out, want)
			}
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("a command has created %s", left[0].Name())
		}
	}
}

// commandsOf returns the texts that a page offers to copy.
func commandsOf(page string) (commands []string) {
	for _, found := range regexp.MustCompile(`(?s)<div class="code"><pre tabindex="0"><code>(.*?)</code></pre>`).FindAllStringSubmatch(page, -1) {
		commands = append(commands, html.UnescapeString(found[1]))
	}
	return commands
}

// The commands for a release are those of docs/verify-a-release.md.
func TestTrustCommands(t *testing.T) {
	doc, err := os.ReadFile("../../../../docs/verify-a-release.md")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("OWNER/REPO", "me/plugins", "v1.0.0", "v1.2.3", `"$RELEASE"`, "https://github.com/me/plugins/releases/download/v1.2.3").Replace(string(doc))
	page := string(build(t, repository(entry(index.TypeSource, "clock", "1.2.3")))["plugins/my-repo/source-clock.html"])
	found := 0
	for _, command := range commandsOf(page) {
		program, _, _ := strings.Cut(command, " ")
		if slices.Contains([]string{"curl", "cosign", "sha256sum", "gh"}, program) {
			found++
			if !strings.Contains(want, "```sh\n"+command+"\n```") {
				t.Errorf("found the command\n%s\nwant one of docs/verify-a-release.md", command)
			}
		}
	}
	if found != 4 {
		t.Errorf("found %d commands, want 4", found)
	}
}

// A workflow of another repository signs as that one.
func TestTrustCommandsForAnotherWorkflow(t *testing.T) {
	r := repository(entry(index.TypeSource, "clock", "1.2.3"))
	r.Workflow = "acme/plugin.tools"
	commands := strings.Join(commandsOf(string(build(t, r)["plugins/my-repo/source-clock.html"])), "\n")
	for _, want := range []string{
		`--certificate-identity-regexp '^https://github\.com/acme/plugin\.tools/\.github/workflows/release-plugins\.yml@'`,
		"--certificate-github-workflow-repository me/plugins",
		"gh attestation verify plugins-index.yaml --repo me/plugins \\\n  --signer-workflow acme/plugin.tools/.github/workflows/release-plugins.yml",
	} {
		if !strings.Contains(commands, want) {
			t.Errorf("found no %s in\n%s", want, commands)
		}
	}
}

// Files that are not all of one release on GitHub have no commands for a release.
func TestNoRelease(t *testing.T) {
	two := entry(index.TypeSource, "clock", "1.0.0")
	two.URLs[1].URL = "https://github.com/me/plugins/releases/download/v2.0.0/x"
	elsewhere := entry(index.TypeSource, "clock", "1.0.0")
	elsewhere.URLs[0].URL = "https://example.com/github.com/me/plugins/releases/download/v1/x"
	quoted := entry(index.TypeSource, "clock", "1.0.0")
	for i := range quoted.URLs {
		quoted.URLs[i].URL = "https://github.com/me/plugins/releases/download/v1;touch/x"
	}
	for _, e := range []index.Entry{two, elsewhere, quoted} {
		page := string(build(t, repository(e))["plugins/my-repo/source-clock.html"])
		if strings.Contains(page, "cosign") || !strings.Contains(page, "this page does not know who built them") {
			t.Errorf("%s: found commands for a release, want none", e.URLs[0].URL)
		}
	}
}

func TestReadmeError(t *testing.T) {
	r := repository(entry(index.TypeSource, "clock", "1.0.0"))
	r.README = func(string) (string, error) { return "", errors.New("no permission") }
	if _, err := site.Build(t.Context(), []site.Repository{r}); err == nil || err.Error() != "source/clock: no permission" {
		t.Errorf("found error %v, want that of the README", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if _, err := site.Build(ctx, []site.Repository{repository(clock("1.0.0"), clock("2.0.0"))}); !errors.Is(err, stopped) {
		t.Errorf("found error %v, want the cause of the context", err)
	}
}

// An overview of 1,000 plugins loads in a moment over a slow connection.
func TestLargeOverview(t *testing.T) {
	words := strings.Fields("cluster alert deploy watch logs events scale restart backup policy network secret volume queue metric trace cost quota")
	var entries []index.Entry
	for i := range 1000 {
		e := clock("1.0.0")
		e.Name = fmt.Sprintf("%s-%s-%d", words[i%len(words)], words[i*7%len(words)], i)
		e.Description = ""
		for k := range 25 {
			e.Description += words[(i*i+k*k*i)%len(words)] + " "
		}
		e.JSONSchema.Value = strings.ReplaceAll(schema, "zones", fmt.Sprintf("%s%d", words[i*5%len(words)], i))
		entries = append(entries, e)
	}
	var compressed bytes.Buffer
	zw := gzip.NewWriter(&compressed)
	if _, err := zw.Write(build(t, repository(entries...))["index.html"]); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", compressed.Len())
	if compressed.Len() > 300_000 {
		t.Errorf("found %d bytes compressed, want at most 300,000", compressed.Len())
	}
}

func TestManyVersions(t *testing.T) {
	var entries []index.Entry
	for i := range 53 {
		entries = append(entries, entry(index.TypeExecutor, "echo", fmt.Sprintf("1.%d.0", i)))
	}
	page := string(build(t, repository(entries...))["plugins/my-repo/executor-echo.html"])
	if !strings.Contains(page, "The index also has 3 older versions.") || !strings.Contains(page, "1.3.0") || strings.Contains(page, "1.1.0") {
		t.Errorf("found another page than one with the newest 50 of 53 versions:\n%s", page)
	}
}
