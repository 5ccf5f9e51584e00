// Package render shows the messages and log lines of plugins as text for people.
package render

import (
	"io"
	"os"

	"botkube-plugins/internal/cli"
)

// Style defines how text is marked. The zero Style marks nothing.
type Style struct {
	Terminal bool // whether the output is a terminal; the time is then shown
	Color    bool
}

// StyleOf returns the style for output to w. NO_COLOR (https://no-color.org) and a dumb terminal
// turn off colors.
func StyleOf(w io.Writer) Style {
	if !cli.IsTerminal(w) {
		return Style{}
	}
	return Style{Terminal: true, Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (s Style) bold(text string) string { return s.mark("1", text) }

// Dim marks what is less important.
func (s Style) Dim(text string) string    { return s.mark("2", text) }
func (s Style) red(text string) string    { return s.mark("31", text) }
func (s Style) yellow(text string) string { return s.mark("33", text) }

func (s Style) mark(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
