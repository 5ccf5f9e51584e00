package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
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
func Decode(data []byte) (Index, error) {
	d, err := decode(context.Background(), data)
	return d.Index, err
}

// decode is Decode, and ends with the context.
func decode(ctx context.Context, data []byte) (decoded, error) {
	if len(data) > MaxSize {
		return decoded{}, TooLarge()
	}
	d, err := decodeItems(ctx, data)
	dependent, ok := errors.AsType[*dependentError](err)
	if ok {
		d, err = decodeWhole(ctx, data)
	}
	limit, limited := errors.AsType[*LimitError](err)
	switch {
	case ctx.Err() != nil:
		return decoded{}, context.Cause(ctx)
	case err == nil:
		return d, nil
	case limited:
		return decoded{}, problem.WithHint(limit, dependent.Error())
	default:
		text := cut(strings.TrimPrefix(err.Error(), "yaml: "))
		return decoded{}, problem.WithHint(errors.New(text), hintFor(data))
	}
}

// decodeWhole decodes the text at once, which needs much more memory than the text.
func decodeWhole(ctx context.Context, data []byte) (decoded, error) {
	if err := checkText(data); err != nil {
		return decoded{}, err
	}
	p, err := parse(ctx, bytes.NewReader(data), len(data))
	return decoded{Index: p.Index, text: data, ignored: []int{p.ignored()}}, err
}

// parsed is an index with its nodes.
type parsed struct {
	Index
	root    *yamlv3.Node
	aliases bool // whether there are any
}

// ignored counts the keys that Botkube ignores.
func (p parsed) ignored() int {
	n := 0
	if p.root != nil {
		ignoredKeys(p.root, format, nil, func(*yamlv3.Node, *path, *shape) { n++ })
	}
	return n
}

// parse decodes a YAML text of a size. The error is a LimitError, mistakes, or one of the library.
func parse(ctx context.Context, text io.Reader, size int) (p parsed, err error) {
	document, err := parseNodes(ctx, text)
	if err != nil {
		return p, err
	}
	p.root = document.Content[0]
	if p.aliases, err = checkTree(document, size); err != nil {
		return p, err
	}
	err = document.Decode(&p.Index)
	if typed, ok := errors.AsType[*yamlv3.TypeError](err); ok {
		err = &mistakes{slices.Clone(typed.Errors[:min(len(typed.Errors), maxErrors)]), len(typed.Errors)}
	}
	return p, err
}

// parseNodes parses a YAML text whose top is a mapping.
func parseNodes(ctx context.Context, text io.Reader) (*yamlv3.Node, error) {
	var document yamlv3.Node
	err := yamlv3.NewDecoder(contextReader{ctx, text}).Decode(&document)
	if err != nil && !errors.Is(err, io.EOF) { // which is an empty file
		return nil, err
	}
	return &document, checkTop(document)
}

// mistakes are values of wrong types and repeated keys. The YAML around them can be read.
type mistakes struct {
	first []string // at most maxErrors
	total int
}

// add adds mistakes that follow.
func (m *mistakes) add(more *mistakes) {
	m.first = append(m.first, more.first[:min(len(more.first), maxErrors-len(m.first))]...)
	m.total += more.total
}

func (m *mistakes) Error() string {
	text := strings.Join(m.first, "; ")
	if more := m.total - len(m.first); more > 0 {
		text += "; and " + problem.Count(more, "more mistake")
	}
	return text
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
