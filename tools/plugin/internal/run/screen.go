//go:build unix

package run

import (
	"strings"
	"time"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/tools/plugin/internal/render"
)

// screen prints everything.
type screen struct {
	*cli.Screen
	outStyle, errStyle cli.Style
}

func newScreen(s *cli.Screen) *screen {
	return &screen{Screen: s, outStyle: cli.StyleOf(s.Out), errStyle: cli.StyleOf(s.Err)}
}

// log prints a line of the plugin.
func (s *screen) log(line pluginhost.Line) {
	if text := render.Line(line, s.errStyle); text != "" {
		s.Styled(text)
	}
}

// message prints a message as text. A label distinguishes several sources.
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
		text += "\n" // an empty line marks its end
	}
	if len(before) > 0 {
		text = strings.Join(before, " ") + separator + text
	}
	return s.Result([]byte(text + "\n"))
}
