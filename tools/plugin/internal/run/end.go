//go:build unix

package run

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"botkube-plugins/tools/plugin/internal/chat"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// end is what is known to be at the end of the screen: a message, if any, and a line after it.
type end struct {
	screen  *screen
	message *chat.Message
	text    string // of the message
	line    string
	prints  int // how often something was printed up to it
}

// show prints a message at the end.
func (e *end) show(m *chat.Message) error {
	text := e.screen.format("", m)
	err := e.print(text)
	e.message, e.text, e.line = m, text, ""
	return err
}

// typed notes that the user has typed a line at the end.
func (e *end) typed(line string) {
	if prints := e.screen.Prints(); prints != e.prints {
		e.message, e.text, e.prints = nil, "", prints
	}
	e.line = line + "\n"
}

// retype prints a line in the place of the one that the user has typed.
func (e *end) retype(line string) error {
	line += "\n"
	done, err := e.rewrite(e.line, line)
	if !done && err == nil {
		e.message, e.text = nil, ""
		err = e.print(line)
	}
	e.line = line
	return err
}

// replace prints a message in the place of an old one, if that is at the end, with the line after it
// above the message. Otherwise it prints the message at the end.
func (e *end) replace(old, m *chat.Message) error {
	if e.message == old {
		text := e.screen.format("", m)
		if done, err := e.rewrite(e.text+e.line, e.line+text); done || err != nil {
			e.message, e.text, e.line = m, text, ""
			return err
		}
	}
	return e.show(m)
}

// print prints text at the end.
func (e *end) print(text string) error {
	for {
		e.prints = e.screen.Prints()
		if done, err := e.screen.ResultAfter(e.prints, []byte(text)); done || err != nil {
			e.prints++
			return err
		}
	}
}

// rewrite prints text in the place of what is at the end. It returns false and prints nothing if
// that is not there anymore: something else was printed, or its beginning has scrolled away.
func (e *end) rewrite(old, text string) (bool, error) {
	file, ok := e.screen.Out.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false, nil
	}
	width, height, err := term.GetSize(int(file.Fd()))
	if err != nil || width < 1 {
		return false, nil // its size is unknown
	}
	rows := 0
	for line := range strings.Lines(old) {
		rows += max(1, (columns(line)+width-1)/width)
	}
	if rows >= height {
		return false, nil
	}
	done, err := e.screen.ResultAfter(e.prints, fmt.Appendf(nil, "\x1b[%dA\x1b[J%s", rows, text))
	if done {
		e.prints++
	}
	return done, err
}

var marks = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// columns is how many columns of a terminal a line has.
func columns(line string) (n int) {
	for part := range strings.SplitAfterSeq(marks.ReplaceAllString(strings.TrimSuffix(line, "\n"), ""), "\t") {
		n += runewidth.StringWidth(strings.TrimSuffix(part, "\t"))
		if strings.HasSuffix(part, "\t") {
			n += 8 - n%8
		}
	}
	return n
}
