package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"botkube-plugins/internal/problem"

	yamlv2 "go.yaml.in/yaml/v2"
)

// Encode writes an index in the order of Sorted, so that the same entries in any order give the
// same bytes. It omits optional fields that are not set. It neither modifies nor validates the
// index.
//
// Decode reads back exactly what Encode writes. If that is impossible for an entry, the error names
// the entry: it has text that is not UTF-8, or a dependency named <<.
func Encode(ix Index) ([]byte, error) {
	sorted := ix.Sorted()
	if len(sorted.Entries) == 0 {
		return []byte(head + " []\n"), nil
	}
	texts := make([][]byte, len(sorted.Entries))
	errs := make([]error, len(sorted.Entries))
	eachSideBySide(len(texts), len(texts), func(int) int { return 0 }, func(i, _ int) bool {
		texts[i], errs[i] = write(sorted.Entries[i])
		return errs[i] == nil
	})
	size := len(head) + 1
	for i, entry := range sorted.Entries {
		if errs[i] != nil {
			return nil, fmt.Errorf("%s %s: %w", entry.Label(), problem.Label(entry.Version), errs[i])
		}
		size += len(texts[i])
	}
	out := append(make([]byte, 0, size), head+"\n"...)
	for i := range texts {
		out = append(out, texts[i]...)
		texts[i] = nil
	}
	if len(out) > MaxSize {
		return nil, TooLarge()
	}
	return out, nil
}

// head begins an index.
const head = "entries:"

var errLossy = errors.New("holds text that YAML cannot represent: text that is not UTF-8, or a dependency named <<")

// write writes an entry as an item of the list. It returns an error unless Decode reads back the same
// entry.
func write(entry Entry) ([]byte, error) {
	out, err := yamlv2.Marshal(tree(reflect.ValueOf(Index{Entries: []Entry{entry}})))
	if err != nil {
		return nil, errLossy
	}
	if err := checkText(out); err != nil {
		return nil, err
	}
	back, err := parse(context.Background(), bytes.NewReader(out), len(out))
	if _, ok := errors.AsType[*LimitError](err); ok {
		return nil, err
	}
	if err != nil || len(back.Entries) != 1 || !reflect.DeepEqual(back.Entries[0], entry) {
		return nil, errLossy
	}
	return out[len(head)+1:], nil
}

// tree returns a value with maps in place of structs, since yamlv2 sorts only the keys of maps. Text
// that is not UTF-8 changes.
func tree(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Struct:
		fields := map[string]any{}
		for field, value := range v.Fields() {
			name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			if options == "" || !value.IsZero() {
				fields[name] = tree(value)
			}
		}
		return fields
	case reflect.Map:
		values := map[string]any{}
		for key, value := range v.Seq2() {
			values[key.String()] = tree(value)
		}
		return values
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		values := []any{}
		for _, value := range v.Seq2() {
			values = append(values, tree(value))
		}
		return values
	case reflect.String:
		return strings.ToValidUTF8(v.String(), "\ufffd")
	}
	return v.Interface()
}
