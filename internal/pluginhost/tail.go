//go:build unix

package pluginhost

import (
	"bytes"
	"slices"
	"strings"
	"sync"
)

const (
	tailBytes = 4096
	tailLines = 15
)

// tail is a writer that keeps only the end of its input, in constant memory.
type tail struct {
	mu    sync.Mutex
	buf   []byte
	cut   bool   // whether buf may start in the middle of a line
	panic string // the first line of a stack trace, in case buf no longer holds it
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// go-plugin writes line by line.
	if bytes.HasPrefix(p, []byte("panic: ")) || bytes.HasPrefix(p, []byte("fatal error: ")) {
		t.panic = strings.TrimSpace(string(p[:min(len(p), 500)]))
	}
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - tailBytes; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
		t.cut = true
	}
	return len(p), nil
}

// lines returns the last lines, without blank lines and without the line that go-plugin's server
// writes when it starts.
func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := t.buf
	if t.cut {
		if _, rest, ok := bytes.Cut(text, []byte("\n")); ok && len(bytes.TrimSpace(rest)) > 0 {
			text = rest
		}
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n\t ")
		if line == "" || strings.HasPrefix(line, `{"@level":"debug"`) || strings.HasPrefix(line, `{"@level":"trace"`) {
			continue
		}
		lines = append(lines, line)
	}
	lines = lines[max(0, len(lines)-tailLines):]
	if t.panic != "" && !slices.Contains(lines, t.panic) {
		lines = append([]string{t.panic}, lines...)
	}
	return lines
}
