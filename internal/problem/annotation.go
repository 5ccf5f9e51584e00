package problem

import (
	"fmt"
	"strings"
)

// Level is how serious an annotation is.
type Level string

// The levels of annotations.
const (
	LevelError   Level = "error"
	LevelWarning Level = "warning"
)

// Annotation returns the problem as a command of GitHub Actions that shows it at its line of a file. A
// problem without a line, or with an empty file, is shown without a place.
func (p Problem) Annotation(level Level, file string) string {
	if p.Line == 0 || file == "" {
		return Annotation(level, p.String())
	}
	place := " file=" + property(file) + fmt.Sprintf(",line=%d", p.Line)
	if p.Column > 0 {
		place += fmt.Sprintf(",col=%d", p.Column)
	}
	return annotation(level, place, p.String())
}

// Annotation returns a text that is safe to print as a command of GitHub Actions that shows it.
func Annotation(level Level, text string) string { return annotation(level, "", text) }

func annotation(level Level, properties, text string) string {
	return "::" + string(level) + properties + "::" + message.Replace(text)
}

// message escapes the text of a command, as the runner of GitHub Actions reads it.
var message = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")

// property escapes the value of a property of a command.
func property(value string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(message.Replace(OneLine(value)))
}
