package index

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strconv"
	"strings"

	"botkube-plugins/internal/problem"

	yamlv3 "go.yaml.in/yaml/v3"
)

// decoded is an index with the text that it comes from.
type decoded struct {
	Index
	text  []byte
	items []item // of each entry, or none if the index was decoded at once
	// ignored is how many keys of each entry Botkube ignores, or of the index if it was decoded at once.
	ignored []int
	entry   int // whose nodes are in root
	root    *yamlv3.Node
}

// rootOf returns the nodes of a text that has an entry, and the number of its first entry. It parses
// again: few indexes have problems. It returns nil if that needs too much memory, or the context has ended.
func (d *decoded) rootOf(ctx context.Context, entry int) (root *yamlv3.Node, first int) {
	var text io.Reader
	switch {
	case len(d.items) == 0 && separators(d.text) > maxLocated:
		return nil, 0
	case len(d.items) == 0:
		entry, text = 0, bytes.NewReader(d.text)
	default:
		text = d.items[entry].below(d.items[entry].above)
	}
	if d.root == nil || d.entry != entry {
		document, err := parseNodes(ctx, text)
		if err != nil {
			return nil, entry
		}
		d.root, d.entry = document.Content[0], entry
	}
	return d.root, entry
}

// warnings returns a problem for each key that Botkube ignores.
func (d *decoded) warnings(ctx context.Context) (out problem.Limited) {
	for i, n := range d.ignored {
		if n == 0 || out.Full() {
			out.More += n
			continue
		}
		root, _ := d.rootOf(ctx, i)
		if root == nil {
			out.More += n
			continue
		}
		var at *path
		in := format
		if len(d.items) > 0 {
			root = find(root, steps("entries[0]"))
			at, in = &path{in: &path{key: "entries"}, isItem: true, item: i}, format.fields["entries"].items
		}
		ignoredKeys(root, in, at, func(key *yamlv3.Node, at *path, in *shape) {
			if out.Full() {
				out.More++
				return
			}
			where := "index"
			if entry, ok := at.entry(); ok {
				where = d.Entries[entry].Label()
			}
			out.Add(problem.Problem{
				Where: where, Line: key.Line, Column: key.Column, Field: at.String(),
				Found: "a key that Botkube ignores", Want: wantKey(key.Value, in),
			})
		})
	}
	return out
}

// locate adds the line and column to problems of the index. If the place of a problem is missing, it
// is that of the value that lacks it.
func (d *decoded) locate(ctx context.Context, problems problem.List) {
	for i, p := range problems {
		way := steps(p.Field)
		if len(way) == 0 || way[0].key != "entries" {
			continue
		}
		entry := 0
		if len(way) > 1 {
			entry = way[1].item
		}
		root, first := d.rootOf(ctx, entry)
		if root == nil {
			return
		}
		if len(way) > 1 {
			way[1].item -= first
		}
		n := find(root, way)
		problems[i].Line, problems[i].Column = n.Line, n.Column
	}
}

// oneStep is a step on the way to a value: a key, a quoted key, or the number of an item.
type oneStep struct {
	key, quoted string
	item        int
}

// firstStep matches a key, a number, or a quoted key, which may be cut.
var firstStep = regexp.MustCompile(`^(?:\.?([A-Za-z]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*"|"(?:[^"\\]|\\.)*?…)\])`)

// steps returns the steps of the field of a problem. What follows a # is a place in a schema.
func steps(field string) (out []oneStep) {
	for {
		found := firstStep.FindStringSubmatch(field)
		if found == nil {
			return out
		}
		item, _ := strconv.Atoi(found[2])
		out = append(out, oneStep{found[1], found[3], item})
		field = field[len(found[0]):]
	}
}

// find returns the node at the end of a way, or the last one on it that exists.
func find(n *yamlv3.Node, way []oneStep) *yamlv3.Node {
	for _, s := range way {
		next := s.child(n)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// child returns the value to which the step leads, or nil.
func (s oneStep) child(n *yamlv3.Node) *yamlv3.Node {
	if n.Kind == yamlv3.AliasNode {
		n = n.Alias
	}
	named := s.key != "" || s.quoted != ""
	switch {
	case n.Kind == yamlv3.SequenceNode && !named:
		if items := listItems(n); s.item < len(items) {
			return items[s.item]
		}
	case n.Kind == yamlv3.MappingNode && named:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if name := n.Content[i].Value; s.key != "" && s.key == name || s.quoted != "" && s.quoted == problem.Value(name) {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

// lineOf returns the line with which an error begins, or 0.
func lineOf(err error) int {
	text, _ := strings.CutPrefix(err.Error(), "line ")
	text, _, _ = strings.Cut(text, ":")
	line, _ := strconv.Atoi(text)
	return line
}
