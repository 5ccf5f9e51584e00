//go:build docs

package docs_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"botkube-plugins/internal/checkout"
)

// TestMirror mirrors releases of this repository, private ones too, and installs Botkube's Helm chart
// with what the mirrors print. The names of hosts on the page lead to servers on this machine.
func TestMirror(t *testing.T) {
	r := newReader(t)
	releases := http.NewServeMux()
	public := httptest.NewServer(releases)
	defer public.Close()
	dist, next := filepath.Join(r.dir, "dist"), t.TempDir()
	releases.Handle("/v1.0.0/", http.StripPrefix("/v1.0.0", http.FileServer(http.Dir(dist))))
	releases.Handle("/v1.1.0/", http.StripPrefix("/v1.1.0", http.FileServer(http.Dir(next))))
	web := httptest.NewServer(http.StripPrefix("/plugins/", http.FileServer(http.Dir(filepath.Join(r.dir, "tree")))))
	defer web.Close()
	files := private("OTHER-TOKEN", http.FileServer(http.Dir(dist)).ServeHTTP)
	defer files.Close()
	origin := private("TOKEN", func(w http.ResponseWriter, r *http.Request) {
		text, err := os.ReadFile(filepath.Join(dist, filepath.Base(r.URL.Path)))
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte(strings.ReplaceAll(string(text), public.URL+"/v1.0.0", files.URL)))
	})
	defer origin.Close()

	c := newCluster(t, r)
	r.run(t, "git clone --quiet https://github.com/OWNER/REPO . && PLUGIN_DOWNLOAD_URL_BASE_PATH="+public.URL+"/v1.0.0 make index")
	r.run(t, `for arch in amd64 arm64; do
	CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -trimpath -ldflags '-s -w -X main.version=1.1.0' \
		-o `+next+`/source_ticker_linux_$arch ./plugins/ticker || exit 1
done
bin/indexgen generate --base-url `+public.URL+"/v1.1.0 --dist "+next)
	r.names = strings.NewReplacer(
		"https://github.com/OWNER/REPO/releases/download", public.URL, "https://files.intern", web.URL,
		"https://private.example.com", origin.URL, "https://files.example.com", files.URL, "registry.intern", c.registry,
	)
	if commands := r.follow(t, "mirror.md"); commands < 32 {
		t.Errorf("found only %d commands", commands)
	}
	if text, err := os.ReadFile("mirror.md"); err != nil || strings.Contains(string(text), "```text") {
		t.Errorf("found a block that is not run, or the error %v", err)
	}
	const plugins = "linux-amd64/my-repo"
	for found, want := range map[string]string{
		"mirror-of-mirror/" + plugins: "mirror/" + plugins, "private/" + plugins: "mirror/" + plugins,
		filepath.Join(c.claim("botkube-plugins"), plugins): "mirror/" + plugins, filepath.Join(c.claim("botkube-plugins"), "my-repo"): "local/my-repo",
	} {
		checkout.Run(t, r.dir, r.env, "diff", "-r", want, found)
	}
	c.checkReleases(t, r)
}

// private serves only requests with a token.
func private(token string, handler http.HandlerFunc) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		handler(w, r)
	}))
}
