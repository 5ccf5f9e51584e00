package serve_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"botkube-plugins/tools/indexgen/internal/serve"
)

// The pages follow the builds: they have the URLs of the server, and are there when the index is.
func TestPages(t *testing.T) {
	dist := t.TempDir()
	r := startWith(t, serve.Options{Dist: dist, Timeout: time.Minute, README: func(plugin string) (string, error) {
		return "About *" + plugin + "*.", nil
	}})
	r.bad("no plugin")
	for _, path := range []string{"/", "/index.html", "/plugins/local/source-good.html"} {
		a := r.get("GET", path)
		if a.status != 503 || a.header.Get("Refresh") != "2" || !strings.HasPrefix(string(a.body), "1 problem in ") {
			t.Errorf("%s without a build: found status %d, Refresh %q and %q, want 503 with the number of problems", path, a.status, a.header.Get("Refresh"), a.body)
		}
	}

	plugin := install(t, dist, "source_good")
	r.good()
	overview := r.get("GET", "/")
	wantPage(t, overview, "text/html; charset=utf-8", `<a href="plugins/local/source-good.html">`, r.URL+"/plugins-index.yaml")
	page := r.get("GET", "/plugins/local/source-good.html")
	wantPage(t, page, "text/html; charset=utf-8", "      url: "+r.URL+"/plugins-index.yaml\n", "<p>About <em>good</em>.</p>", ` MB</span>`)
	wantPage(t, r.get("GET", "/assets/site.css"), "text/css; charset=utf-8", "prefers-color-scheme")
	wantPage(t, r.get("GET", "/assets/site.js"), "text/javascript; charset=utf-8", "use strict")
	if again := r.get("GET", "/", "If-None-Match", overview.header.Get("ETag")); again.status != 304 {
		t.Errorf("the same overview: found status %d, want 304", again.status)
	}

	// Nothing is served of a build that has changed.
	r.stop()
	if err := os.Remove(plugin); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/plugins/local/source-good.html"} {
		if a := r.get("GET", path); a.status != 503 || !strings.Contains(string(a.body), "has changed, and its index is being generated") {
			t.Errorf("%s of another build: found status %d and %q, want 503", path, a.status, a.body)
		}
	}
}

func wantPage(t *testing.T, a answer, contentType string, texts ...string) {
	t.Helper()
	if a.status != 200 || a.header.Get("Content-Type") != contentType || a.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Fatalf("found status %d and headers %v, want 200 and %s", a.status, a.header, contentType)
	}
	for _, text := range texts {
		if !strings.Contains(string(a.body), text) {
			t.Errorf("found no %q in\n%s", text, a.body)
		}
	}
}

// Botkube can install although a README cannot be read.
func TestUnreadableREADME(t *testing.T) {
	dist := t.TempDir()
	install(t, dist, "source_good")
	r := startWith(t, serve.Options{Dist: dist, Timeout: time.Minute, README: func(string) (string, error) {
		return "", errors.New("no permission")
	}})
	r.good()
	r.index()
	if a := r.get("GET", "/"); a.status != 503 || string(a.body) != "the pages cannot be generated; see the output of indexgen serve\n" {
		t.Errorf("found status %d and %q, want 503 with the reason", a.status, a.body)
	}
}
