package cli

import (
	"io"
	"os"
)

// Style defines how text is marked. The zero Style marks nothing.
type Style struct {
	Terminal bool // whether the output is a terminal
	Color    bool
}

// StyleOf returns the style for output to w. NO_COLOR (https://no-color.org) and a dumb terminal
// turn off colors.
func StyleOf(w io.Writer) Style {
	if !IsTerminal(w) {
		return Style{}
	}
	return Style{Terminal: true, Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// Bold marks what is important.
func (s Style) Bold(text string) string { return s.mark("1", text) }

// Dim marks what is less important.
func (s Style) Dim(text string) string { return s.mark("2", text) }

// Red marks what is wrong.
func (s Style) Red(text string) string { return s.mark("31", text) }

// Green marks what is right.
func (s Style) Green(text string) string { return s.mark("32", text) }

// Yellow marks what needs attention.
func (s Style) Yellow(text string) string { return s.mark("33", text) }

func (s Style) mark(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
