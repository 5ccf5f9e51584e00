package serve

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"time"
)

const (
	// headerTimeout is how long a client may take to send the header of its request.
	headerTimeout = 10 * time.Second
	idleTimeout   = time.Minute
	// shutdownGrace is how long answers in progress may take when the server stops.
	shutdownGrace = 3 * time.Second
)

// Serve answers requests on the listener until ctx ends. Answers in progress then have a few more
// seconds. Serve closes the listener, and logs failing connections to the log.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, failures *log.Logger) error {
	server := &http.Server{
		Handler: handler, ErrorLog: failures,
		ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: 1 << 16,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		_ = server.Close() // it can only fail because the listener is already closed
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Logged returns a handler that calls line after each request.
func Logged(handler http.Handler, line func(format string, args ...any)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted := &counting{ResponseWriter: w, status: http.StatusOK}
		handler.ServeHTTP(counted, r)
		path := r.URL.EscapedPath() // safe to print
		if len(path) > maxPath {
			path = path[:maxPath] + "…"
		}
		line("%s %s %d %d", r.Method, path, counted.status, counted.bytes)
	})
}

// maxPath is how many characters of a path are shown, more than a file name can have.
const maxPath = 300

// counting records the status and size of an answer.
type counting struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (c *counting) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	return n, err
}
