package index

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"botkube-plugins/internal/problem"

	"sigs.k8s.io/yaml"
)

// Encode writes an index in the order of Sorted, so that the same entries in any order give the
// same bytes. It omits optional fields that are not set. It neither modifies nor validates the
// index.
//
// Decode reads back exactly what Encode writes. If that is impossible for an entry, the error names
// the entry: it has text that is not UTF-8, a dependency named <<, or a dependency whose name is
// too long for a YAML key.
func Encode(ix Index) ([]byte, error) {
	sorted := ix.Sorted()
	out, err := write(sorted)
	if err == nil {
		return out, nil
	}
	for _, entry := range sorted.Entries {
		if _, err := write(Index{Entries: []Entry{entry}}); err != nil {
			return nil, fmt.Errorf("%s %s: %w", entry.Label(), problem.Label(entry.Version), err)
		}
	}
	return nil, err
}

var errLossy = errors.New("holds text that YAML cannot represent: text that is not UTF-8, or a dependency whose name is << or very long")

// write returns an error unless Decode reads back the same index.
func write(sorted Index) ([]byte, error) {
	text, err := json.Marshal(sorted)
	if err != nil {
		return nil, err
	}
	out, err := yaml.JSONToYAML(escapeForYAML(text))
	if err != nil {
		return nil, errLossy
	}
	back, err := Decode(out)
	if _, ok := errors.AsType[*LimitError](err); ok {
		return nil, err
	}
	if err != nil || !reflect.DeepEqual(back, sorted) {
		return nil, errLossy
	}
	return out, nil
}

// escapeForYAML escapes the characters that JSON allows in a string but YAML does not allow in a
// file. In JSON they occur only in strings, where the escape sequence means the same.
func escapeForYAML(text []byte) []byte {
	var out bytes.Buffer
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r >= 0x7f && r <= 0x9f, r == 0xfeff, r == 0xfffe, r == 0xffff:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.Write(text[:size])
		}
		text = text[size:]
	}
	return out.Bytes()
}
