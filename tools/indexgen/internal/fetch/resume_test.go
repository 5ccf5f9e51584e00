package fetch_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"botkube-plugins/tools/indexgen/internal/fetch"
)

// content serves a version of the file with ranges. It omits an empty ETag and a zero time.
func content(w http.ResponseWriter, r *http.Request, etag string, modified time.Time, data []byte) {
	if etag != "" {
		w.Header().Set("ETag", etag)
	}
	http.ServeContent(w, r, "a", modified, bytes.NewReader(data))
}

func TestResume(t *testing.T) {
	modified := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
	for name, test := range map[string]struct {
		etag      string
		modified  time.Time
		condition string
	}{
		"strong ETag":   {`"v1"`, modified, ` "v1"`},
		"weak ETag":     {`W/"v1"`, modified, " Mon, 03 Feb 2020 04:05:06 GMT"},
		"Last-Modified": {"", modified, " Mon, 03 Feb 2020 04:05:06 GMT"},
		"neither":       {"", time.Time{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if n < 3 {
					w = &dropping{w, half / 2}
				}
				content(w, r, test.etag, test.modified, file)
			})
			got, err := get(t, client(fetch.Client{Tries: 2}), s.URL+"/a")
			wantFile(t, got, err)
			wantRequests(t, s, "/a",
				fmt.Sprintf("/a bytes=%d-%s", half/2, test.condition), fmt.Sprintf("/a bytes=%d-%s", half, test.condition))
			s.Close() // waits for the handler, which may count its last bytes after the client has received them
			if s.sent != int64(len(file)) {
				t.Errorf("%d bytes were sent, want each of the %d once", s.sent, len(file))
			}
		})
	}
}

func TestDroppedByServerWithoutRanges(t *testing.T) {
	s := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(file)))
		if n == 1 {
			w = &dropping{w, half}
		}
		_, _ = w.Write(file)
	})
	got, err := get(t, client(fetch.Client{}), s.URL+"/a")
	wantFile(t, got, err)
	wantRequests(t, s, "/a", fmt.Sprintf("/a bytes=%d-", half))
}

// A server may send a shorter range than the client asked for.
func TestShortRanges(t *testing.T) {
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		start := 0
		_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &start)
		end := min(start+half, len(file))
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, end-1, len(file)))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = w.Write(file[start:end])
	})
	got, err := get(t, client(fetch.Client{}), s.URL+"/a")
	wantFile(t, got, err)
	wantRequests(t, s, "/a", fmt.Sprintf("/a bytes=%d-", half))
}

// A server that sends one byte for each request would keep the client busy forever.
func TestNoProgress(t *testing.T) {
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		content(&dropping{w, 1}, r, "", time.Time{}, file)
	})
	_, err := get(t, client(fetch.Client{Tries: 3}), s.URL+"/a")
	const want = "gave up after 3 bytes and 3 requests without progress: unexpected EOF"
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
	wantRequests(t, s, "/a", "/a bytes=1-", "/a bytes=2-")
}

// Answers that break off count until together they have brought 64 KiB. Of three in a row, the first
// is the one that has brought the last of them.
func TestLeastProgress(t *testing.T) {
	const enough = (64 << 10) / 2
	for size, want := range map[int]string{enough: "", enough - 1: "and 3 requests without progress: unexpected EOF"} {
		s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			content(&dropping{w, size}, r, "", time.Time{}, file)
		})
		got, err := get(t, client(fetch.Client{Tries: 3}), s.URL+"/a")
		if want == "" {
			wantFile(t, got, err)
		} else if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%d bytes at a time: found error %v, want one that ends with %s", size, err, want)
		}
	}
}

// A download must not combine the beginning of one file with the rest of another.
func TestFileChanged(t *testing.T) {
	early, late := time.Unix(1e9, 0), time.Unix(2e9, 0)
	for name, second := range map[string]func(w http.ResponseWriter, r *http.Request){
		"another ETag":      func(w http.ResponseWriter, r *http.Request) { content(w, r, `"v2"`, early, file) },
		"another time":      func(w http.ResponseWriter, r *http.Request) { content(w, r, "", late, file) },
		"another length":    func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1048577") },
		"too short to skip": func(w http.ResponseWriter, _ *http.Request) { flush(w); _, _ = w.Write(file[:half-1]) },
		"too short for the range": func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("If-Range")
			content(w, r, "", early, file[:half-1])
		},
		"another total": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", half, len(file), len(file)+1))
			w.WriteHeader(http.StatusPartialContent)
		},
		"another ETag in a range": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"v2"`)
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", half, len(file)-1, len(file)))
			w.WriteHeader(http.StatusPartialContent)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					content(&dropping{w, half}, r, `"v1"`, early, file)
					return
				}
				second(w, r)
			})
			got, err := get(t, client(fetch.Client{}), s.URL+"/a")
			if !errors.Is(err, fetch.ErrChanged) {
				t.Errorf("error is %v after %d bytes, want %v", err, len(got), fetch.ErrChanged)
			}
			wantRequests(t, s, "/a", fmt.Sprintf("/a bytes=%d- \"v1\"", half))
		})
	}
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

func TestWrongContentRange(t *testing.T) {
	for _, contentRange := range []string{"", "bytes 0-9/10", "bytes */10", "items 524288-1048575/1048576"} {
		t.Run(contentRange, func(t *testing.T) {
			s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					content(&dropping{w, half}, r, "", time.Time{}, file)
				}
				if contentRange != "" {
					w.Header().Set("Content-Range", contentRange)
				}
				w.WriteHeader(http.StatusPartialContent)
			})
			_, err := get(t, client(fetch.Client{Tries: 3}), s.URL+"/a")
			want := fmt.Sprintf("asked for the bytes from %d on, got %q", half, contentRange)
			if err == nil || err.Error() != want {
				t.Errorf("error is %v, want %s", err, want)
			}
			wantRequests(t, s, "/a", fmt.Sprintf("/a bytes=%d-", half), fmt.Sprintf("/a bytes=%d-", half))
		})
	}
}
