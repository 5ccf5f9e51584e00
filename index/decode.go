package index

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
)

// Decode reads an index as Botkube 1.14.0 does: unknown keys are ignored, keys
// are matched by case, a key that occurs twice is an error, a value without
// quotes is taken as it is written (version: 1.10 is "1.10"), and of several
// YAML documents only the first is read. It does not judge what it reads; that
// is Validate's part.
//
// Unlike Botkube, it refuses an input whose top is not a mapping, so that an
// empty file is not mistaken for an index without plugins. An error names the
// line where there is one; a hint follows on a line of its own.
//
// The library is the maintained continuation of the one that Botkube reads with
// (newStoreRepositories in its pkg/plugin/store.go). Readers that go through
// JSON, such as sigs.k8s.io/yaml, come to other results on all of these points.
func Decode(data []byte) (Index, error) {
	var document yamlv3.Node
	if err := yamlv3.Unmarshal(data, &document); err != nil {
		return Index{}, decodeError(data, err)
	}
	if err := checkTop(document); err != nil {
		return Index{}, withHint(data, err)
	}
	var ix Index
	if err := document.Decode(&ix); err != nil {
		return Index{}, decodeError(data, err)
	}
	return ix, nil
}

func checkTop(document yamlv3.Node) error {
	if len(document.Content) == 0 {
		return errors.New("found nothing, want a YAML mapping with the key entries")
	}
	top := document.Content[0]
	found := ""
	switch {
	case top.Kind == yamlv3.MappingNode:
		return nil
	case top.Kind == yamlv3.SequenceNode:
		found = "a list"
	case top.ShortTag() == "!!null":
		found = "null"
	default:
		found = "the text " + quote(top.Value)
	}
	return fmt.Errorf("line %d: found %s, want a YAML mapping with the key entries", top.Line, found)
}

// decodeError takes the library's name out of its messages, which already say
// the line, and puts several of them on a line each.
func decodeError(data []byte, err error) error {
	if mistakes, ok := errors.AsType[*yamlv3.TypeError](err); ok {
		return withHint(data, errors.New(strings.Join(mistakes.Errors, "\n")))
	}
	return withHint(data, errors.New(strings.TrimPrefix(err.Error(), "yaml: ")))
}

func withHint(data []byte, err error) error {
	if hint := hintFor(data); hint != "" {
		return fmt.Errorf("%w\nhint: %s", err, hint)
	}
	return err
}

// hintFor guesses what was fetched in place of an index.
func hintFor(data []byte) string {
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	switch {
	case len(text) == 0:
		return "the file is empty: was the download or the generator cut short?"
	case bytes.HasPrefix(text, []byte("<")):
		return "this looks like an HTML or XML page: is the URL that of the raw file, and public?"
	case bytes.HasPrefix(text, []byte("\x1f\x8b")), bytes.HasPrefix(text, []byte("PK\x03\x04")):
		return "this looks like an archive: the index is served as plain YAML"
	default:
		return ""
	}
}
