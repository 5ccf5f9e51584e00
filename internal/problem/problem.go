// Package problem describes what is wrong: what was found at a place, what is wanted there, and
// what to do about it.
//
// [Problem] is the only type for this, from the validators to the terminal and to --json.
// Everything in it may come from a plugin, an index or a server: [Problem.String] escapes it, and
// [Quote], [Value] and [Line] limit the length of a value.
package problem

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake at one place. It is an error.
//
// Its JSON form is documented in docs/json.md and is the same in every command.
type Problem struct {
	// Where names the file, plugin ("source/ticker") or artifact that has the problem. It may be
	// empty in an error if the caller adds the place.
	Where string `json:"where"`
	// Line and Column are a position in the file that Where names, or in the index if Where is a
	// plugin in it, from 1, or 0 if they are not known.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Field is the path to the value in Where, such as "entries[0].urls[1].checksum". A
	// place inside a JSON Schema follows as a JSON pointer:
	// "entries[0].jsonSchema.value#/properties/interval".
	Field string `json:"field,omitempty"`
	// Found is what was found: a value, quoted and shortened, or a description of it.
	Found string `json:"found"`
	// Want is what is wanted instead.
	Want string `json:"want"`
	// URL is the URL of the artifact or dependency, if the problem is about one.
	URL string `json:"url,omitempty"`
	// Hint says what to do, if Want does not make it clear.
	Hint string `json:"hint,omitempty"`
	// Stderr holds the last lines that a plugin wrote to its stderr, oldest first.
	Stderr []string `json:"stderr,omitempty"`
}

// Error returns the problem on one line, without its hint, URL and stderr:
//
//	source/ticker: entries[0].version: found "dev", want a version such as v1.2.3
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Where)
	for _, n := range []int{p.Line, p.Column} {
		if n > 0 {
			fmt.Fprintf(&b, ":%d", n)
		}
	}
	for _, part := range []string{p.Field, fmt.Sprintf("found %s, want %s", p.Found, p.Want)} {
		if part != "" && b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(part)
	}
	return OneLine(b.String())
}

// String returns the problem for people: the line of Error, and each detail on a separate line. It
// is safe to print.
func (p Problem) String() string { return p.Error() + p.Details() }

// Details returns the lines of String after the first, each with a line end before it.
func (p Problem) Details() string {
	var b strings.Builder
	if p.URL != "" {
		b.WriteString("\n  url: " + OneLine(p.URL))
	}
	if p.Hint != "" {
		b.WriteString(hintLines(p.Hint))
	}
	if len(p.Stderr) > 0 {
		b.WriteString("\n  the plugin's last lines on stderr:")
		for _, line := range p.Stderr {
			b.WriteString("\n    | " + OneLine(line))
		}
	}
	return b.String()
}

func hintLines(hint string) string {
	return "\n  hint: " + strings.ReplaceAll(Escape(redact(hint)), "\n", "\n        ")
}

// List is a list of problems. A nil List is encoded in JSON as [].
type List []Problem

// Err returns nil if there are no problems, and otherwise the List as an error.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Error returns the String of each problem. An empty List is not an error; use Err.
func (l List) Error() string {
	texts := make([]string, len(l))
	for i, p := range l {
		texts[i] = p.String()
	}
	return strings.Join(texts, "\n")
}

// MarshalJSON encodes the problem. It hides the user and password of a URL, and escapes what a plugin
// has written as String does.
func (p Problem) MarshalJSON() ([]byte, error) {
	type fields Problem
	for _, text := range []*string{&p.Where, &p.Found, &p.Want, &p.URL, &p.Hint} {
		*text = redact(*text)
	}
	p.Stderr = slices.Clone(p.Stderr)
	for i := range p.Stderr {
		p.Stderr[i] = OneLine(p.Stderr[i])
	}
	return json.Marshal(fields(p))
}

// MarshalJSON encodes the problems as a list, even if there are none.
func (l List) MarshalJSON() ([]byte, error) { return json.Marshal(append([]Problem{}, l...)) }

// In returns copies of problems whose Field is relative to a value. where becomes Where, and field,
// the path to the value, is prepended to Field.
func (l List) In(where, field string) List {
	in := slices.Clone(l)
	for i := range in {
		in[i].Where, in[i].Field = where, field+in[i].Field
	}
	return in
}

// MaxKept is how many problems a Limited keeps.
const MaxKept = 100

// Limited is a list of problems of bounded size: it keeps the first MaxKept, and counts the rest.
type Limited struct {
	Kept List
	More int // how many problems are not kept
}

// Limit returns the first MaxKept problems of a list, and the number of the rest.
func Limit(l List) Limited {
	kept := l[:min(len(l), MaxKept):min(len(l), MaxKept)]
	return Limited{kept, len(l) - len(kept)}
}

// Add appends problems.
func (l *Limited) Add(problems ...Problem) {
	n := min(len(problems), MaxKept-len(l.Kept))
	l.Kept = append(l.Kept, problems[:n]...)
	l.More += len(problems) - n
}

// Full reports whether Add keeps no more problems.
func (l *Limited) Full() bool { return len(l.Kept) == MaxKept }

// Total is the number of all problems.
func (l Limited) Total() int { return len(l.Kept) + l.More }

// String returns the String of each problem, and the number of those that are not kept, each with a
// line end.
func (l Limited) String() string { return l.lines(Problem.String) }

// Annotations is String with the Annotation of each problem.
func (l Limited) Annotations(level Level, file string) string {
	return l.lines(func(p Problem) string { return p.Annotation(level, file) })
}

func (l Limited) lines(text func(Problem) string) string {
	var b strings.Builder
	for _, p := range l.Kept {
		b.WriteString(text(p) + "\n")
	}
	if l.More > 0 {
		b.WriteString("and " + Count(l.More, "more problem") + "\n")
	}
	return b.String()
}

// Compare orders the problems of one Where.
func Compare(a, b Problem) int {
	return cmp.Or(
		cmp.Compare(a.Where, b.Where), cmp.Compare(a.Field, b.Field),
		cmp.Compare(a.Found, b.Found), cmp.Compare(a.Want, b.Want),
	)
}

// hinted is an error with a hint.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// WithHint returns err with a hint that says what to do. The hint is not part of the error's text.
// It returns nil for nil.
func WithHint(err error, hint string) error {
	if err == nil || hint == "" {
		return err
	}
	return hinted{err, hint}
}

// Hint returns the hint of an error or of one that it wraps, or "".
func Hint(err error) string {
	if h, ok := errors.AsType[hinted](err); ok {
		return h.hint
	}
	if p, ok := errors.AsType[Problem](err); ok {
		return p.Hint
	}
	return ""
}

// Describe returns an error for people: its text on one line, and the hint, or the details of a
// Problem, below it. It is safe to print.
func Describe(err error) string {
	text := OneLine(err.Error())
	hint := Hint(err)
	if p, ok := errors.AsType[Problem](err); ok {
		p.Hint = cmp.Or(hint, p.Hint)
		return text + p.Details()
	}
	if hint != "" {
		text += hintLines(hint)
	}
	return text
}
