package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/tools/plugrun/internal/config"
	"botkube-plugins/tools/plugrun/internal/render"
)

// screen is where everything is printed, by one goroutine at a time.
type screen struct {
	mu                 sync.Mutex
	out, err           io.Writer
	outStyle, errStyle render.Style
	edited             io.Writer // prints above the line that is being edited, if there is one
}

func newScreen(out, errs io.Writer) *screen {
	return &screen{out: out, err: errs, outStyle: render.StyleOf(out), errStyle: render.StyleOf(errs)}
}

// setEdited says how to print above the line that is being edited from now on, or nil when
// none is any more.
func (s *screen) setEdited(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edited = w
}

func (s *screen) stderr(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.err
	if s.edited != nil {
		w = s.edited
	}
	fmt.Fprint(w, text)
}

// note prints a line on stderr.
func (s *screen) note(format string, args ...any) {
	s.stderr(fmt.Sprintf(format, args...) + "\n")
}

// log prints a line of the plugin.
func (s *screen) log(line pluginhost.Line) {
	if text := render.Line(line, s.errStyle); text != "" {
		s.stderr(text + "\n")
	}
}

// message prints a message as text. A label tells apart what has several origins.
func (s *screen) message(label string, m pluginhost.Message) error {
	var before []string
	if s.outStyle.Terminal {
		before = append(before, s.outStyle.Dim(time.Now().Format(time.TimeOnly)))
	}
	if label != "" {
		before = append(before, s.outStyle.Dim("["+label+"]"))
	}
	text := render.Message(m, s.outStyle)
	separator := " "
	if strings.Contains(text, "\n") {
		separator = "\n"
		text += "\n" // an empty line, to show where it ends
	}
	if len(before) > 0 {
		text = strings.Join(before, " ") + separator + text
	}
	return s.stdout([]byte(text + "\n"))
}

// json prints JSON as one line.
func (s *screen) json(raw []byte) error {
	var line bytes.Buffer
	if err := json.Compact(&line, raw); err != nil {
		return err
	}
	line.WriteByte('\n')
	return s.stdout(line.Bytes())
}

func (s *screen) stdout(text []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.out.Write(text)
	return err
}

// problemsError ends a run because of problems in what is given to the plugin.
type problemsError struct {
	what     string
	problems []config.Problem
}

func (e *problemsError) Error() string {
	if n := len(e.problems); n > 1 {
		return fmt.Sprintf("%d problems in the %s", n, e.what)
	}
	return "1 problem in the " + e.what
}

// hintError is an error with a hint, for lines of its own.
type hintError struct {
	error
	hint string
}

func (e *hintError) Unwrap() error { return e.error }

// report prints an error and all that is known about it.
func (s *screen) report(err error) {
	var b strings.Builder
	if wrong := new(problemsError); errors.As(err, &wrong) {
		for _, p := range wrong.problems {
			fmt.Fprintln(&b, p)
		}
	}
	fmt.Fprintf(&b, "error: %s\n", render.Clean(err.Error()))
	if fault := new(pluginhost.Error); errors.As(err, &fault) && len(fault.Stderr) > 0 {
		b.WriteString("  the plugin's last lines on stderr:\n")
		for _, line := range fault.Stderr {
			fmt.Fprintf(&b, "    | %s\n", render.Clean(line))
		}
	}
	if hinted := new(hintError); errors.As(err, &hinted) {
		for line := range strings.SplitSeq(hinted.hint, "\n") {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	s.stderr(b.String())
}
