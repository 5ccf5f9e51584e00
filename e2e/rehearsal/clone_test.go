//go:build rehearsal

package rehearsal_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"botkube-plugins/e2e/rehearsal/fakegithub"
)

const (
	token    = "token-for-the-rehearsal"
	password = "password-for-the-rehearsal"
)

// The workflow that releases, and its commit as far as it knows.
const (
	reusable    = ".github/workflows/release-plugins.yml"
	workflowSHA = "0123456789012345678901234567890123456789"
)

// patience is the longest time that a command may take.
const patience = 10 * time.Minute

// checkout is a clone of the repository that the tests release from.
type checkout struct {
	dir, keys  string
	head       string // the commit that was cloned
	goreleaser string
	cosign     string
	github     *fakegithub.Server
	env        []string
	actions    map[string]string // directories of actions that are no stand-ins, by repository and commit
	built      string            // the directory of the plugins that the repository has built
}

// clone clones the last commit of this repository, as if it came from the given URL, and creates a
// signing key. The clone uses the tools that were already built.
func clone(t *testing.T, github *fakegithub.Server, remote string) *checkout {
	t.Helper()
	c := &checkout{
		dir: filepath.Join(t.TempDir(), "clone"), keys: t.TempDir(), github: github,
		goreleaser: tool(t, "GORELEASER"), cosign: tool(t, "COSIGN"),
	}
	c.env = append(environment(),
		"GITHUB_TOKEN="+token, "GITHUB_API_URL="+github.APIURL(),
		"COSIGN_PASSWORD="+password, "COSIGN_KEY="+filepath.Join(c.keys, "cosign.key"),
	)
	root := strings.TrimSpace(c.run(t, ".", "git", "rev-parse", "--show-toplevel"))
	c.run(t, ".", "git", "clone", "--quiet", "--no-hardlinks", root, c.dir)
	c.git(t, "remote", "set-url", "origin", remote)
	for tag := range strings.FieldsSeq(c.git(t, "tag")) {
		c.git(t, "tag", "--delete", tag) // the clone counts as another repository
	}
	c.configure(t)
	c.head = strings.TrimSpace(c.git(t, "rev-parse", "HEAD"))
	if err := os.Mkdir(filepath.Join(c.dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{c.goreleaser, c.cosign, tool(t, "CYCLONEDX_GOMOD")} {
		if err := os.Symlink(path, filepath.Join(c.dir, "bin", filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
	}
	c.run(t, c.keys, c.cosign, "generate-key-pair")
	return c
}

// environment returns the environment of all commands. Variables would override the git configuration
// of a clone, and the tests must not see the user's tokens.
func environment() (env []string) {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "GIT") && !strings.HasPrefix(name, "MAKE") && name != "MFLAGS" {
			env = append(env, v)
		}
	}
	return append(env,
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=someone", "GIT_AUTHOR_EMAIL=someone@example.com",
		"GIT_COMMITTER_NAME=someone", "GIT_COMMITTER_EMAIL=someone@example.com",
	)
}

// tool returns the path of a tool that make built.
func tool(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if !filepath.IsAbs(path) {
		t.Fatalf("%s: found %q, want a tool's absolute path; run this by make rehearse-release", variable, path)
	}
	return path
}

// configure commits a configuration of GoReleaser that uses fakegithub, and names the workflow's
// commit, which act does not know.
func (c *checkout) configure(t *testing.T) {
	t.Helper()
	text := string(c.read(t, reusable))
	text = strings.NewReplacer("${{ job.workflow_repository }}", owner+"/"+name, "${{ job.workflow_sha }}", workflowSHA).Replace(text)
	write(t, filepath.Join(c.dir, reusable), text)
	c.edit(t, ".goreleaser.yaml", "\nsnapshot:\n",
		"\ngithub_urls:\n  api: "+c.github.APIURL()+"/\n  upload: "+c.github.UploadURL()+"/\n  download: "+c.github.URL()+"\n\nsnapshot:\n")
	c.commit(t)
}

// succeeds runs make with a target, which must succeed.
func (c *checkout) succeeds(t *testing.T, target string) {
	t.Helper()
	c.github.Requests()
	c.run(t, c.dir, "env", "PROVEN_SHA256="+c.proven(), "make", target)
}

// fails runs make with a target, which must fail, and returns its output.
func (c *checkout) fails(t *testing.T, target string) string {
	t.Helper()
	return c.failsWith(t, "env", "PROVEN_SHA256="+c.proven(), "make", target)
}

// proven returns the checksum that make prove printed, if it was run.
func (c *checkout) proven() string {
	var lines strings.Builder
	for _, file := range []string{"checksums.txt", "notes.md"} {
		text, err := os.ReadFile(filepath.Join(c.dir, "proven", file))
		if err != nil {
			return ""
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(text), file)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(lines.String())))
}

func (c *checkout) failsWith(t *testing.T, command ...string) string {
	t.Helper()
	c.github.Requests()
	output, err := c.try(t, c.dir, command...)
	if err == nil {
		t.Fatalf("%q has succeeded:\n%s", command, output)
	}
	return output
}

// unasked fails if the last run sent GitHub a request.
func (c *checkout) unasked(t *testing.T) {
	t.Helper()
	if requests := c.github.Requests(); len(requests) > 0 {
		t.Errorf("found the requests %q, want none", requests)
	}
}

// unchanged fails if the last run sent GitHub a request that changes something, or did not check
// whether the release is published.
func (c *checkout) unchanged(t *testing.T) {
	t.Helper()
	requests := c.github.Requests()
	if len(requests) == 0 || slices.ContainsFunc(requests, isWrite) {
		t.Errorf("found the requests %q, want some that only read", requests)
	}
}

func (c *checkout) contains(t *testing.T, output string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(output, text) {
			t.Errorf("found no %q in:\n%s", text, output)
		}
	}
}

// missing fails if the URL can be downloaded.
func (c *checkout) missing(t *testing.T, url string) {
	t.Helper()
	if status, _ := fakegithub.Get(t, url); status != http.StatusNotFound {
		t.Errorf("%s: found status %d, want 404", url, status)
	}
}

// edit replaces a text that must occur in the file exactly once.
func (c *checkout) edit(t *testing.T, file, old, new string) {
	t.Helper()
	write(t, filepath.Join(c.dir, file), replaceOnce(t, string(c.read(t, file)), old, new))
}

func replaceOnce(t *testing.T, text, old, new string) string {
	t.Helper()
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("found %q %d times, want it once", old, n)
	}
	return strings.Replace(text, old, new, 1)
}

// commit commits all edits. Without edits, the commit is empty.
func (c *checkout) commit(t *testing.T) {
	t.Helper()
	c.git(t, "commit", "--quiet", "--all", "--allow-empty", "--message", "Change")
}

// tag tags the last commit, and pushes the tag. It moves the tag if it exists. With a message, the tag is
// annotated.
func (c *checkout) tag(t *testing.T, tag string, message ...string) {
	t.Helper()
	args := []string{"tag", "--force"}
	for _, paragraph := range message {
		args = append(args, "--message", paragraph)
	}
	c.git(t, append(args, tag)...)
	remote := regexp.MustCompile(`github\.com[:/](.+)/(.+?)(?:\.git)?\n`).FindStringSubmatch(c.git(t, "remote", "get-url", "origin"))
	c.github.SetTag(remote[1], remote[2], tag, strings.TrimSpace(c.git(t, "rev-parse", "HEAD")))
}

// breakTicker commits a schema of the ticker's config that no longer accepts hours.
func (c *checkout) breakTicker(t *testing.T) {
	t.Helper()
	c.edit(t, "plugins/ticker/config_schema.json", "ms|s|m|h))+$", "ms|s|m))+$")
	c.commit(t)
}

// shrink leaves out two plugins, and macOS, which takes a quarter of the time.
func (c *checkout) shrink(t *testing.T) {
	t.Helper()
	c.edit(t, ".goreleaser.yaml", "    goos: [linux, darwin]\n", "    goos: [linux]\n")
	c.git(t, "rm", "-r", "--quiet", "plugins/forwarder", "plugins/restart")
	c.run(t, c.dir, "go", "run", "./tools/plugin", "sync")
}

// undo resets the clone to the commit that was cloned, which then has no tag.
func (c *checkout) undo(t *testing.T) {
	t.Helper()
	c.git(t, "reset", "--quiet", "--hard", c.head)
}

func (c *checkout) git(t *testing.T, args ...string) string {
	t.Helper()
	return c.run(t, c.dir, append([]string{"git"}, args...)...)
}

func (c *checkout) read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(c.dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// run runs a command that must succeed.
func (c *checkout) run(t *testing.T, dir string, command ...string) string {
	t.Helper()
	output, err := c.try(t, dir, command...)
	if err != nil {
		t.Fatalf("%q: %v\n%s", command, err, output)
	}
	return output
}

// try runs a command in a new process group, which is killed if the command takes too long or the
// rehearsal is interrupted.
func (c *checkout) try(t *testing.T, dir string, command ...string) (string, error) {
	t.Helper()
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = c.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	output, err := cmd.CombinedOutput()
	return string(output), err
}
