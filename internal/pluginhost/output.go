//go:build unix

package pluginhost

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
)

// Stream names the standard stream that a line was written to.
type Stream string

// The streams of a plugin.
const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// Line is a line that a plugin wrote, without its line end.
type Line struct {
	Stream Stream
	Text   string
}

// maxLine is the longest line in bytes. A longer one is split.
const maxLine = 64 << 10

// output collects everything that a plugin writes. Each line of a Go plugin's stderr arrives in one
// of two ways. The pipe of the process has everything that is written before go-plugin's server
// replaces os.Stderr, the lines of loggers created before that, and panics. The rest arrives over
// gRPC.
type output struct {
	tail  *tail // of stderr
	log   func(Line)
	stdio chan struct{} // closed when no more output arrives over gRPC

	mu      sync.Mutex
	writers []*lineWriter
	closed  bool
}

func newOutput(log func(Line)) *output {
	return &output{tail: &tail{}, log: log, stdio: make(chan struct{})}
}

// writer returns a writer for lines that arrive in one of the two ways.
func (o *output) writer(stream Stream) io.Writer {
	w := &lineWriter{out: o, stream: stream}
	o.writers = append(o.writers, w)
	return w
}

// close waits at most pipeGrace for the rest of the output over gRPC, if the plugin connected, and
// ends the log.
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

// lineWriter splits its input into lines.
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

// flush emits the last line if it has no line end.
func (w *lineWriter) flush() {
	if len(w.partial) > 0 {
		w.emit(w.partial)
		w.partial = nil
	}
}

func (w *lineWriter) emit(line []byte) {
	w.out.log(Line{w.stream, strings.TrimSuffix(string(line), "\r")})
}

// stdioMethod is the call in which go-plugin sends a plugin's stdout and stderr
// (StreamStdio in its grpc_stdio.go).
const stdioMethod = "/plugin.GRPCStdio/StreamStdio"

// watchStdio is an interceptor that closes o.stdio when the stream of the plugin's output has
// ended. go-plugin reads the stream in one goroutine, and writes each message before it receives
// the next.
func (o *output) watchStdio(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string,
	streamer grpc.Streamer, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	stream, err := streamer(ctx, desc, conn, method, opts...)
	if method != stdioMethod {
		return stream, err
	}
	end := sync.OnceFunc(func() { close(o.stdio) })
	if err != nil {
		end()
		return nil, err
	}
	return &stdioStream{stream, end}, nil
}

// stdioStream calls end when the stream has ended.
type stdioStream struct {
	grpc.ClientStream
	end func()
}

func (s *stdioStream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	if err != nil {
		s.end()
	}
	return err
}
