package index

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

// Encode writes an index in the order of Sorted: the same entries give the same
// bytes, in whatever order they come. Optional fields that are not set are left
// out. The index is not modified and not validated.
//
// What Encode writes, Decode reads back unchanged. An entry of which that is not
// possible is an error that names it: one with text that is not UTF-8, or with a
// dependency named <<, or with a name of a dependency that is too long for a key.
func Encode(ix Index) ([]byte, error) {
	sorted := ix.Sorted()
	out, err := write(sorted)
	if err == nil {
		return out, nil
	}
	for _, entry := range sorted.Entries {
		if _, err := write(Index{Entries: []Entry{entry}}); err != nil {
			return nil, fmt.Errorf("%s/%s %s: %w", label(string(entry.Type)), label(entry.Name), label(entry.Version), err)
		}
	}
	return nil, err
}

var errLossy = errors.New("holds text that YAML cannot carry: text that is not UTF-8, or a dependency whose name is << or very long")

// write fails unless Decode gives back what was written.
func write(sorted Index) ([]byte, error) {
	text, err := json.Marshal(sorted)
	if err != nil {
		return nil, err
	}
	out, err := yaml.JSONToYAML(escapeForYAML(text))
	if err != nil {
		return nil, errLossy
	}
	if back, err := Decode(out); err != nil || !reflect.DeepEqual(back, sorted) {
		return nil, errLossy
	}
	return out, nil
}

// escapeForYAML rewrites the characters that JSON allows in a string but YAML
// does not allow in a file. In JSON they can only stand inside a string, so an
// escape sequence means the same.
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
