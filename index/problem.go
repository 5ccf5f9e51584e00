package index

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is one reason why Botkube would reject an index, or would accept it
// and then fail to install or to start a plugin.
type Problem struct {
	// Entry is the position in Index.Entries, from 0. It is -1 for a problem of
	// the index itself.
	Entry int    `json:"entry"`
	Type  Type   `json:"type,omitempty"`
	Name  string `json:"name,omitempty"`
	// Field is the path of the field in the entry, such as "urls[1].checksum".
	// A place inside a JSON Schema follows as a JSON pointer:
	// "jsonSchema.value#/properties/interval".
	Field string `json:"field"`
	// Found says what is there, quoted and shortened, or "nothing".
	Found string `json:"found"`
	// Want says what should be there.
	Want string `json:"want"`
}

// String returns the problem as one printable line, such as
//
//	entries[0] source/ticker: version: found "dev", want a version such as v1.2.3
func (p Problem) String() string {
	return fmt.Sprintf("%s: %s: found %s, want %s", p.where(), p.Field, p.Found, p.Want)
}

func (p Problem) where() string {
	switch {
	case p.Entry < 0:
		return "index"
	case p.Type == "" && p.Name == "":
		return fmt.Sprintf("entries[%d]", p.Entry)
	default:
		return fmt.Sprintf("entries[%d] %s/%s", p.Entry, label(string(p.Type)), label(p.Name))
	}
}

// Problems are the problems of one index, in the order of its entries.
type Problems []Problem

// Err returns nil if there are no problems, and otherwise an error that is the
// Problems, so that errors.As gets them back.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// Error returns one line for each problem. To ask whether there are any, use
// Err: an empty list is not an error.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

const (
	nothing = "nothing"
	// maxFound is how many characters of a found value are shown: enough for
	// the URL of a release asset, too few for a schema.
	maxFound = 160
)

// quote shows a found value on one line, without control characters that a
// terminal would obey.
func quote(s string) string {
	if s == "" {
		return nothing
	}
	n := utf8.RuneCountInString(s)
	if n <= maxFound {
		return strconv.Quote(s)
	}
	return fmt.Sprintf("%s (%d characters)", strconv.Quote(shorten(s)), n)
}

// quoteCounted is quote for values whose length is part of the rule.
func quoteCounted(s string) string {
	n := utf8.RuneCountInString(s)
	if n == 0 || n > maxFound {
		return quote(s)
	}
	if n == 1 {
		return strconv.Quote(s) + " (1 character)"
	}
	return fmt.Sprintf("%s (%d characters)", strconv.Quote(s), n)
}

func shorten(s string) string {
	n := 0
	for i := range s {
		if n == maxFound {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// label shows a type or a name bare where that is safe to print.
func label(s string) string {
	if s == "" {
		return "?"
	}
	for _, r := range s {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == utf8.RuneError {
			return strconv.Quote(shorten(s))
		}
	}
	return shorten(s)
}

// printable shortens a text and escapes what a terminal would obey.
func printable(s string) string {
	var out strings.Builder
	for _, r := range shorten(s) {
		if unicode.IsPrint(r) && r != utf8.RuneError {
			out.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		out.WriteString(quoted[1 : len(quoted)-1])
	}
	return out.String()
}
