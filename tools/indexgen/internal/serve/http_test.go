package serve_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"botkube-plugins/internal/testplugin"
	"botkube-plugins/tools/indexgen/internal/serve"
)

// serving starts a server. end stops it.
func serving(t *testing.T, handler http.HandlerFunc) (url string, end context.CancelFunc, ended chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	t.Cleanup(end)
	ended = make(chan error, 1)
	go func() { ended <- serve.Serve(ctx, listener, handler, log.New(io.Discard, "", 0)) }()
	return "http://" + listener.Addr().String(), end, ended
}

// The server finishes an answer in progress and rejects new requests.
func TestServeFinishesAnswers(t *testing.T) {
	asked, finish := make(chan bool), make(chan bool)
	url, end, ended := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		asked <- true
		<-finish
		_, _ = io.WriteString(w, "done")
	})
	answers := make(chan string)
	go func() {
		response, err := http.Get(url)
		if err != nil {
			answers <- err.Error()
			return
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		answers <- string(text)
	}()
	<-asked
	end()
	if !testplugin.Eventually(func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err == nil {
			conn.Close()
		}
		return err != nil
	}) {
		t.Error("the address is still listened on")
	}
	close(finish)
	if got := <-answers; got != "done" {
		t.Errorf("found %q, want the answer", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("found error %v, want none", err)
	}
}

// The server aborts an endless answer after a few seconds.
func TestServeDoesNotWaitForever(t *testing.T) {
	asked := make(chan bool)
	url, end, ended := serving(t, func(_ http.ResponseWriter, r *http.Request) {
		asked <- true
		<-r.Context().Done()
	})
	go func() {
		response, err := http.Get(url)
		if err == nil {
			response.Body.Close()
		}
	}()
	<-asked
	start := time.Now()
	end()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("found error %v, want none", err)
		}
		if took := time.Since(start); took < 2*time.Second {
			t.Errorf("ended after %s, want some seconds for the answer", took)
		}
	case <-time.After(patience):
		t.Fatal("it waits for the answer")
	}
}

func TestServeFailsWithItsListener(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if err := serve.Serve(t.Context(), listener, nil, log.Default()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("found error %v, want the error of the listener", err)
	}
}

// Each request is logged as one line, and cannot forge another.
func TestLogged(t *testing.T) {
	var lines []string
	handler := serve.Logged(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
		_, _ = io.WriteString(w, "four")
	}), func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) })

	for _, r := range []struct{ method, path string }{
		{"GET", "/a"},
		{"POST", "/a%20b?x=y"},
		{"GET", "/%0a12:00:00%1b[31m"},
		{"GET", "/\u009b31m"},
		{"GET", "/" + strings.Repeat("x", 1000)},
	} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(r.method, r.path, http.NoBody))
	}
	want := []string{
		"GET /a 200 4",
		"POST /a%20b 405 4",
		"GET /%0a12:00:00%1b[31m 200 4",
		"GET /%C2%9B31m 200 4",
		"GET /" + strings.Repeat("x", 299) + "… 200 4",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("found the lines\n%q, want\n%q", lines, want)
	}
}
