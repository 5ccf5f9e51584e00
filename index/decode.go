package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"botkube-plugins/internal/problem"

	yamlv3 "go.yaml.in/yaml/v3"
)

// Decode reads an index as Botkube 1.14.0 does: unknown keys are ignored, keys
// are case-sensitive, a key that occurs twice is an error, a value without
// quotes is read as it is written (version: 1.10 is "1.10"), and only the first
// of several YAML documents is read. Decode does not validate; see Validate.
//
// Unlike Botkube, it rejects an input that is not a mapping, so that an empty
// file is not mistaken for an index without plugins. An error names the line, if
// it is known, and may have a hint (problem.Hint).
//
// It uses the maintained successor of the YAML library that Botkube uses (newStoreRepositories in
// its pkg/plugin/store.go). Readers that go through JSON, such as sigs.k8s.io/yaml, differ on all
// of these points.
//
// Its time and memory are bounded. It returns a [LimitError] for an index that needs more.
func Decode(data []byte) (Index, error) { return decode(context.Background(), data) }

// decode is Decode, and ends with the context.
func decode(ctx context.Context, data []byte) (Index, error) {
	if err := checkText(data); err != nil {
		return Index{}, err
	}
	var document yamlv3.Node
	err := yamlv3.NewDecoder(contextReader{ctx, bytes.NewReader(data)}).Decode(&document)
	if ctx.Err() != nil {
		return Index{}, context.Cause(ctx)
	}
	if err != nil && !errors.Is(err, io.EOF) { // which is an empty file
		return Index{}, decodeError(data, err)
	}
	if err := checkTop(document); err != nil {
		return Index{}, problem.WithHint(err, hintFor(data))
	}
	if err := checkTree(&document, len(data)); err != nil {
		return Index{}, err
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
		found = "the text " + problem.Quote(top.Value)
	}
	return fmt.Errorf("line %d: found %s, want a YAML mapping with the key entries", top.Line, found)
}

// decodeError removes the library's name from its messages, which already name the
// line, and joins the first of them.
func decodeError(data []byte, err error) error {
	if mistakes, ok := errors.AsType[*yamlv3.TypeError](err); ok {
		text := strings.Join(mistakes.Errors[:min(len(mistakes.Errors), maxErrors)], "; ")
		if more := len(mistakes.Errors) - maxErrors; more > 0 {
			text += "; and " + problem.Count(more, "more mistake")
		}
		return problem.WithHint(errors.New(cut(text)), hintFor(data))
	}
	return problem.WithHint(errors.New(cut(strings.TrimPrefix(err.Error(), "yaml: "))), hintFor(data))
}

// hintFor guesses what data is if it is not an index.
func hintFor(data []byte) string {
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	switch {
	case len(text) == 0:
		return "the file is empty; check that its download or generation was complete"
	case bytes.HasPrefix(text, []byte("<")):
		return "this looks like an HTML or XML page; check that the URL is public and leads to the raw file"
	case bytes.HasPrefix(text, []byte("\x1f\x8b")), bytes.HasPrefix(text, []byte("PK\x03\x04")):
		return "this looks like an archive; an index is plain YAML"
	default:
		return ""
	}
}
