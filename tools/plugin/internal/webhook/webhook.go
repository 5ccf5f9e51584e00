// Package webhook answers HTTP requests as Botkube's incoming webhook does
// (incomingWebhookRouter in its internal/source/incoming_webhook.go).
package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

const prefix = "/sources/v1/"

// maxPayload is the largest payload in bytes, the default limit of gRPC for a message.
const maxPayload = 4 << 20

// requestTimeout is how long a client may take to send a request, and how long a connection may be
// idle.
const requestTimeout = time.Minute

// Source is a configured source that accepts requests.
type Source struct {
	// Plugin is the key of its plugin: "<repository>/<name>".
	Plugin string
	// Handle passes the payload to the plugin.
	Handle func(payload []byte) error
}

// Handler answers requests to the current sources. Unlike Botkube, it refuses requests that a
// foreign web page may have caused (the header Origin, and Host for a name that was rebound to a
// loopback address), and payloads that are larger than maxPayload.
type Handler struct {
	mu      sync.Mutex
	sources map[string]Source
}

// Set replaces the sources. The keys are their names.
func (h *Handler) Set(sources map[string]Source) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sources = sources
}

// Serve answers requests on the listener until it is stopped.
func (h *Handler) Serve(listener net.Listener) (stop func()) {
	server := &http.Server{Handler: h, ReadTimeout: requestTimeout, IdleTimeout: requestTimeout}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // returns when it is stopped
	}()
	return func() {
		_ = server.Close()
		<-done
	}
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !local(r.Host) || r.Header.Get("Origin") != "" && r.Header.Get("Origin") != "http://"+r.Host {
		fail(w, http.StatusForbidden, "requests from other web sites are refused")
		return
	}
	// Botkube's router redirects before it checks anything else.
	if clean := cleanPath(r.URL.Path); clean != r.URL.Path {
		to := *r.URL
		to.Path = clean
		w.Header().Set("Location", to.String())
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, prefix)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if name == "" {
		fail(w, http.StatusBadRequest, "Source name in path is required")
		return
	}
	h.mu.Lock()
	s, ok := h.sources[name]
	h.mu.Unlock()
	if !ok {
		fail(w, http.StatusNotFound, fmt.Sprintf("source %q not found", name))
		return
	}
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if errors.As(err, new(*http.MaxBytesError)) {
		fail(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", maxPayload))
		return
	}
	if err != nil {
		fail(w, http.StatusInternalServerError, fmt.Sprintf("while reading request body: %s", err))
		return
	}
	if err := s.Handle(payload); err != nil {
		fail(w, http.StatusInternalServerError, fmt.Sprintf("while dispatching external request: 1 error occurred:\n\t* "+
			"while handling external request for \"%s.%s\" source: %s", name, s.Plugin, err))
		return
	}
	answer(w, http.StatusOK, map[string]bool{"success": true})
}

// local reports whether a Host header names this machine.
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func fail(w http.ResponseWriter, code int, message string) {
	answer(w, code, map[string]string{"error": message})
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // fails if the client has disconnected
}

// cleanPath resolves dots and double slashes, and keeps a slash at the end.
func cleanPath(p string) string {
	clean := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}
