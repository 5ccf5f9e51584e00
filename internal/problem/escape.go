package problem

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// maxShown is how many characters of a value are shown. The URL of a release asset fits, a schema
// does not.
const maxShown = 160

// maxLine is how many characters of a message are shown.
const maxLine = 4000

// Nothing stands for a value that is missing or empty.
const Nothing = "nothing"

// Quote returns a text in quotes, shortened, or Nothing for an empty text. It hides the user and
// password of a URL.
func Quote(s string) string {
	if s == "" {
		return Nothing
	}
	if n := utf8.RuneCountInString(s); n > maxShown {
		return fmt.Sprintf("%s (%d characters)", strconv.Quote(shorten(s)), n)
	}
	return strconv.Quote(redact(s))
}

// Value returns a value as JSON, shortened. JSON distinguishes the string "5" from the number 5. A
// value that JSON cannot represent, such as a YAML mapping with a key that is not a string, is
// formatted with %v.
func Value(v any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // < is common in patterns
	if encoder.Encode(v) != nil {
		return Line(fmt.Sprint(v))
	}
	return Line(strings.TrimSuffix(text.String(), "\n"))
}

// Line returns a text without quotes, escaped, shortened and on one line.
func Line(s string) string { return OneLine(shorten(s)) }

// Label is Line for a name in a longer text. It quotes a name that is empty or contains a space.
func Label(s string) string {
	if s == "" || strings.ContainsFunc(s, unicode.IsSpace) {
		return strconv.Quote(shorten(s))
	}
	return Line(s)
}

// command matches what GitHub Actions takes for a command (ActionCommand.cs of its runner): "::" at
// the beginning of a line, and "##[" anywhere.
var command = regexp.MustCompile(`(?m)^[\s\p{Z}]*::|##\[`)

// HasCommand reports whether GitHub Actions would take a part of a text for a command.
func HasCommand(text string) bool { return command.MatchString(text) }

// Escape returns a text that is safe to print on a terminal and in the log of GitHub Actions:
// control and format characters, except line ends and tabs, become Go escape sequences, and so does
// the first character of a command of GitHub Actions.
func Escape(text string) string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(text, "\r\n", "\n") {
		if r == '\n' || r == '\t' || unicode.IsGraphic(r) && r != utf8.RuneError {
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

// EscapeJSON returns JSON with the same meaning that is safe to print: control and format
// characters in strings, and the commands of GitHub Actions, become escape sequences of JSON.
func EscapeJSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\n' || unicode.IsGraphic(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return strings.ReplaceAll(b.String(), "##[", `\u0023#[`)
}

// userInfo matches the user and password in a URL. After a colon, everything up to the last @ may be a
// password, since people forget to escape a slash in it.
var userInfo = regexp.MustCompile(`://(?:[^/\s]*:\S*|[^/\s]*)@`)

// invalidPort matches the error in which net/url shows the part of a password before a slash.
var invalidPort = regexp.MustCompile(`invalid port \\*".*?" after host`)

// redact hides the users and passwords of the URLs in a text.
func redact(text string) string {
	return invalidPort.ReplaceAllString(userInfo.ReplaceAllString(text, "://***@"), "invalid port after host")
}

// OneLine is Escape for a text that must stay on one line: line ends and tabs are escaped, too. It
// hides the user and password of a URL, and cuts a text that is longer than maxLine.
func OneLine(text string) string {
	text = cut(redact(text), maxLine)
	return lineEnds.Replace(Escape(text))
}

var lineEnds = strings.NewReplacer("\n", `\n`, "\t", `\t`)

// shorten cuts a text after maxShown characters, and hides the user and password of a URL.
func shorten(s string) string { return cut(redact(s), maxShown) }

// cut cuts a text after a number of characters.
func cut(s string, characters int) string {
	n := 0
	for i := range s {
		if n == characters {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// Count returns a number with its noun: "1 plugin", "2 plugins".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
