package problem

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is how many characters of a value are shown. The URL of a release asset fits, a schema
// does not.
const maxShown = 160

// Nothing stands for a value that is missing or empty.
const Nothing = "nothing"

// Quote returns a text in quotes, shortened, or Nothing for an empty text.
func Quote(s string) string {
	if s == "" {
		return Nothing
	}
	if n := utf8.RuneCountInString(s); n > maxShown {
		return fmt.Sprintf("%s (%d characters)", strconv.Quote(shorten(s)), n)
	}
	return strconv.Quote(s)
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
func Line(s string) string { return oneLine(shorten(s)) }

// Label is Line for a name in a longer text. It quotes a name that is empty or contains a space.
func Label(s string) string {
	if s == "" || strings.ContainsFunc(s, unicode.IsSpace) {
		return strconv.Quote(shorten(s))
	}
	return Line(s)
}

// Escape returns a text that is safe to print: control characters, except line ends and tabs,
// become Go escape sequences.
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

// Count returns a number with its noun: "1 plugin", "2 plugins".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
