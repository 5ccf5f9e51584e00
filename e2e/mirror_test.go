package e2e_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"gopkg.in/yaml.v3"
)

// The dependencies of the plugin lister: a program, and one in a directory of an archive.
var (
	bare   = []byte("#!/bin/sh\necho bare\n")
	nested = []byte("#!/bin/sh\necho nested\n")
)

// upstream is a site that publishes dist, and the plugin lister in two versions, of which the second
// has one more dependency.
type upstream struct {
	*site
	dist, v1, v2 string // URLs of the indexes
}

func publishVersions(t *testing.T) upstream {
	t.Helper()
	s, dist := publishDist(t)
	out := upstream{site: s, dist: dist}
	bareURL := "bare=" + s.put("bare-1.0", bare)
	nestedURL := "nested=" + s.put("nested.tar.gz", tarGz(t, "linux-any/nested", nested)) + "//linux-any"
	out.v1 = s.publishLister(t, "1.0.0", bareURL)
	out.v2 = s.publishLister(t, "2.0.0", bareURL, nestedURL)
	return out
}

// publishLister publishes one version of the fixture, and returns the URL of its index.
func (s *site) publishLister(t *testing.T, version string, dependencies ...string) string {
	t.Helper()
	dir, file, content := buildLister(t, version, dependencies)
	s.put(version+"/"+file, content)
	index := filepath.Join(dir, "index.yaml")
	indexgen(t, "generate", "--dist", dir, "--base-url", s.URL+"/"+version, "--output", index)
	text, err := os.ReadFile(index)
	if err != nil {
		t.Fatal(err)
	}
	return s.put(version+"/index.yaml", text)
}

// indexgen runs a command that must succeed, and returns its stdout.
func indexgen(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(built(t, buildIndexgen), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("indexgen %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return string(out)
}

// mirror runs indexgen mirror for this machine.
func mirror(t *testing.T, args ...string) (values string) {
	t.Helper()
	return indexgen(t, append([]string{"mirror", "--platform", runtime.GOOS + "/" + runtime.GOARCH}, args...)...)
}

// versions are the versions of dist in the form of cluster.Versions, with an optional pin.
func versions(t *testing.T, pinned bool, lister string) map[string]string {
	t.Helper()
	dist := distVersion(t)
	all := map[string]string{"mine/ticker": dist, "mine/forwarder": dist, "mine/echo": dist, "mine/restart": dist, "its/lister": lister}
	if !pinned {
		return all
	}
	keys := map[string]string{}
	for key, version := range all {
		keys[key+"@"+version] = version
	}
	return keys
}

// Botkube starts all plugins from its filled cache, a read-only volume, without any network. After
// an update it starts the new version, or an older one if it is pinned. The values that the command
// prints are all that it needs.
func TestCacheMirrorInAClosedCluster(t *testing.T) {
	s := publishVersions(t)
	out := filepath.Join(t.TempDir(), "mirror")
	values := mirror(t, "mine="+s.dist, "its="+s.v1, "--output", out)
	c := cluster{
		Volumes: out, Values: values, Versions: versions(t, true, "1.0.0"),
		Dependencies: []string{dependency("bare", bare)},
	}
	c.run(t)

	c.Values = mirror(t, "mine="+s.dist, "its="+s.v1, "its="+s.v2, "--output", out)
	c.Versions = versions(t, true, "2.0.0")
	c.Dependencies = append(c.Dependencies, dependency("nested", nested))
	c.run(t)

	c.Values = strings.Replace(c.Values, "its/lister@2.0.0:", "its/lister@1.0.0:", 1)
	c.Versions = versions(t, true, "1.0.0")
	c.run(t)
}

// Botkube installs all plugins from a read-only volume with file: URLs. Its cache is empty, except
// for the index that the values mount in it.
func TestFileMirrorInAClosedCluster(t *testing.T) {
	s := publishVersions(t)
	out := filepath.Join(t.TempDir(), "mirror")
	layout := []string{"mine=" + s.dist, "--layout", "http", "--base-url", "file:///volumes/plugins", "--output", out}
	c := cluster{
		Volumes: out, Values: mirror(t, append(layout, "its="+s.v1)...), Versions: versions(t, false, "1.0.0"),
		Dependencies: []string{dependency("bare", bare)},
	}
	c.run(t)

	c.Values = mirror(t, append(layout, "its="+s.v2)...)
	c.Versions = versions(t, false, "2.0.0")
	c.Dependencies = append(c.Dependencies, dependency("nested", nested))
	c.run(t)
}

// Botkube installs all plugins from a web server with the mirror, when the source is gone.
func TestHTTPMirror(t *testing.T) {
	s := publishVersions(t)
	out := t.TempDir()
	baseURL := pythonServer(t, out)
	values := mirror(t, "mine="+s.dist, "its="+s.v2, "--layout", "http", "--base-url", baseURL, "--output", out)
	s.Close()
	indexgen(t, "verify", baseURL+"/its.yaml")
	mirror(t, "its="+baseURL+"/its.yaml", "--output", filepath.Join(t.TempDir(), "mirror-of-mirror"))

	cache := fmt.Appendf(nil, "plugins: {cacheDir: %s}", t.TempDir())
	cfg, executors, sources := enabled(t, []byte(values), allBound(t, values), cache)
	b := &botkube{t: t}
	if err := b.startWith(cfg.Plugins, executors, sources); err != nil {
		t.Fatal(err)
	}
	c := cluster{Dependencies: []string{dependency("bare", bare), dependency("nested", nested)}}
	for key := range maps.Keys(versions(t, false, "2.0.0")) {
		c.use(t, b, key)
	}
	if got := processes(t, b.cacheDir); len(got) != 5 {
		t.Errorf("found processes %v, want five", got)
	}
}

// Botkube starts all plugins from an image in a registry, mounted as a read-only volume, without any
// network. The registry needs the credentials of Docker's configuration. A second push of the same
// plugins gives the same image.
func TestImageMirrorInAClosedCluster(t *testing.T) {
	s := publishVersions(t)
	registry := startRegistry(t)
	work := t.TempDir()
	push := func(lock string, indexes ...string) (values string) {
		return mirror(t, append(indexes, "--layout", "oci", "--output", "docker://"+registry+"/botkube/plugins:1",
			"--lock", filepath.Join(work, lock))...)
	}
	values := push("lock.yaml", "mine="+s.dist, "its="+s.v1)
	if again := push("again.yaml", "mine="+s.dist, "its="+s.v1); again != values {
		t.Errorf("found other values, and so another image, at the second push:\n%s\nwant\n%s", again, values)
	}
	s.remove("1.0.0/" + hostFile("executor", "lister", "")) // a run that changes nothing does not need it
	if again := push("lock.yaml", "mine="+s.dist, "its="+s.v1); again != values {
		t.Errorf("found other values when nothing has changed:\n%s\nwant\n%s", again, values)
	}
	s.publishLister(t, "1.0.0", "bare="+s.URL+"/bare-1.0")
	c := cluster{
		Volumes: pullImage(t, values), Values: values, Versions: versions(t, true, "1.0.0"),
		Dependencies: []string{dependency("bare", bare)},
	}
	c.run(t)

	c.Values = push("lock.yaml", "mine="+s.dist, "its="+s.v1, "its="+s.v2)
	c.Volumes = pullImage(t, c.Values)
	c.Values = strings.Replace(c.Values, "its/lister@2.0.0:", "its/lister@1.0.0:", 1)
	c.Dependencies = append(c.Dependencies, dependency("nested", nested))
	c.run(t)
}

// A disk that is full ends the run with exit code 1, and leaves no mirror. With more room, the next
// run continues: it does not download all four plugins again.
func TestMirrorOnAFullDisk(t *testing.T) {
	s := publishVersions(t)
	out := t.TempDir()
	script := `set -u
mount --make-rprivate /
mount -t tmpfs -o size=40m none "$OUT"
"$@"; echo "exit code $?"
ls -A "$OUT"
mount -o remount,size=300m "$OUT"
"$@" && ls "$OUT"
`
	cmd := exec.Command("sh", "-c", script, "sh", built(t, buildIndexgen), "mirror", "mine="+s.dist, "--jobs", "1",
		"--platform", runtime.GOOS+"/"+runtime.GOARCH, "--output", out)
	cmd.Env = append(os.Environ(), "OUT="+out)
	cmd.SysProcAttr = namespaces(syscall.CLONE_NEWNS)
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, want := range []string{
		`: no space left on device\n  hint: the mirror is as it was; make room`, `exit code 1\n\.indexgen-mirror\n`,
		`[123] downloaded, 0 removed\n` + runtime.GOOS + "-" + runtime.GOARCH + `\nmirror\.lock\.yaml\n`,
	} {
		if !regexp.MustCompile(want).Match(text) {
			t.Errorf("found\n%s\nwant a match of %s", text, want)
		}
	}
}

// startRegistry starts a registry on loopback, with a user whom the configuration of Docker knows,
// and returns its address.
func startRegistry(t *testing.T) string {
	t.Helper()
	address := startServer(t, exec.Command(built(t, buildRegistry), "serve"))
	config := fmt.Appendf(nil, `{"auths": {%q: {"auth": %q}}}`, address, base64.StdEncoding.EncodeToString([]byte("botkube:secret")))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DOCKER_CONFIG", dir)
	return address
}

// pullImage unpacks the image of the volume in the values into a new directory.
func pullImage(t *testing.T, values string) (dir string) {
	t.Helper()
	var volumes struct {
		ExtraVolumes []struct {
			Image struct{ Reference string }
		} `yaml:"extraVolumes"`
	}
	if err := yaml.Unmarshal([]byte(values), &volumes); err != nil || len(volumes.ExtraVolumes) != 1 {
		t.Fatalf("found the volumes %+v (error %v), want one", volumes, err)
	}
	dir = t.TempDir()
	cmd := exec.Command(built(t, buildRegistry), "pull", volumes.ExtraVolumes[0].Image.Reference, runtime.GOOS+"/"+runtime.GOARCH, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// startServer starts a server that prints its address, and returns the address. The server is
// killed at the end of the test.
func startServer(t *testing.T, cmd *exec.Cmd) (address string) {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	if _, err := fmt.Fscan(stdout, &address); err != nil {
		t.Fatal(err)
	}
	return address
}

// pythonServer serves a directory until the test ends, and returns its URL.
func pythonServer(t *testing.T, dir string) string {
	t.Helper()
	const announce = `import http.server, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args): pass
    def __init__(self, *args): super().__init__(*args, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("127.0.0.1:%d" % server.server_port, flush=True)
server.serve_forever()`
	if _, err := exec.LookPath("python3"); err != nil {
		t.Fatalf("%v\nhint: apt-get install python3", err)
	}
	return "http://" + startServer(t, exec.Command("python3", "-c", announce, dir))
}
