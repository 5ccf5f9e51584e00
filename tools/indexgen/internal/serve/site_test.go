package serve_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"botkube-plugins/internal/testplugin"
	"botkube-plugins/tools/indexgen/internal/serve"
)

// The requests are those of go-getter, curl and caches.
func TestAnswers(t *testing.T) {
	dist := t.TempDir()
	plugin := install(t, dist, "source_good")
	data := windows(1000, "one")
	write(t, dist, other, data)
	r := start(t, dist, time.Minute)
	r.good()

	ix := r.index()
	if len(ix.Entries) != 1 || len(ix.Entries[0].URLs) != 2 {
		t.Fatalf("found the index %+v, want one plugin for two platforms", ix)
	}
	for _, artifact := range ix.Entries[0].URLs {
		path := strings.TrimPrefix(artifact.URL, r.URL)
		if got := r.get("GET", path); got.status != 200 || sum(got.body) != artifact.Checksum {
			t.Errorf("%s: found status %d and %d bytes with checksum %s, want %s",
				path, got.status, len(got.body), sum(got.body), artifact.Checksum)
		}
	}
	size, err := os.Stat(plugin)
	if err != nil {
		t.Fatal(err)
	}
	tag := `"` + sum(data) + `"`
	text := string(r.get("GET", "/"+serve.IndexFile).body)
	indexTag := `"` + sum([]byte(text)) + `"`

	for _, tt := range []struct {
		method, path string
		headers      []string
		status       int
		body         string
		header       string // NAME: VALUE
	}{
		{"GET", "/plugins-index.yaml", nil, 200, text, "Etag: " + indexTag},
		{"GET", "/plugins-index.yaml", nil, 200, text, "Content-Type: application/yaml"},
		{"GET", "/plugins-index.yaml", nil, 200, text, "Cache-Control: no-cache"},
		{"GET", "/plugins-index.yaml?x=1", nil, 200, text, "Last-Modified: "},
		{"HEAD", "/plugins-index.yaml", nil, 200, "", fmt.Sprintf("Content-Length: %d", len(text))},
		{"GET", "/plugins-index.yaml", []string{"If-None-Match", indexTag}, 304, "", "Etag: " + indexTag},
		{"GET", "/plugins-index.yaml", []string{"If-None-Match", tag}, 200, text, "Etag: " + indexTag},
		{"GET", "/plugins-index.yaml", []string{"Range", "bytes=0-6"}, 206, "entries", fmt.Sprintf("Content-Range: bytes 0-6/%d", len(text))},

		{"GET", "/" + other, nil, 200, string(data), "Etag: " + tag},
		{"GET", "/" + other, nil, 200, string(data), "Content-Type: application/octet-stream"},
		{"GET", "/" + other + "?filename=x&terraform-get=1", nil, 200, string(data), "Last-Modified: "},
		{"HEAD", "/" + other, nil, 200, "", "Accept-Ranges: bytes"},
		{"HEAD", "/" + other, nil, 200, "", "Content-Length: 1003"},
		{"HEAD", "/source_good_" + host, nil, 200, "", fmt.Sprintf("Content-Length: %d", size.Size())},
		{"GET", "/" + other, []string{"Range", "bytes=1000-"}, 206, "one", "Content-Range: bytes 1000-1002/1003"},
		{"GET", "/" + other, []string{"Range", "bytes=2000-"}, 416, "", "Content-Range: bytes */1003"},
		{"GET", "/" + other, []string{"Range", "bytes=1000-", "If-Range", tag}, 206, "one", "Etag: " + tag},
		{"GET", "/" + other, []string{"Range", "bytes=1000-", "If-Range", indexTag}, 200, string(data), "Etag: " + tag},
		{"GET", "/" + other, []string{"If-None-Match", tag}, 304, "", "Etag: " + tag},
		{"GET", "/" + other, []string{"If-Match", indexTag}, 412, "", ""},

		{"POST", "/plugins-index.yaml", nil, 405, "found the method POST, want GET or HEAD\n", "Allow: GET, HEAD"},
		{"DELETE", "/" + other, nil, 405, "found the method DELETE, want GET or HEAD\n", "Allow: GET, HEAD"},
	} {
		got := r.get(tt.method, tt.path, tt.headers...)
		if got.status != tt.status || (string(got.body) != tt.body && tt.status != 416) {
			t.Errorf("%s %s %s: found status %d and %.200q, want %d and %.200q",
				tt.method, tt.path, tt.headers, got.status, got.body, tt.status, tt.body)
		}
		if name, want, ok := strings.Cut(tt.header, ": "); ok && got.header.Get(name) != want {
			t.Errorf("%s %s %s: found %s %q, want %q", tt.method, tt.path, tt.headers, name, got.header.Get(name), want)
		}
	}
}

// The site serves nothing but the index, its artifacts and the pages, for any path and method.
func TestNothingElseIsServed(t *testing.T) {
	parent := t.TempDir()
	dist := filepath.Join(parent, "dist")
	if err := os.MkdirAll(filepath.Join(dist, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	install(t, dist, "source_good")
	const secret = "the secret"
	write(t, parent, "secret", []byte(secret))
	write(t, dist, ".hidden", []byte(secret))
	write(t, dist, "checksums.txt", []byte(secret))
	write(t, dist, "plugins-index.yaml", []byte(secret)) // of the last release
	write(t, dist, filepath.Join("sub", "source_good_"+host), []byte(secret))
	if err := os.Symlink("../secret", filepath.Join(dist, "link")); err != nil {
		t.Fatal(err)
	}
	r := start(t, dist, time.Minute)
	r.good()
	r.index()

	for _, path := range []string{
		"/.", "/..", "/assets", "/assets/", "/plugins/", "/assets/../checksums.txt", "/plugins/../secret", "/../secret", "/%2e%2e/secret", "/..%2fsecret", "/sub/../../secret", "//secret", "/./checksums.txt",
		"/link", "/.hidden", "/checksums.txt", "/sub", "/sub/", "/sub/source_good_" + host, "/sub%2fsource_good_" + host,
		"//plugins-index.yaml", "/plugins-index.yaml/", "/plugins-index.yaml%00", "/dist/plugins-index.yaml",
		"/source_good_" + host + "/", "/source_good_" + host + "/../../secret", "/" + other, "*", "http://example.com/secret",
	} {
		status, body := r.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if (status != 404 && status != 400) || strings.Contains(body, secret) || len(body) > 200 {
			t.Errorf("%s: found status %d and %.300q, want 404", path, status, body)
		}
	}
}

// raw sends a request unchanged, since HTTP clients clean paths.
func (r *running) raw(request string) (status int, body string) {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.Listener.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		r.t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// The site serves an artifact that is a link within the directory. A link that leads out of it is a
// problem, and is not served even if the file becomes a link later.
func TestSymbolicLinks(t *testing.T) {
	dist, outside := t.TempDir(), t.TempDir()
	install(t, dist, "source_good")
	data := windows(1000, "inside")
	write(t, dist, "inside", data)
	link := filepath.Join(dist, other)
	if err := os.Symlink("inside", link); err != nil {
		t.Fatal(err)
	}
	r := start(t, dist, time.Minute)
	r.good()
	if got := r.get("GET", "/"+other); got.status != 200 || !bytes.Equal(got.body, data) {
		t.Errorf("found status %d and %d bytes, want the target of the link", got.status, len(got.body))
	}

	secret := write(t, outside, "secret", windows(1000, "secret"))
	if err := errors.Join(os.Remove(link), os.Symlink(secret, link)); err != nil {
		t.Fatal(err)
	}
	if got := r.get("GET", "/"+other); got.status != 503 {
		t.Errorf("found status %d and %d bytes, want 503", got.status, len(got.body))
	}
	r.bad(other + ": found a symbolic link that leads out of the directory, want a file in it")
	for _, path := range []string{"/" + other, "/" + serve.IndexFile} {
		if got := r.get("GET", path); got.status != 503 {
			t.Errorf("%s: found status %d and %.200q, want 503", path, got.status, got.body)
		}
	}
}

// A plugin to which a link leads from the directory is not even started.
func TestLinkedPluginIsNotStarted(t *testing.T) {
	dist := t.TempDir()
	path := install(t, t.TempDir(), "source_good")
	link := filepath.Join(dist, filepath.Base(path))
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	r := start(t, dist, time.Minute)
	r.bad(filepath.Base(path) + ": found a symbolic link that leads out of the directory, want a file in it")
	for _, plugin := range []string{path, link} {
		if pid, err := testplugin.Recorded(plugin, "self"); err == nil {
			t.Errorf("the plugin was started as process %d", pid)
		}
	}
}

// Between a change and the new index, the site serves neither the old index nor a file that has
// changed.
func TestChangedFilesAreNotServed(t *testing.T) {
	dist := t.TempDir()
	plugin := install(t, dist, "source_good")
	data := windows(1000, "one")
	path := write(t, dist, other, data)
	r := start(t, dist, time.Minute)
	r.good()
	r.stop() // so that no new index is generated
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	aside := filepath.Join(t.TempDir(), "aside")

	for _, tt := range []struct {
		what string
		do   func() error
		want int
	}{
		{"nothing", func() error { return nil }, 200},
		{"a new size", func() error { return os.WriteFile(path, windows(1000, "three"), 0o600) }, 503},
		{"the old size, another time", func() error { return os.WriteFile(path, data, 0o600) }, 503},
		{"the old time", func() error { return os.Chtimes(path, time.Time{}, before.ModTime()) }, 200},
		{"a missing file", func() error { return os.Rename(path, aside) }, 503},
		{"another file of the same size and time", func() error {
			return errors.Join(os.WriteFile(path, data, 0o600), os.Chtimes(path, time.Time{}, before.ModTime()))
		}, 503},
		{"the old file", func() error { return os.Rename(aside, path) }, 200},
		{"a directory", func() error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, 503},
	} {
		if err := tt.do(); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/" + other, "/" + serve.IndexFile} {
			got := r.get("GET", path)
			if got.status != tt.want || (tt.want == 503 && got.header.Get("Retry-After") == "") {
				t.Errorf("%s: %s: found status %d, want %d", tt.what, path, got.status, tt.want)
			}
		}
		if got := r.get("HEAD", "/"+filepath.Base(plugin)); got.status != 200 {
			t.Errorf("%s: found status %d of the other file, want 200", tt.what, got.status)
		}
	}
	if err := os.RemoveAll(dist); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/" + other, "/" + serve.IndexFile} {
		if got := r.get("GET", path); got.status != 503 {
			t.Errorf("with the directory gone: %s: found status %d, want 503", path, got.status)
		}
	}
}

// The download of a file that is overwritten is aborted.
func TestFileChangesDuringItsDownload(t *testing.T) {
	dist := t.TempDir()
	install(t, dist, "source_good")
	data := windows(64<<20, "") // more than the connection's buffers hold
	path := write(t, dist, other, data)
	r := start(t, dist, time.Minute)
	r.good()

	response, err := r.Client().Get(r.URL + "/" + other)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.ReadFull(response.Body, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte("changed"), int64(len(data)-7)); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(response.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.Equal(rest, data[1:1+len(rest)]) {
		t.Errorf("found error %v after %d bytes, want an unexpected end, and no new bytes before", err, len(rest))
	}
}
