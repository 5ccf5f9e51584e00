package index

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"botkube-plugins/internal/problem"

	yamlv3 "go.yaml.in/yaml/v3"
)

// shape is the form of a value in the format: a mapping with known keys, a list or a mapping of
// values of one shape, or none of these.
type shape struct {
	keys   []string // sorted
	fields map[string]*shape
	items  *shape // of a list
	values *shape // of a mapping with any keys
}

// format is the shape of an index.
var format = shapeOf(reflect.TypeFor[Index]())

func shapeOf(t reflect.Type) *shape {
	switch t.Kind() {
	case reflect.Struct:
		s := &shape{fields: map[string]*shape{}}
		for field := range t.Fields() {
			key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			s.keys, s.fields[key] = append(s.keys, key), shapeOf(field.Type)
		}
		slices.Sort(s.keys)
		return s
	case reflect.Slice:
		return &shape{items: shapeOf(t.Elem())}
	case reflect.Map:
		return &shape{values: shapeOf(t.Elem())}
	default:
		return &shape{}
	}
}

// path is a place in an index. It is only written for a problem.
type path struct {
	in     *path // nil for the index
	isItem bool  // of a list, and not the value of a key
	isName bool  // the key is any name, and not one of the format
	key    string
	item   int
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

func (p *path) String() string {
	switch {
	case p == nil:
		return ""
	case p.isItem:
		return fmt.Sprintf("%s[%d]", p.in, p.item)
	case p.isName || !plainKey.MatchString(p.key):
		return fmt.Sprintf("%s[%s]", p.in, problem.Value(p.key))
	case p.in == nil:
		return p.key
	default:
		return p.in.String() + "." + p.key
	}
}

// entry returns the number of the entry that has the place.
func (p *path) entry() (number int, ok bool) {
	for ; p != nil && p.in != nil; p = p.in {
		if p.in.in == nil && p.in.key == "entries" {
			return p.item, p.isItem
		}
	}
	return 0, false
}

// ignoredKeys calls report for each key below a node that Botkube ignores, with the shape of its
// mapping. It does not follow aliases: what they name is visited at its own place.
func ignoredKeys(n *yamlv3.Node, s *shape, at *path, report func(key *yamlv3.Node, at *path, in *shape)) {
	switch {
	case n.Kind == yamlv3.SequenceNode && s.items != nil:
		for i, item := range listItems(n) {
			ignoredKeys(item, s.items, &path{in: at, isItem: true, item: i}, report)
		}
	case n.Kind == yamlv3.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			field, known := s.fields[key.Value]
			switch {
			case key.ShortTag() == "!!merge":
				ignoredKeys(value, s, at, report)
			case known:
				ignoredKeys(value, field, &path{in: at, key: key.Value}, report)
			case s.values != nil:
				ignoredKeys(value, s.values, &path{in: at, isName: true, key: key.Value}, report)
			case s.fields != nil:
				report(key, &path{in: at, key: key.Value}, s)
			}
		}
	}
}

// listItems returns the items of a list without those that the YAML library removes.
func listItems(list *yamlv3.Node) []*yamlv3.Node {
	if !slices.ContainsFunc(list.Content, isNull) {
		return list.Content
	}
	return slices.DeleteFunc(slices.Clone(list.Content), isNull)
}

func isNull(n *yamlv3.Node) bool { return n.ShortTag() == "!!null" }

// wantKey says which key is wanted instead of an unknown one in a mapping.
func wantKey(unknown string, in *shape) string {
	for _, key := range in.keys {
		if similar(unknown, key) {
			return key
		}
	}
	if place := placeOf(unknown, format, ""); place != "" {
		return place
	}
	return "one of " + strings.Join(in.keys, ", ")
}

// placeOf returns the first place at which Botkube reads a key, such as entries[].urls[].url.
func placeOf(key string, s *shape, at string) string {
	for _, known := range s.keys {
		if strings.EqualFold(key, known) {
			return at + known
		}
	}
	for _, known := range s.keys {
		field, below := s.fields[known], at+known
		for field.items != nil {
			field, below = field.items, below+"[]"
		}
		for field.values != nil {
			field, below = field.values, below+".<name>"
		}
		if place := placeOf(key, field, below+"."); place != "" {
			return place
		}
	}
	return ""
}

// similar reports whether a is b with at most two mistakes in the spelling, and not a third of it.
func similar(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if len(a) > len(b)+2 || len(b) > len(a)+2 {
		return false
	}
	row := make([]int, len(b)+1) // the distances of the part of a from the beginnings of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)] <= min(2, (len(b)-1)/3)
}
