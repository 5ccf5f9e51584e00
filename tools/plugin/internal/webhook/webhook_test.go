package webhook

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The expected answers are those of Botkube's own handler.
func TestHandler(t *testing.T) {
	type answer struct {
		Status              int
		Body, Type, Nosniff string
		Location            string
	}
	const json = "application/json; charset=utf-8"
	tests := []struct {
		name, method, path, body string
		want                     answer
	}{
		{"fine", "POST", "/sources/v1/web", "{}", answer{200, `{"success":true}` + "\n", json, "nosniff", ""}},
		{"a query", "POST", "/sources/v1/web?x=1", "{}", answer{200, `{"success":true}` + "\n", json, "nosniff", ""}},
		{"refused", "POST", "/sources/v1/web", "bad", answer{
			500, `{"error":"while dispatching external request: 1 error occurred:\n\t* while handling external request for ` +
				`\"web.local/web\" source: rpc error: code = Unknown desc = \u003cbad\u003e"}` + "\n", json, "nosniff", "",
		}},
		{"another source", "POST", "/sources/v1/wep", "{}", answer{404, `{"error":"source \"wep\" not found"}` + "\n", json, "nosniff", ""}},
		{"below a source", "POST", "/sources/v1/web/x", "{}", answer{404, `{"error":"source \"web/x\" not found"}` + "\n", json, "nosniff", ""}},
		{"no source", "POST", "/sources/v1/", "{}", answer{400, `{"error":"Source name in path is required"}` + "\n", json, "nosniff", ""}},
		{"another method", "GET", "/sources/v1/web", "", answer{405, "", "", "", ""}},
		{"another path", "POST", "/sources/v2/web", "{}", answer{404, "404 page not found\n", "text/plain; charset=utf-8", "nosniff", ""}},
		{"no slash", "POST", "/sources/v1", "{}", answer{404, "404 page not found\n", "text/plain; charset=utf-8", "nosniff", ""}},
		{"two slashes", "POST", "/sources//v1/web?x=1", "{}", answer{301, "", "", "", "/sources/v1/web?x=1"}},
		{"dots", "POST", "/sources/v1/x/../", "{}", answer{301, "", "", "", "/sources/v1/"}},
	}
	h := &Handler{}
	h.Set(map[string]Source{"web": {Plugin: "local/web", Handle: func(payload []byte) error {
		if string(payload) == "bad" {
			return errors.New("rpc error: code = Unknown desc = <bad>")
		}
		return nil
	}}})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response := send(h, test.method, test.path, test.body)
			header := response.Header()
			got := answer{
				response.Code, response.Body.String(), header.Get("Content-Type"), header.Get("X-Content-Type-Options"), header.Get("Location"),
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	h.Set(nil)
	if response := send(h, http.MethodPost, "/sources/v1/web", "{}"); response.Code != http.StatusNotFound {
		t.Errorf("without sources: found status %d, want 404", response.Code)
	}
}

// pipes is a listener for connections inside this process.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// A client that does not send its request within a minute is disconnected, and the plugin does not
// receive it. So is a client that sends nothing after a request.
func TestSlowClients(t *testing.T) {
	const request = "POST /sources/v1/web HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
	for name, test := range map[string]struct {
		sent, answer string
		handled      int64
	}{
		"nothing":         {"", "", 0},
		"part of header":  {request[:20], "HTTP/1.1 400 ", 0},
		"header":          {request[:len(request)-2], "HTTP/1.1 500 ", 0},
		"part of body":    {request[:len(request)-1], "HTTP/1.1 500 ", 0},
		"then no request": {request, "HTTP/1.1 200 ", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &Handler{}
				var handled atomic.Int64
				h.Set(map[string]Source{"web": {Handle: func([]byte) error { handled.Add(1); return nil }}})
				listener := make(pipes)
				defer h.Serve(listener)()
				client, server := net.Pipe()
				defer client.Close()
				listener <- server
				start := time.Now()
				if _, err := io.WriteString(client, test.sent); err != nil {
					t.Fatal(err)
				}
				answer, err := io.ReadAll(client) // until the server closes the connection
				if err != nil || !strings.HasPrefix(string(answer), test.answer) || test.answer == "" && len(answer) > 0 {
					t.Errorf("found error %v and the answer %q, want %q", err, answer, test.answer)
				}
				if took := time.Since(start).Truncate(time.Second); took != time.Minute {
					t.Errorf("the client is disconnected after %s, want a minute", took)
				}
				if n := handled.Load(); n != test.handled {
					t.Errorf("the plugin received %d requests, want %d", n, test.handled)
				}
			})
		})
	}
}

func send(h *Handler, method, path, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Host = "localhost:8090"
	response := httptest.NewRecorder()
	h.ServeHTTP(response, request)
	return response
}

// A browser must not be able to send requests for a foreign web page.
func TestForeignRequests(t *testing.T) {
	h := &Handler{}
	h.Set(map[string]Source{"web": {Handle: func([]byte) error { return nil }}})
	for _, test := range []struct {
		host, origin string
		size, want   int
	}{
		{"127.0.0.1:8090", "", maxPayload, 200},
		{"[::1]:8090", "", 0, 200},
		{"localhost:8090", "http://localhost:8090", 0, 200},
		{"127.0.0.1:8090", "", maxPayload + 1, 413},
		{"evil.example:8090", "", 0, 403},
		{"192.0.2.1", "", 0, 403},
		{"", "", 0, 403},
		{"127.0.0.1:8090", "http://evil.example", 0, 403},
		{"127.0.0.1:8090", "http://127.0.0.1:9000", 0, 403},
		{"127.0.0.1:8090", "null", 0, 403},
	} {
		request := httptest.NewRequest(http.MethodPost, "/sources/v1/web", strings.NewReader(strings.Repeat("x", test.size)))
		request.Host = test.host
		if test.origin != "" {
			request.Header.Set("Origin", test.origin)
		}
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, request)
		if answer.Code != test.want {
			t.Errorf("host %q, origin %q, %d bytes: found status %d, want %d", test.host, test.origin, test.size, answer.Code, test.want)
		}
	}
}
