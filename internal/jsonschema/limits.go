package jsonschema

import (
	"fmt"
	"strings"

	"botkube-plugins/internal/problem"
)

// These limits bound the memory that the library needs: at each level for its stack, and for each
// value for the errors that it collects before it returns.
const (
	maxText       = 1 << 20 // bytes
	maxSeparators = 50_000
	maxDepth      = 100
	maxPattern    = 1 << 16 // bytes
)

// checkSize checks the limits that need no parser.
func checkSize(text string) *problem.Problem {
	if len(text) > maxText {
		return limitProblem(fmt.Sprintf("a schema of %d bytes", len(text)), fmt.Sprintf("at most %d", maxText))
	}
	// Each begins a value or a name, except inside a string.
	n := 0
	for _, c := range []string{",", ":", "[", "{"} {
		n += strings.Count(text, c)
	}
	if n > maxSeparators {
		return limitProblem(fmt.Sprintf("a schema with about %d values", n), fmt.Sprintf("at most %d", maxSeparators))
	}
	return nil
}

func limitProblem(found, want string) *problem.Problem {
	return &problem.Problem{
		Found: found, Want: want, Hint: "this is a limit of the check, not of Botkube; publish a large schema at a URL and use refURL",
	}
}

// depth returns how many lists and objects are nested in a value.
func depth(value any) int {
	deepest := 0
	switch value := value.(type) {
	case map[string]any:
		for _, v := range value {
			deepest = max(deepest, depth(v))
		}
	case []any:
		for _, v := range value {
			deepest = max(deepest, depth(v))
		}
	default:
		return 0
	}
	return 1 + deepest
}
