//go:build unix

package pluginhost

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Stream names the standard stream that a line was written to.
type Stream string

// The streams of a plugin.
const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// Line is a line that a plugin wrote, without its end.
type Line struct {
	Stream Stream
	Text   string
}

// maxLine is the size in bytes above which a line is given in parts.
const maxLine = 64 << 10

// output is all that a plugin writes. A Go plugin's stderr comes in two ways, neither of
// which repeats the other: from the process's pipe, before go-plugin's server takes
// os.Stderr over and for panics and loggers made earlier, and over gRPC.
type output struct {
	tail  *tail // of stderr
	log   func(Line)
	stdio chan struct{} // closed when nothing more comes over gRPC

	mu      sync.Mutex
	writers []*lineWriter
	closed  bool
}

func newOutput(log func(Line)) *output {
	return &output{tail: &tail{}, log: log, stdio: make(chan struct{})}
}

// writer returns a writer for one of the ways in which lines come.
func (o *output) writer(stream Stream) io.Writer {
	w := &lineWriter{out: o, stream: stream}
	o.writers = append(o.writers, w)
	return w
}

// close waits for what still comes over gRPC, if anything ever did, and ends the log.
func (o *output) close(connected bool) {
	if connected {
		select {
		case <-o.stdio:
		case <-time.After(pipeGrace):
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, w := range o.writers {
		w.flush()
	}
	o.closed = true
}

// lineWriter cuts what is written to it into lines.
type lineWriter struct {
	out     *output
	stream  Stream
	partial []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.out.mu.Lock()
	defer w.out.mu.Unlock()
	if w.stream == Stderr {
		_, _ = w.out.tail.Write(p) // never fails
	}
	if w.out.log == nil || w.out.closed {
		return len(p), nil
	}
	w.partial = append(w.partial, p...)
	for {
		line, rest, ok := bytes.Cut(w.partial, []byte("\n"))
		if !ok {
			break
		}
		w.emit(line)
		w.partial = rest
	}
	if len(w.partial) > maxLine {
		w.flush()
	}
	return len(p), nil
}

// flush gives the line that has no end yet.
func (w *lineWriter) flush() {
	if len(w.partial) > 0 {
		w.emit(w.partial)
		w.partial = nil
	}
}

func (w *lineWriter) emit(line []byte) {
	w.out.log(Line{w.stream, strings.TrimSuffix(string(line), "\r")})
}

// watchStdio returns a logger that says nothing, and tells the output when go-plugin has
// read all that comes over gRPC, which it tells nobody else.
func (o *output) watchStdio() hclog.Logger {
	return &stdioWatcher{Logger: hclog.NewNullLogger(), end: sync.OnceFunc(func() { close(o.stdio) })}
}

type stdioWatcher struct {
	hclog.Logger
	end func()
}

// Named returns, for the reader of the stdio stream (grpc_stdio.go in go-plugin), a logger
// whose first message is the reader's last: all of those before are traces.
func (l *stdioWatcher) Named(name string) hclog.Logger {
	if name == "stdio" {
		return &stdioLogger{Logger: l.Logger, end: l.end}
	}
	return l.Logger
}

type stdioLogger struct {
	hclog.Logger
	end func()
}

func (l *stdioLogger) Debug(string, ...any) { l.end() }
func (l *stdioLogger) Warn(string, ...any)  { l.end() }
func (l *stdioLogger) Error(string, ...any) { l.end() }
