// Package render shows what plugins say as text for people.
package render

import (
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// Style says how text is marked. The zero Style marks nothing.
type Style struct {
	Terminal bool // whether people read along, so that the time is of interest
	Color    bool
}

// StyleOf returns the style for what is written to w. NO_COLOR (https://no-color.org) and a
// dumb terminal rule out colours.
func StyleOf(w io.Writer) Style {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return Style{}
	}
	return Style{Terminal: true, Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (s Style) bold(text string) string { return s.mark("1", text) }

// Dim marks what is not so important.
func (s Style) Dim(text string) string    { return s.mark("2", text) }
func (s Style) red(text string) string    { return s.mark("31", text) }
func (s Style) yellow(text string) string { return s.mark("33", text) }

func (s Style) mark(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Clean escapes what a terminal would obey, but for line ends and tabs.
func Clean(text string) string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(text, "\r\n", "\n") {
		if r == '\n' || r == '\t' || unicode.IsGraphic(r) && r != utf8.RuneError {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
