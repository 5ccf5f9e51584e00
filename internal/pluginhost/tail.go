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

// tail is a writer that keeps the end of what is written to it, in constant memory.
type tail struct {
	mu    sync.Mutex
	buf   []byte
	cut   bool   // whether the start of buf may be in the middle of a line
	panic string // the line that a stack trace, longer than what is kept, began with
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

// lines returns the last lines that were written, without blank ones and without what
// go-plugin's server says of itself when it starts.
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
