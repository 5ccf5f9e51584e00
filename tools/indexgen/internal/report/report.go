// Package report holds what the commands tell about artifacts and plugins: the problems
// that make them not installable.
package report

import (
	"fmt"
	"strings"

	"botkube-plugins/index"
)

// Problem is one reason why Botkube could not install what was looked at.
type Problem struct {
	// Where names the file or plugin, and the field if there is one.
	Where string `json:"where"`
	// Found and Want say what is there and what should be.
	Found string `json:"found"`
	Want  string `json:"want"`
	// Hint says what to do about it, where Want does not.
	Hint string `json:"hint,omitempty"`
	// Stderr holds the last lines that a plugin wrote to its stderr.
	Stderr []string `json:"stderr,omitempty"`
}

// String renders the problem for people: the problem on one line, then the hint and the
// plugin's stderr on lines of their own.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: found %s, want %s", p.Where, p.Found, p.Want)
	if p.Hint != "" {
		fmt.Fprintf(&b, "\n  hint: %s", p.Hint)
	}
	if len(p.Stderr) > 0 {
		b.WriteString("\n  the plugin's last lines on stderr:")
		for _, line := range p.Stderr {
			fmt.Fprintf(&b, "\n    | %s", line)
		}
	}
	return b.String()
}

// Count says how many of a thing there are: "1 plugin", "2 plugins".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// FromIndex makes a problem of the index one of the plugin that caused it.
func FromIndex(p index.Problem) Problem {
	where := p.Field
	if p.Entry >= 0 {
		where = fmt.Sprintf("%s/%s: %s", p.Type, p.Name, p.Field)
	}
	return Problem{Where: where, Found: p.Found, Want: p.Want}
}
