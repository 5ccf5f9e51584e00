//go:build unix

package run

import (
	"strings"
	"sync"
	"time"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/plugin/internal/chat"
	"botkube-plugins/tools/plugin/internal/render"
)

// screen prints everything.
type screen struct {
	*cli.Screen
	outStyle, errStyle cli.Style
	warnings           warnings
}

func newScreen(s *cli.Screen) *screen {
	return &screen{Screen: s, outStyle: cli.StyleOf(s.Out), errStyle: cli.StyleOf(s.Err), warnings: warnings{printed: map[string]bool{}}}
}

// warnings remembers what was printed.
type warnings struct {
	mu      sync.Mutex
	printed map[string]bool
}

// check warns of what Slack does not show of a message as the plugin wants. It prints each warning
// once, and at most problem.MaxKept.
func (s *screen) check(m pluginhost.Message) {
	w := &s.warnings
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range chat.Check(m) {
		if text := p.String(); len(w.printed) < problem.MaxKept && !w.printed[text] {
			w.printed[text] = true
			s.Warn(p)
		}
	}
}

// log prints a line of the plugin.
func (s *screen) log(line pluginhost.Line) {
	if text := render.Line(line, s.errStyle); text != "" {
		s.Styled(text)
	}
}

// message prints a message as text. A label distinguishes several sources.
func (s *screen) message(label string, m *chat.Message) error {
	return s.Result([]byte(s.format(label, m)))
}

func (s *screen) format(label string, m *chat.Message) string {
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
		text += "\n" // an empty line marks its end
	}
	if len(before) > 0 {
		text = strings.Join(before, " ") + separator + text
	}
	return text + "\n"
}
