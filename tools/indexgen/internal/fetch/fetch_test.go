package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"botkube-plugins/internal/testplugin"
	"botkube-plugins/tools/indexgen/internal/fetch"

	"github.com/google/go-cmp/cmp"
)

// file is the file on the servers. It is larger than the buffers between them and the client.
var file = testplugin.Executable("linux", "amd64", 1<<20)

const half = 1 << 19

// server answers the n-th request, from 1, with handle, and records the requests.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string // "<path> <Range> <If-Range>", without missing headers
	sent     int64    // bytes of all bodies
}

func serve(t *testing.T, handle func(n int, w http.ResponseWriter, r *http.Request)) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		request := []string{r.URL.Path, r.Header.Get("Range"), r.Header.Get("If-Range")}
		s.requests = append(s.requests, strings.TrimRight(strings.Join(request, " "), " "))
		n := len(s.requests)
		s.mu.Unlock()
		if got := r.Header.Get("Accept-Encoding"); got != "identity" {
			t.Errorf("Accept-Encoding is %q, want identity", got)
		}
		handle(n, &counting{w, s}, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// counting counts the bytes of a body.
type counting struct {
	http.ResponseWriter
	s *server
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.sent += int64(n)
	return n, err
}

func (c *counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// dropping breaks the connection after a number of bytes of the body.
type dropping struct {
	http.ResponseWriter
	left int
}

func (d *dropping) Write(p []byte) (int, error) {
	n, err := d.ResponseWriter.Write(p[:min(len(p), d.left)])
	if d.left -= n; err != nil || d.left > 0 {
		return n, err
	}
	_ = http.NewResponseController(d.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

func client(c fetch.Client) *fetch.Client {
	c.HTTP = &http.Client{Transport: &http.Transport{}}
	if c.Tries == 0 {
		c.Tries = 4
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.MaxSize == 0 {
		c.MaxSize = 1 << 30
	}
	c.Wait = time.Millisecond
	return &c
}

// get downloads a URL to its end.
func get(t *testing.T, c *fetch.Client, url string) ([]byte, error) {
	t.Helper()
	defer c.HTTP.CloseIdleConnections()
	body, err := c.Get(t.Context(), url, nil)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

func wantFile(t *testing.T, got []byte, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	if !bytes.Equal(got, file) {
		t.Errorf("%d bytes, want the %d of the file", len(got), len(file))
	}
}

func wantRequests(t *testing.T, s *server, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(want, s.requests); diff != "" {
		t.Errorf("requests: -want +got:\n%s", diff)
	}
}

func status(codes ...int) func(int, http.ResponseWriter, *http.Request) {
	return func(n int, w http.ResponseWriter, _ *http.Request) {
		if n <= len(codes) {
			w.WriteHeader(codes[n-1])
			return
		}
		_, _ = w.Write(file)
	}
}

func TestStatus(t *testing.T) {
	for _, test := range []struct {
		codes    []int
		requests int
		want     string // the error, if any
	}{
		{[]int{404}, 1, "HTTP status 404 Not Found"},
		{[]int{403}, 1, "HTTP status 403 Forbidden"},
		{[]int{401}, 1, "HTTP status 401 Unauthorized"},
		{[]int{204}, 1, "HTTP status 204 No Content"},
		{[]int{416}, 1, "HTTP status 416 Requested Range Not Satisfiable"},
		{[]int{500}, 2, ""},
		{[]int{503, 502, 500}, 4, ""},
		{[]int{429}, 2, ""},
		{[]int{503, 404}, 2, "HTTP status 404 Not Found"},
		{[]int{500, 500, 500, 503, 500}, 4, "HTTP status 503 Service Unavailable"},
	} {
		t.Run(fmt.Sprint(test.codes), func(t *testing.T) {
			s := serve(t, status(test.codes...))
			got, err := get(t, client(fetch.Client{}), s.URL+"/a")
			if test.want == "" {
				wantFile(t, got, err)
			} else if err == nil || err.Error() != test.want {
				t.Errorf("error is %v, want %s", err, test.want)
			} else if failed := new(fetch.StatusError); !errors.As(err, &failed) {
				t.Errorf("error is a %T, want a %T", err, failed)
			}
			wantRequests(t, s, strings.Split(strings.Repeat("/a ", test.requests-1)+"/a", " ")...)
		})
	}
}

func TestTooLarge(t *testing.T) {
	for name, handle := range map[string]func(int, http.ResponseWriter, *http.Request){
		"Content-Length": func(_ int, w http.ResponseWriter, r *http.Request) { content(w, r, "", time.Time{}, file) },
		"chunked":        func(_ int, w http.ResponseWriter, _ *http.Request) { flush(w); _, _ = w.Write(file) },
		"after a drop": func(n int, w http.ResponseWriter, _ *http.Request) {
			flush(w)
			if n == 1 {
				w = &dropping{w, half}
			}
			_, _ = w.Write(file)
		},
		"gzipped": func(_ int, w http.ResponseWriter, _ *http.Request) { gzipped(w, make([]byte, 10<<20)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, handle)
			limit := int64(len(file)) - 1
			got, err := get(t, client(fetch.Client{MaxSize: limit}), s.URL+"/a")
			if size := new(fetch.SizeError); !errors.As(err, &size) || size.Max != limit {
				t.Errorf("error is %v, want a %T of %d bytes", err, size, limit)
			}
			if int64(len(got)) > limit+32<<10 {
				t.Errorf("%d bytes were read", len(got))
			}
		})
	}
	s := serve(t, status())
	got, err := get(t, client(fetch.Client{MaxSize: int64(len(file))}), s.URL+"/a")
	wantFile(t, got, err)
}

func gzipped(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Encoding", "gzip")
	zw := gzip.NewWriter(w)
	_, _ = zw.Write(data)
	_ = zw.Close()
}

// Botkube's client asks for gzip and decompresses the answer. To see the same bytes, Get must
// decompress an answer even if the server compresses it unasked.
func TestContentEncoding(t *testing.T) {
	s := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { gzipped(w, file) })
	got, err := get(t, client(fetch.Client{}), s.URL+"/a")
	wantFile(t, got, err)

	s = serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write([]byte("this is not gzip"))
	})
	if _, err = get(t, client(fetch.Client{}), s.URL+"/a"); !errors.Is(err, gzip.ErrHeader) {
		t.Errorf("error is %v, want %v", err, gzip.ErrHeader)
	}
}

// Each request has its own deadline. A download of several requests may take longer.
func TestTimeoutOfRequest(t *testing.T) {
	stall := func(w http.ResponseWriter, r *http.Request) {
		flush(w)
		<-r.Context().Done()
	}
	t.Run("resumed", func(t *testing.T) {
		s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				w.Header().Set("Content-Length", fmt.Sprint(len(file)))
				_, _ = w.Write(file[:half])
				stall(w, r)
				return
			}
			content(w, r, "", time.Time{}, file)
		})
		got, err := get(t, client(fetch.Client{Timeout: time.Second}), s.URL+"/a")
		wantFile(t, got, err)
		wantRequests(t, s, "/a", fmt.Sprintf("/a bytes=%d-", half))
	})
	const want = "no complete answer within 100ms"
	for name, handle := range map[string]func(int, http.ResponseWriter, *http.Request){
		"no header": func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"no body":   func(_ int, w http.ResponseWriter, r *http.Request) { stall(w, r) },
		"nothing to skip": func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				w = &dropping{w, 1000}
				_, _ = w.Write(file[:1000])
			}
			stall(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, handle)
			if _, err := get(t, client(fetch.Client{Timeout: 100 * time.Millisecond, Tries: 2}), s.URL+"/a"); err == nil || err.Error() != want {
				t.Errorf("error is %v, want %s", err, want)
			}
		})
	}
}

// When the context ends, Get and Read return its cause at once, even during a pause of an hour.
func TestContextEnds(t *testing.T) {
	interrupted := errors.New("interrupted")
	for name, handle := range map[string]func(seen chan<- bool, w http.ResponseWriter, r *http.Request){
		"before the header": func(seen chan<- bool, _ http.ResponseWriter, r *http.Request) {
			seen <- true
			<-r.Context().Done()
		},
		"in the body": func(seen chan<- bool, w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(file[:1000])
			flush(w)
			seen <- true
			<-r.Context().Done()
		},
		"in a pause": func(seen chan<- bool, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			flush(w)
			seen <- true
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen := make(chan bool, 1)
			s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) { handle(seen, w, r) })
			c := client(fetch.Client{})
			c.Wait = time.Hour
			ctx, cancel := context.WithCancelCause(t.Context())
			ended := make(chan error)
			go func() {
				body, err := c.Get(ctx, s.URL+"/a", nil)
				if err == nil {
					_, err = io.ReadAll(body)
					body.Close()
				}
				ended <- err
			}()
			<-seen
			cancel(interrupted)
			select {
			case err := <-ended:
				if !errors.Is(err, interrupted) {
					t.Errorf("error is %v, want %v", err, interrupted)
				}
			case <-time.After(10 * time.Second):
				t.Error("still not ended after 10s")
			}
			wantRequests(t, s, "/a")
		})
	}
}

func TestRedirects(t *testing.T) {
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/latest":
			http.Redirect(w, r, "/v1/a", http.StatusFound)
		default:
			if n == 2 {
				w = &dropping{w, half}
			}
			content(w, r, `"v1"`, time.Time{}, file)
		}
	})
	got, err := get(t, client(fetch.Client{}), s.URL+"/latest")
	wantFile(t, got, err)
	// Resuming starts again at the first URL, since the second may be signed and short-lived.
	rest := fmt.Sprintf(" bytes=%d- \"v1\"", half)
	wantRequests(t, s, "/latest", "/v1/a", "/latest"+rest, "/v1/a"+rest)

	s.requests = nil
	if _, err := get(t, client(fetch.Client{}), s.URL+"/loop"); err == nil || !strings.HasSuffix(err.Error(), ": more than 10 redirects") {
		t.Errorf("error is %v, want one about redirects", err)
	}
	wantRequests(t, s, strings.Fields(strings.Repeat("/loop ", 11))...) // and no retry
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if _, err := get(t, client(fetch.Client{}), "http://"+l.Addr().String()); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("error is %v, want that the connection was refused", err)
	}
}

func TestUnknownAuthorityIsNotRetried(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	var mu sync.Mutex
	connections := 0
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			mu.Lock()
			defer mu.Unlock()
			connections++
		}
	}
	s.StartTLS()
	defer s.Close()
	if _, err := get(t, client(fetch.Client{}), s.URL); err == nil || !strings.Contains(err.Error(), "certificate signed by unknown authority") {
		t.Errorf("error is %v, want that the certificate is unknown", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if connections != 1 {
		t.Errorf("%d connections, want 1", connections)
	}
}

// The header is for the origin of the URL only, and a port belongs to the origin.
func TestHeader(t *testing.T) {
	var got sync.Map // the headers by path
	record := func(r *http.Request) {
		got.Store(r.URL.Path, r.Header.Get("Authorization")+r.Header.Get("X-Token"))
	}
	other := serve(t, func(_ int, _ http.ResponseWriter, r *http.Request) { record(r) })
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		record(r)
		switch r.URL.Path {
		case "/start":
			http.Redirect(w, r, "/same", http.StatusFound)
		case "/same":
			http.Redirect(w, r, other.URL+"/other", http.StatusFound)
		}
	})
	header := http.Header{"Authorization": {"Bearer abc"}, "X-Token": {"def"}}
	body, err := client(fetch.Client{}).Get(t.Context(), s.URL+"/start", header)
	if err != nil {
		t.Fatal(err)
	}
	body.Close()
	for path, want := range map[string]string{"/start": "Bearer abcdef", "/same": "Bearer abcdef", "/other": ""} {
		if found, _ := got.Load(path); found != want {
			t.Errorf("%s: found the headers %v, want %q", path, found, want)
		}
	}
}

// Closing a body before its end leaves no goroutine or connection behind, after any number of
// requests.
func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	closed := make(chan bool, 1)
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(file)))
		if n < 3 {
			_, _ = (&dropping{w, n * 1000}).Write(file)
		}
		_, _ = w.Write(file[:half])
		flush(w)
		<-r.Context().Done()
		closed <- true
	})
	c := client(fetch.Client{})
	body, err := c.Get(t.Context(), s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(body, make([]byte, half)); err != nil {
		t.Error(err)
	}
	body.Close()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Fatal("the connection is still open after 10s")
	}
	s.Close()
	c.HTTP.CloseIdleConnections()
	if !testplugin.Eventually(func() bool { return runtime.NumGoroutine() <= before }) {
		t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
	}
}

// Only an answer shows that another try would fail, too.
func TestPermanent(t *testing.T) {
	answer := func(handler http.HandlerFunc) string {
		s := httptest.NewServer(handler)
		t.Cleanup(s.Close)
		return s.URL
	}
	status := func(code int) string {
		return answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
	}
	certificate := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(certificate.Close)
	certificate.Config.ErrorLog = log.New(io.Discard, "", 0)
	for url, want := range map[string]bool{
		status(404):           true,
		status(401):           true,
		status(204):           true,
		status(429):           false,
		status(500):           false,
		status(503):           false,
		certificate.URL:       true,
		"http://[::1":         true,
		"http://127.0.0.1:1":  false,
		"http://host.invalid": false,
		answer(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) }): true,
		answer(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }):                    false,
		answer(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1001)) }):         true,
		answer(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(make([]byte, 100))
		}): true,
		answer(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write(make([]byte, 99))
		}): false,
	} {
		body, err := client(fetch.Client{Tries: 1, MaxSize: 1000}).Get(t.Context(), url, nil)
		if err == nil {
			_, err = io.ReadAll(body)
			body.Close()
		}
		if err == nil || fetch.Permanent(err) != want {
			t.Errorf("%s: found error %v, permanent %t, want %t", url, err, !want, want)
		}
	}
}
