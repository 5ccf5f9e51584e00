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
	message *chat.Message
	text    string // of the message
	line    string
	prints  int // how often something was printed up to it
}

// typed notes that the user has typed a line at the end of the screen.
func (s *screen) typed(line string) {
	if s.Prints() != s.end.prints {
		s.end = end{prints: s.Prints()}
	}
	s.end.line = line + "\n"
}

// retype prints a line in the place of the one that the user has typed.
func (s *screen) retype(line string) error {
	line += "\n"
	done, err := s.rewrite(s.end.line, line)
	if !done && err == nil {
		s.end = end{}
		err = s.Result([]byte(line))
	}
	s.end.line, s.end.prints = line, s.Prints()
	return err
}

// replace prints a message in the place of an old one, if that is at the end of the screen, with
// the line after it above the message. Otherwise it prints the message at the end.
func (s *screen) replace(old, m *chat.Message) error {
	if s.end.message == old {
		text := s.format("", m)
		done, err := s.rewrite(s.end.text+s.end.line, s.end.line+text)
		if done || err != nil {
			s.end = end{m, text, "", s.Prints()}
			return err
		}
	}
	return s.message("", m)
}

// rewrite prints text in the place of what is at the end of the terminal. It returns false and
// prints nothing if that is not there anymore: something else was printed, or its beginning has
// scrolled away.
func (s *screen) rewrite(old, text string) (bool, error) {
	file, ok := s.Out.(*os.File)
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
	return s.ResultAfter(s.end.prints, fmt.Appendf(nil, "\x1b[%dA\x1b[J%s", rows, text))
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
