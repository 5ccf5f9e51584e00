package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/kubeshop/botkube/pkg/plugin"
	"gopkg.in/yaml.v3"
)

// dist is the directory that make index builds.
const dist = "../dist"

// site is a web server on loopback that publishes a directory, as the download page of a release
// does. Files of put take precedence over those of the directory.
type site struct {
	*httptest.Server
	mu       sync.Mutex
	files    map[string][]byte
	requests map[string]http.Header // the last request of each path
}

func newSite(t *testing.T, dir string) *site {
	t.Helper()
	s := &site{files: map[string][]byte{}, requests: map[string]http.Header{}}
	published := http.FileServer(http.Dir(dir))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		file, ok := s.files[r.URL.Path]
		s.requests[r.URL.Path] = r.Header
		s.mu.Unlock()
		if ok {
			_, _ = w.Write(file)
			return
		}
		published.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// put publishes a file and returns its URL.
func (s *site) put(name string, content []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files["/"+name] = content
	return s.URL + "/" + name
}

// remove undoes put.
func (s *site) remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, "/"+name)
}

// putIndex publishes an index and returns its URL.
func (s *site) putIndex(t *testing.T, ix plugin.Index) string {
	t.Helper()
	text, err := yaml.Marshal(ix)
	if err != nil {
		t.Fatal(err)
	}
	return s.put("plugins-index.yaml", text)
}

// publishDist publishes dist with its index, in which it replaces only the base URL, and returns
// the site and the URL of the index.
func publishDist(t *testing.T) (*site, string) {
	t.Helper()
	s := newSite(t, dist)
	text := readDist(t, "plugins-index.yaml")
	published := decodeIndex(t, text).Entries[0].URLs[0].URL
	baseURL := published[:strings.LastIndex(published, "/")]
	text = bytes.ReplaceAll(text, []byte(baseURL+"/"), []byte(s.URL+"/"))
	return s, s.put("plugins-index.yaml", text)
}

// readDist reads a file of dist.
func readDist(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dist, name))
	if err != nil {
		t.Fatalf("%v\nhint: run make index", err)
	}
	return content
}

// generate runs indexgen generate on a directory and publishes the index.
func (s *site) generate(t *testing.T, dir string, args ...string) (indexURL string) {
	t.Helper()
	args = append([]string{"generate", "--dist", dir, "--base-url", s.URL, "--output", "-"}, args...)
	return s.put("plugins-index.yaml", []byte(indexgen(t, args...)))
}

// index returns the published index as Botkube decodes it.
func (s *site) index(t *testing.T) plugin.Index {
	t.Helper()
	s.mu.Lock()
	text := s.files["/plugins-index.yaml"]
	s.mu.Unlock()
	return decodeIndex(t, text)
}

// decodeIndex decodes an index as newStoreRepositories in Botkube's pkg/plugin/store.go does.
func decodeIndex(t *testing.T, text []byte) plugin.Index {
	t.Helper()
	var ix plugin.Index
	if err := yaml.Unmarshal(text, &ix); err != nil {
		t.Fatal(err)
	}
	return ix
}

// hostFile returns the name of a plugin's file for this machine, such as source_ticker_linux_amd64.
func hostFile(pluginType, name, suffix string) string {
	return fmt.Sprintf("%s_%s_%s_%s%s", pluginType, name, runtime.GOOS, runtime.GOARCH, suffix)
}

// distVersion returns the version of all plugins in dist.
func distVersion(t *testing.T) string {
	t.Helper()
	return decodeIndex(t, readDist(t, "plugins-index.yaml")).Entries[0].Version
}
