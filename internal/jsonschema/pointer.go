package jsonschema

import (
	"strconv"
	"strings"

	"botkube-plugins/internal/problem"
)

// pointer writes tokens as a JSON pointer (RFC 6901).
func pointer(tokens ...string) string {
	var out strings.Builder
	for _, token := range tokens {
		out.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token))
	}
	return out.String()
}

// splitPointer reads a JSON pointer without its first slash, as pointer writes it.
func splitPointer(path string) []string {
	tokens := strings.Split(path, "/")
	for i, token := range tokens {
		tokens[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
	}
	return tokens
}

// lookUp follows the tokens of a JSON pointer.
func lookUp(value any, tokens []string) (any, bool) {
	for _, token := range tokens {
		switch node := value.(type) {
		case map[string]any:
			child, ok := node[token]
			if !ok {
				return nil, false
			}
			value = child
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(node) {
				return nil, false
			}
			value = node[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// fragment writes a pointer as the field of a problem. The schema itself has none.
func fragment(pointer string) string {
	if pointer == "" {
		return ""
	}
	return "#" + problem.Line(pointer)
}
