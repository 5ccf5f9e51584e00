package serve_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/testplugin"
	"botkube-plugins/tools/indexgen/internal/generate"
	"botkube-plugins/tools/indexgen/internal/serve"
)

const (
	// host is the suffix of a plugin that runs on this machine.
	host = runtime.GOOS + "_" + runtime.GOARCH
	// other is an artifact that does not run on this machine.
	other = "source_good_windows_arm64"
	// patience is how long a test waits for an event. Only a failing test waits that long.
	patience = time.Minute
)

func TestMain(m *testing.M) {
	testplugin.Main()
	os.Exit(m.Run())
}

// install puts a plugin under test into dir. It is a copy of the test binary, since a symbolic link
// would lead out of the directory.
func install(t *testing.T, dir, name string) string {
	t.Helper()
	return testplugin.Copy(t, dir, name+"_"+host)
}

// windows returns an executable for windows/arm64 that ends with the text.
func windows(size int, text string) []byte {
	return append(testplugin.Executable("windows", "arm64", size), text...)
}

func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func sum(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

// running is a site that watches its directory.
type running struct {
	*httptest.Server
	t       *testing.T
	results chan generate.Result
	ended   chan error
	stop    func() // stops watching, but not serving
}

// start serves a directory. The end of the test stops it, and checks that it ends with the
// context's error.
func start(t *testing.T, dist string, timeout time.Duration) *running {
	t.Helper()
	return startWith(t, serve.Options{Dist: dist, Timeout: timeout})
}

// startWith is start with more options.
func startWith(t *testing.T, opts serve.Options) *running {
	t.Helper()
	r := &running{t: t, results: make(chan generate.Result, 100), ended: make(chan error, 1)}
	r.Server = httptest.NewUnstartedServer(nil)
	opts.Repository, opts.BaseURL, opts.Jobs, opts.Note = "local", "http://"+r.Listener.Addr().String(), 2, t.Logf
	site := serve.New(opts)
	r.Config.Handler = site
	r.Start()
	t.Cleanup(r.Close)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		r.ended <- site.Watch(ctx, func(result generate.Result) error { r.results <- result; return nil })
	}()
	stopped := false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-r.ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("found error %v at the end, want the context error", err)
			}
		case <-time.After(patience):
			t.Errorf("not ended within %s", patience)
		}
	}
	t.Cleanup(r.stop)
	return r
}

// next waits for the next result that the site publishes.
func (r *running) next() generate.Result {
	r.t.Helper()
	select {
	case result := <-r.results:
		return result
	case err := <-r.ended:
		r.t.Fatalf("ended with error %v", err)
	case <-time.After(patience):
		r.t.Fatalf("nothing new within %s", patience)
	}
	panic("unreachable")
}

// good waits for the next result, which must have no problems.
func (r *running) good() generate.Result {
	r.t.Helper()
	result := r.next()
	if len(result.Problems) > 0 {
		r.t.Fatalf("found problems: %v", result.Problems)
	}
	return result
}

// bad waits for a result with one problem that contains the text. A slow test may see other results
// first.
func (r *running) bad(text string) {
	r.t.Helper()
	for {
		result := r.next()
		if len(result.Problems) == 1 && strings.Contains(result.Problems[0].String(), text) {
			return
		}
		r.t.Logf("instead of the problem %q: %v", text, result.Problems)
	}
}

type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // of the request, or of reading the body
}

// get requests a path. headers are pairs of names and values.
func (r *running) get(method, path string, headers ...string) answer {
	request, err := http.NewRequest(method, r.URL+path, http.NoBody)
	if err != nil {
		return answer{err: err}
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := r.Client().Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, body, err}
}

// index requests the index, which must be valid.
func (r *running) index() index.Index {
	r.t.Helper()
	a := r.get("GET", "/"+serve.IndexFile)
	ix, found, err := index.Check(r.t.Context(), a.body)
	if err != nil || a.status != http.StatusOK || found.Problems.Total() > 0 {
		r.t.Fatalf("found status %d, error %v, problems %v\n%s", a.status, err, found.Problems, a.body)
	}
	return ix
}
