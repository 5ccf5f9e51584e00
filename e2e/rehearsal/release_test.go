//go:build rehearsal

package rehearsal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"botkube-plugins/e2e/rehearsal/fakegithub"
)

// checkRelease checks everything that a published release promises.
func (c *checkout) checkRelease(t *testing.T, owner, name, tag string) {
	t.Helper()
	published := c.github.Published(owner, name)
	i := slices.IndexFunc(published.Releases, func(r fakegithub.Release) bool { return r.Tag == tag })
	if i < 0 {
		t.Fatalf("%s is not published", tag)
	}
	release := published.Releases[i]
	download := c.github.URL() + "/" + owner + "/" + name + "/releases/download/" + tag
	if diff := cmp.Diff(c.assets(t), sorted(release.Assets)); diff != "" {
		t.Fatalf("assets:\n%s", diff)
	}
	checkSums(t, release, download)
	checkIndex(t, release, download, "v"+strings.TrimPrefix(tag, "v"))
	c.checkSBOMs(t, download, tag)
	urls := checkNotes(t, release, c.github.URL()+"/"+owner+"/"+name, name)
	c.followGuide(t, download)

	c.env = append(c.env, "INDEX_URL="+urls[0], "RELEASE_URL="+download)
	c.contains(t, c.run(t, c.dir, "make", "verify-release"), fmt.Sprintf("Botkube can install everything (%d files, 0 warnings)", 4*len(c.plugins(t))))
	c.env = append(c.env, "PAGES_URL=https://pages.example.com/"+name)
	c.run(t, c.dir, "make", "pages")
	c.contains(t, string(c.read(t, "dist/site/plugins/my-repo/source-ticker.html")), "url: https://pages.example.com/"+name+"/plugins-index.yaml")
	if site := c.read(t, "dist/site/plugins-index.yaml"); !bytes.Equal(site, fetch(t, urls[0])) {
		t.Error("what the web server would serve is not the release's index")
	}
	install(t, name, urls[0], strings.TrimPrefix(tag, "v"))
}

// checkLatest checks that the URL of the latest release's index serves the index of the tag.
func (c *checkout) checkLatest(t *testing.T, owner, name, tag string) {
	t.Helper()
	base := c.github.URL() + "/" + owner + "/" + name + "/releases"
	if !bytes.Equal(fetch(t, base+"/latest/download/plugins-index.yaml"), fetch(t, base+"/download/"+tag+"/plugins-index.yaml")) {
		t.Errorf("the latest index is not the one of %s", tag)
	}
}

// checkSums checks that checksums.txt lists every file except itself and its signature.
func checkSums(t *testing.T, release fakegithub.Release, download string) {
	t.Helper()
	listed := map[string]string{}
	for line := range strings.Lines(string(fetch(t, download+"/checksums.txt"))) {
		sum, file, _ := strings.Cut(strings.TrimSpace(line), "  ")
		listed[file] = sum
	}
	want := map[string]string{}
	for file := range release.Assets {
		if file != "checksums.txt" && file != "checksums.txt.sigstore.json" {
			sum := sha256.Sum256(fetch(t, download+"/"+file))
			want[file] = hex.EncodeToString(sum[:])
		}
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("checksums:\n%s", diff)
	}
}

// checkIndex checks that the index lists the URL and checksum of every archive, and nothing else.
func checkIndex(t *testing.T, release fakegithub.Release, download, tag string) {
	t.Helper()
	var index struct {
		Entries []struct {
			Name, Type, Version string
			DocumentationURL    string `yaml:"documentationUrl"`
			URLs                []struct{ URL, Checksum string }
		}
	}
	if err := yaml.Unmarshal(fetch(t, download+"/plugins-index.yaml"), &index); err != nil {
		t.Fatal(err)
	}
	found, want := map[string]string{}, map[string]string{}
	for _, entry := range index.Entries {
		if "v"+entry.Version != tag {
			t.Errorf("%s: found the version %s", entry.Name, entry.Version)
		}
		if docs := strings.Replace(download, "/releases/download/", "/tree/", 1) + "/plugins/" + entry.Name; entry.DocumentationURL != docs {
			t.Errorf("%s: found the documentation's URL %s, want %s", entry.Name, entry.DocumentationURL, docs)
		}
		for _, u := range entry.URLs {
			found[u.URL] = u.Checksum
		}
	}
	for file, sum := range release.Assets {
		if strings.HasSuffix(file, ".tar.zst") {
			want[download+"/"+file] = sum
		}
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("index:\n%s", diff)
	}
}

// checkSBOMs checks that each SBOM is in the CycloneDX format, describes a plugin of the release,
// and lists its modules.
func (c *checkout) checkSBOMs(t *testing.T, download, tag string) {
	t.Helper()
	for _, file := range c.assets(t) {
		if !strings.HasSuffix(file, ".cdx.json") {
			continue
		}
		data := fetch(t, download+"/"+file)
		var sbom struct {
			BOMFormat, SpecVersion, SerialNumber string
			Metadata                             struct {
				Timestamp string
				Component struct {
					BOMRef        string `json:"bom-ref"`
					Name, Version string
				}
			}
			Components []struct{ Name, Version string }
		}
		if err := json.Unmarshal(data, &sbom); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if sbom.BOMFormat != "CycloneDX" || sbom.SpecVersion != "1.6" || sbom.SerialNumber != "" || sbom.Metadata.Timestamp != "" {
			t.Errorf("%s: found %+v, want CycloneDX 1.6 without number and time", file, sbom)
		}
		main := sbom.Metadata.Component
		plugin := regexp.MustCompile(`^[a-z]+_(.+)_[a-z]+_[a-z0-9]+\.cdx\.json$`).FindStringSubmatch(file)[1]
		if main.Name != "botkube-plugins" || main.Version != tag || !strings.HasSuffix(main.BOMRef, "#plugins/"+plugin) {
			t.Errorf("%s: found %+v, want plugins/%s of botkube-plugins %s", file, main, plugin, tag)
		}
		for _, module := range []string{"std", "github.com/kubeshop/botkube", "github.com/hashicorp/go-plugin", "google.golang.org/grpc"} {
			if !slices.ContainsFunc(sbom.Components, func(c struct{ Name, Version string }) bool { return c.Name == module && c.Version != "" }) {
				t.Errorf("%s: found no version of %s", file, module)
			}
		}
	}
}

// checkNotes checks the snippets in the notes, and returns their URLs: that of this release, and
// that of the latest release unless this is a pre-release.
func checkNotes(t *testing.T, release fakegithub.Release, repo, key string) []string {
	t.Helper()
	var urls []string
	for _, block := range blocks(release.Body, "yaml") {
		var values struct {
			Plugins struct {
				Repositories map[string]struct{ URL string }
			}
		}
		if err := yaml.Unmarshal([]byte(block), &values); err != nil {
			t.Fatalf("%v in:\n%s", err, block)
		}
		urls = append(urls, values.Plugins.Repositories[key].URL)
	}
	want := []string{repo + "/releases/download/" + release.Tag + "/plugins-index.yaml"}
	if !release.Prerelease {
		want = append(want, repo+"/releases/latest/download/plugins-index.yaml")
	}
	if diff := cmp.Diff(want, urls); diff != "" {
		t.Fatalf("URLs in the notes:\n%s\n%s", diff, release.Body)
	}
	guide := repo + "/blob/" + release.Tag + "/docs/verify-a-release.md"
	if !strings.Contains(release.Body, "]("+guide+")") || !strings.Contains(release.Body, "## Changelog") {
		t.Errorf("found no link to %s, or no changelog, in:\n%s", guide, release.Body)
	}
	return urls
}

// followGuide follows docs/verify-a-release.md, as far as that is possible without GitHub, and
// checks that the steps fail after a file is changed.
func (c *checkout) followGuide(t *testing.T, download string) {
	t.Helper()
	var commands []string // in the guide's order
	keyless, attested := false, false
	for _, block := range blocks(string(c.read(t, "docs/verify-a-release.md")), "sh") {
		switch {
		case strings.HasPrefix(block, "RELEASE=https://"), strings.HasPrefix(block, "INDEX_URL="):
		case strings.Contains(block, "--certificate-identity"):
			keyless = true
			c.sameWorkflow(t, block)
		case strings.HasPrefix(block, "gh attestation"):
			attested = true
			c.sameWorkflow(t, block)
		default:
			commands = append(commands, block)
		}
	}
	if len(commands) != 5 || !keyless || !attested {
		t.Fatalf("found the commands %q (keyless %t, attested %t)", commands, keyless, attested)
	}
	get, verify, sums, unpack := commands[0], commands[1], commands[2], commands[3:]

	dir, bin := t.TempDir(), t.TempDir()
	link(t, c.cosign, filepath.Join(bin, "cosign"))
	link(t, filepath.Join(c.keys, "cosign.pub"), filepath.Join(dir, "cosign.pub"))
	shell := func(command string) error {
		_, err := c.try(t, dir, "env", "RELEASE="+download, "PATH="+bin+":"+os.Getenv("PATH"), "bash", "-euc", command)
		return err
	}
	for _, command := range []string{get, verify, sums} {
		if err := shell(command); err != nil {
			t.Fatalf("%s: %v", command, err)
		}
	}
	const plugin = "source_ticker_linux_amd64"
	if err := os.WriteFile(filepath.Join(dir, plugin+".tar.zst"), fetch(t, download+"/"+plugin+".tar.zst"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, command := range unpack {
		if err := shell(command); err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		if err := os.Remove(filepath.Join(dir, plugin)); err != nil {
			t.Errorf("%s: %v", command, err)
		}
	}
	for file, command := range map[string]string{"checksums.txt": verify, "plugins-index.yaml": sums} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte("changed"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := shell(command); err == nil {
			t.Errorf("%s is changed, and yet this succeeds: %s", file, command)
		}
		if err := shell(get); err != nil {
			t.Fatal(err)
		}
	}
}

// sameWorkflow checks that the workflow in the guide exists and signs.
func (c *checkout) sameWorkflow(t *testing.T, block string) {
	t.Helper()
	path := regexp.MustCompile(`\.github/workflows/[a-z]+\.yml`).FindString(block)
	workflow := string(c.read(t, path))
	c.contains(t, workflow, "make publish", "sigstore/cosign-installer@", "actions/attest@", `tags: ["v*"]`)
}

func link(t *testing.T, old, new string) {
	t.Helper()
	if err := os.Symlink(old, new); err != nil {
		t.Fatal(err)
	}
}

// blocks returns the code blocks of a language in a Markdown text.
func blocks(text, language string) []string {
	var found []string
	for _, match := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

func fetch(t *testing.T, url string) []byte {
	t.Helper()
	status, body := fakegithub.Get(t, url)
	if status != http.StatusOK {
		t.Fatalf("%s: found status %d", url, status)
	}
	return body
}
