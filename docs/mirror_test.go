//go:build docs

package docs_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
)

// TestMirror mirrors a release, for which the output of make index on a web server stands in.
func TestMirror(t *testing.T) {
	r := newReader(t)
	release := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(r.dir, "dist"))))
	defer release.Close()
	setup := start(t, r.dir, r.env, "git clone --quiet https://github.com/OWNER/REPO . && PLUGIN_DOWNLOAD_URL_BASE_PATH="+release.URL+" make index")
	setup.any = true
	setup.finish(t)
	r.env = append(r.env, "INDEX="+release.URL+"/plugins-index.yaml")
	if commands := r.follow(t, "mirror.md"); commands < 9 {
		t.Errorf("found only %d commands", commands)
	}
}
