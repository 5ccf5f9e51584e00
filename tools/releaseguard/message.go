package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// failure is an error in plain English.
type failure struct {
	text  string
	hint  string // what to do about it, or empty
	cause error  // or nil
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.cause }

// maxPrinted is how many characters of a text are printed.
const maxPrinted = 500

// command matches what GitHub Actions takes for a command: "::" at the beginning of a line, and
// "##[" anywhere.
var command = regexp.MustCompile(`^[\s\p{Z}]*::|##\[`)

// printable returns a text that is safe to print on one line of a terminal and in the log of GitHub
// Actions: shortened, and with everything but visible characters and spaces, and the first
// character of a command, written as an escape sequence of Go.
func printable(text string) string {
	var b strings.Builder
	printed := 0
	for _, r := range text {
		if printed == maxPrinted {
			b.WriteString("…")
			break
		}
		printed++
		if strconv.IsGraphic(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return command.ReplaceAllStringFunc(b.String(), func(found string) string {
		space := strings.TrimRight(found, ":#[")
		return space + fmt.Sprintf(`\x%x`, found[len(space)]) + found[len(space)+1:]
	})
}
