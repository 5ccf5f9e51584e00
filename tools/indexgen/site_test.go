package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"botkube-plugins/internal/scripttest"
	"botkube-plugins/internal/testplugin"

	"github.com/rogpeppe/go-internal/testscript"
)

// site is a web server on loopback that publishes a directory, with faults that a test sets.
type site struct {
	*httptest.Server
	dir string

	mu       sync.Mutex
	faults   map[string]string // by path
	requests map[string]int    // by path
}

func newSite(dir string) *site {
	s := &site{dir: dir, faults: map[string]string{}, requests: map[string]int{}}
	s.Server = httptest.NewServer(s)
	return s
}

// fault sets one of the faults of ServeHTTP for a path, and resets the number of its requests.
func (s *site) fault(path, kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[path] = kind
	delete(s.requests, path)
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests[r.URL.Path]++
	kind, first := s.faults[r.URL.Path], s.requests[r.URL.Path] == 1
	s.mu.Unlock()

	file := filepath.Join(s.dir, filepath.FromSlash(path.Clean(r.URL.Path)))
	if code, err := strconv.Atoi(kind); err == nil {
		http.Error(w, "sorry", code)
		return
	}
	switch kind {
	case "503 once":
		if first {
			http.Error(w, "sorry", http.StatusServiceUnavailable)
			return
		}
	case "drops once", "drops":
		if info, err := os.Stat(file); err == nil && (first || kind == "drops") {
			w = &dropping{w, info.Size() / 2}
		}
	case "one byte":
		w = &dropping{w, 1}
	case "no bytes":
		panic(http.ErrAbortHandler)
	case "hangs":
		<-r.Context().Done()
		return
	case "page":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html>\n<html><title>Sign in</title></html>\n")
		return
	case "loop":
		http.Redirect(w, r, r.URL.Path, http.StatusFound)
		return
	case "moved":
		http.Redirect(w, r, "/moved"+r.URL.Path, http.StatusFound)
		return
	case "token":
		if r.Header.Get("Authorization") != "Bearer abc" {
			http.Error(w, "sorry", http.StatusUnauthorized)
			return
		}
	case "gzip":
		w.Header().Set("Content-Encoding", "gzip")
	case "compressed":
		data, _ := os.ReadFile(file)
		var b bytes.Buffer
		zw := gzip.NewWriter(&b)
		_, _ = zw.Write(data)
		_ = zw.Close()
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(b.Bytes())
		return
	}
	http.ServeFile(w, r, strings.Replace(file, "/moved/", "/", 1))
}

// dropping breaks the connection after a number of bytes of the body.
type dropping struct {
	http.ResponseWriter
	left int64
}

func (d *dropping) Write(p []byte) (int, error) {
	n, err := d.ResponseWriter.Write(p[:min(int64(len(p)), d.left)])
	if d.left -= int64(n); err != nil || d.left > 0 {
		return n, err
	}
	_ = http.NewResponseController(d.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

// siteKey is the key of a script's site, which publishes the script's directory dist at $URL.
type siteKey struct{}

func siteOf(ts *testscript.TestScript) *site { return ts.Value(siteKey{}).(*site) }

// fault PATH KIND: sets a fault of the site.
func fault(ts *testscript.TestScript, _ bool, args []string) { siteOf(ts).fault(args[0], args[1]) }

// requested PATH COUNT: fails unless a path was requested that many times, and resets the number.
func requested(ts *testscript.TestScript, _ bool, args []string) {
	s := siteOf(ts)
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := strconv.Itoa(s.requests[args[0]]); got != args[1] {
		ts.Fatalf("%s was requested %s times, want %s", args[0], got, args[1])
	}
	delete(s.requests, args[0])
}

// waitrequest PATH: waits until a path is requested.
func waitrequest(ts *testscript.TestScript, _ bool, args []string) {
	s := siteOf(ts)
	scripttest.Eventually(ts, "requested "+args[0], func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.requests[args[0]] > 0
	})
}

// runs PLUGIN: waits until a plugin runs from a file in the temporary directory.
func runs(ts *testscript.TestScript, _ bool, args []string) {
	scripttest.Eventually(ts, args[0]+" runs", func() bool {
		found, err := filepath.Glob(filepath.Join(ts.Getenv("TMPDIR"), "*", "*", args[0]))
		ts.Check(err)
		for _, file := range found {
			if pid := testplugin.Pid(file, "self"); pid != 0 {
				ts.Setenv("RUNS", strconv.Itoa(pid))
				return true
			}
		}
		return false
	})
}

// ended: waits until the plugin of the last runs command has ended.
func ended(ts *testscript.TestScript, _ bool, _ []string) {
	pid, err := strconv.Atoi(ts.Getenv("RUNS"))
	ts.Check(err)
	scripttest.Eventually(ts, "ended", func() bool { return !testplugin.Alive(pid) })
}

// expand FILE...: expands the variables in files.
func expand(ts *testscript.TestScript, _ bool, files []string) {
	for _, file := range files {
		text := os.Expand(ts.ReadFile(file), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}
