package index

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
)

// dependentError reports that an index cannot be decoded entry by entry, although it may be valid.
type dependentError struct {
	line   int
	reason string
}

// Error is a hint for an index that is too large to be decoded at once.
func (e *dependentError) Error() string {
	return fmt.Sprintf("an index whose entries can be read one by one, as indexgen writes it, may be larger; line %d prevents that: %s", e.line, e.reason)
}

// item is an item of the list "entries". The text of the first one includes what is above it.
type item struct {
	text  []byte
	above int // lines above the text
	line  int // on which the item begins
}

// splitItems returns the items of a list "entries" in block style. There may be only comments and
// "---" before the list, and only comments after it. Each item then has the same meaning in the
// complete text and alone below "entries:", if it can be parsed alone and has no aliases: no quotes
// and brackets are open at its end, and nothing else continues at the indentation of the next item.
func splitItems(data []byte) ([]item, error) {
	other := bytes.Count(data, []byte("\r")) - bytes.Count(data, []byte("\r\n"))
	for _, end := range []string{"\u0085", "\u2028", "\u2029"} {
		other += bytes.Count(data, []byte(end))
	}
	if other > 0 {
		return nil, &dependentError{1, `the file has line ends of YAML other than "\n" and "\r\n"`}
	}
	var items []item
	var begun, inside bool
	indent, begin, offset, number := -1, 0, 0, 0
	var current item // without its text
	for line := range bytes.Lines(data) {
		number++
		text := bytes.TrimRight(line, " \r\n")
		content := bytes.TrimLeft(text, " ")
		column := len(text) - len(content)
		switch {
		case len(content) == 0 || content[0] == '#':
		case !begun && string(text) == "---":
			begun = true
		case !inside && string(text) == "entries:":
			begun, inside = true, true
		case inside && (indent < 0 || column == indent) && (string(content) == "-" || bytes.HasPrefix(content, []byte("- "))):
			if indent >= 0 {
				current.text = data[begin:offset]
				items = append(items, current)
				begin, current.above = offset, number-1
			}
			indent, current.line = column, number
			if len(items)*entryOverhead > maxOverhead(len(data)) {
				return nil, &dependentError{number, "too many small entries are above it"}
			}
		case column <= indent || indent < 0:
			return nil, &dependentError{number, `it is neither "entries:" nor the beginning of an entry in block style`}
		}
		offset += len(line)
	}
	if indent < 0 {
		return nil, &dependentError{number, "no entry in block style is before its end"}
	}
	current.text = data[begin:]
	return append(items, current), nil
}

// errNull reports an item without a value, which the YAML library removes from a list.
var errNull = errors.New("null")

// decodeItems decodes the entries one by one. It returns a dependentError if the result might differ
// from that of decodeWhole.
func decodeItems(ctx context.Context, data []byte) (decoded, error) {
	items, err := splitItems(data)
	if err != nil {
		return decoded{}, err
	}
	entries, errs, ignored := make([]Entry, len(items)), make([]error, len(items)), make([]int, len(items))
	var memory atomic.Int64
	count := func(i int) int { return separators(items[i].text) }
	eachSideBySide(len(items), maxSeparators, count, func(i, separators int) bool {
		entries[i], ignored[i], errs[i] = items[i].decode(ctx, separators)
		if memory.Add(int64(overhead(entries[i]))) > int64(maxOverhead(len(data))) {
			errs[i] = &dependentError{items[i].line, "the entry that begins there is one of many with very small values"}
		}
		_, mistaken := errors.AsType[*mistakes](errs[i])
		return errs[i] == nil || errors.Is(errs[i], errNull) || mistaken
	})
	n := 0
	var all mistakes
	for i, err := range errs {
		switch {
		case err == nil:
			items[n], entries[n], ignored[n] = items[i], entries[i], ignored[i]
			n++
		case !errors.Is(err, errNull):
			if err := items[i].explain(ctx, err, &all); err != nil {
				return decoded{}, err
			}
		}
	}
	if all.total > 0 {
		return decoded{}, &all
	}
	return decoded{Index: Index{entries[:n]}, text: data, items: items[:n], ignored: ignored[:n]}, nil
}

// decode decodes the item, whose text has a number of separators, as if it were the first, and counts
// the keys that Botkube ignores.
func (it item) decode(ctx context.Context, separators int) (e Entry, ignored int, err error) {
	if separators > maxSeparators {
		return e, 0, &dependentError{it.line, "the entry that begins there has too many values"}
	}
	p, err := it.parse(ctx, min(it.above, 1))
	switch {
	case p.aliases:
		return e, 0, &dependentError{it.line, "the entry that begins there has an alias"}
	case err != nil:
		return e, 0, err
	case len(p.Entries) == 0:
		return e, 0, errNull
	}
	return p.Entries[0], p.ignored(), nil
}

// parse decodes the item as if it were the first, with a number of lines above its text.
func (it item) parse(ctx context.Context, above int) (parsed, error) {
	return parse(ctx, it.below(above), len(it.text))
}

// below returns an index with only this item, and a number of lines above its text.
func (it item) below(above int) io.Reader {
	head := ""
	if above > 0 {
		head = "entries:" + strings.Repeat("\n", above)
	}
	return io.MultiReader(strings.NewReader(head), bytes.NewReader(it.text))
}

// explain adds an error of decode to all mistakes of the index, with its lines in the complete text.
// It returns a dependentError if it is another error.
func (it item) explain(ctx context.Context, err error, all *mistakes) error {
	if dependent, ok := errors.AsType[*dependentError](err); ok {
		return dependent
	}
	found, mistaken := errors.AsType[*mistakes](err)
	if !mistaken || len(all.first) < maxErrors {
		_, again := it.parse(ctx, it.above)
		err = cmp.Or(again, err)
		found, mistaken = errors.AsType[*mistakes](err)
	}
	if !mistaken {
		return &dependentError{it.line, strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	all.add(found)
	return nil
}
