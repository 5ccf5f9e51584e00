//go:build docs

package docs_test

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"botkube-plugins/internal/checkout"
)

// cluster is where a reader installs Botkube: a registry and an API server on this machine. helm,
// kubectl and skopeo are real.
type cluster struct {
	registry string // its address
	programs string // a directory
	volumes  string // a directory, with one for each claim
}

func newCluster(t *testing.T, r *reader) cluster {
	t.Helper()
	c := cluster{programs: t.TempDir(), volumes: t.TempDir()}
	modules := filepath.Join(checkout.Root(t), "e2e")
	build := append(os.Environ(), "CGO_ENABLED=0")
	for module, packages := range map[string][]string{
		"cluster": {".", "./kubectl", "helm.sh/helm/v4/cmd/helm"}, "registry": {"."},
	} {
		args := append([]string{"build", "-trimpath", "-ldflags=-s -w", "-o", c.programs + "/"}, packages...)
		checkout.Run(t, filepath.Join(modules, module), build, "go", args...)
	}
	c.registry = c.start(t, "registry", "serve")
	c.configure(t, r, c.start(t, "cluster", c.volumes))

	// Operators have added the repository with Botkube's chart already.
	charts := t.TempDir()
	site := httptest.NewServer(http.FileServer(http.Dir(charts)))
	t.Cleanup(site.Close)
	module := strings.TrimSpace(checkout.Run(t, modules, os.Environ(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/kubeshop/botkube"))
	helm := filepath.Join(c.programs, "helm")
	checkout.Run(t, charts, r.env, helm, "package", filepath.Join(module, "helm", "botkube"))
	checkout.Run(t, charts, r.env, helm, "repo", "index", ".")
	checkout.Run(t, charts, r.env, helm, "repo", "add", "botkube", site.URL)
	return c
}

// configure gives a reader a home directory, in which the programs find the API server, the
// credentials of the registry, and that the registry has no TLS.
func (c cluster) configure(t *testing.T, r *reader, server string) {
	t.Helper()
	home := t.TempDir()
	for name, text := range map[string]string{
		".docker/config.json":                fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, c.registry, base64.StdEncoding.EncodeToString([]byte("botkube:secret"))),
		".config/containers/registries.conf": fmt.Sprintf("[[registry]]\nlocation = %q\ninsecure = true\n", c.registry),
		".kube/config": fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c"}}],
			"clusters": [{"name": "c", "cluster": {"server": "http://%s"}}]}`, server),
	} {
		path := filepath.Join(home, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} { // which are below the real home directory
		r.env = append(r.env, name+"="+strings.TrimSpace(checkout.Run(t, ".", os.Environ(), "go", "env", name)))
	}
	r.env = append(r.env, "HOME="+home, "PATH="+c.programs+":"+pathOf(r.env))
}

// start starts a server that prints its address, until the test ends.
func (c cluster) start(t *testing.T, name string, args ...string) (address string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(c.programs, name), args...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	if address, err = bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address)
}

// claim returns the directory of a claim.
func (c cluster) claim(name string) string { return filepath.Join(c.volumes, "botkube", name) }

// pathOf returns the PATH of an environment.
func pathOf(env []string) (path string) {
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, "PATH="); ok {
			path = value
		}
	}
	return path
}
