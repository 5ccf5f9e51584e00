package problem

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is how many characters of a value are shown: enough for the URL of a release
// asset, too few for a schema.
const maxShown = 160

// Nothing stands for a value that is missing or empty.
const Nothing = "nothing"

// Quote shows a text in quotes, shortened, or Nothing for an empty one.
func Quote(s string) string {
	if s == "" {
		return Nothing
	}
	if n := utf8.RuneCountInString(s); n > maxShown {
		return fmt.Sprintf("%s (%d characters)", strconv.Quote(shorten(s)), n)
	}
	return strconv.Quote(s)
}

// Value shows a value as JSON, shortened. The quotes of JSON tell the string "5" from the
// number 5. A value that JSON cannot hold, such as a YAML mapping with a key that is not a
// string, is shown as Go shows it.
func Value(v any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // < is common in patterns
	if encoder.Encode(v) != nil {
		return Line(fmt.Sprint(v))
	}
	return Line(strings.TrimSuffix(text.String(), "\n"))
}

// Line shows a text without quotes, escaped, shortened and on one line.
func Line(s string) string { return oneLine(shorten(s)) }

// Label is Line for a name that is part of a longer text: quoted if it is empty or holds
// a space, so that it is seen where it ends.
func Label(s string) string {
	if s == "" || strings.ContainsFunc(s, unicode.IsSpace) {
		return strconv.Quote(shorten(s))
	}
	return Line(s)
}

// Escape returns a text that is safe to print: what a terminal would obey is written as
// an escape sequence of Go, apart from line ends and tabs.
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
	return b.String()
}

// oneLine is Escape without line ends and tabs.
func oneLine(text string) string {
	return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(Escape(text))
}

// shorten cuts a text after maxShown characters.
func shorten(s string) string {
	n := 0
	for i := range s {
		if n == maxShown {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// Count says how many of a thing there are: "1 plugin", "2 plugins".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
