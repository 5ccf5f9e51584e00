package index

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"unicode/utf8"

	"botkube-plugins/internal/problem"

	yamlv3 "go.yaml.in/yaml/v3"
)

// LargeSize is the size in bytes above which Check warns. Botkube has no limit, but its HTTP client
// gives up after 30 seconds (DefaultTimeout in its pkg/httpx), and each agent downloads the complete
// index.
const LargeSize = 1 << 20

// MaxSize is the size in bytes of the largest index that Decode and Check read.
const MaxSize = 64 << 20

// The limits below bound the memory and the time that the YAML library needs. An index of 1 MiB
// that is written as Encode writes it is far below all of them.
const (
	// maxSeparators limits the values that are in memory at the same time: in an entry, in all entries
	// that are decoded side by side, or in an index that is decoded at once. Each needs about 200
	// bytes. A text within the limit has at most maxValues.
	maxSeparators = 150_000
	maxValues     = 3 * maxSeparators
	// maxLocated limits the values of an index that is decoded at once and then parsed again, for the
	// places of its problems.
	maxLocated = maxSeparators / 3
	// maxSchemaSizes limits the sizes in bytes of the schemas that are checked at the same time, except
	// for a single large one. A value of a schema takes at least two bytes of text.
	maxSchemaSizes = 100_000
	// maxKeys limits the keys of one mapping, since the library compares each with all others.
	maxKeys = 1000
	// maxDirectives limits the lines that begin with %, since the library compares each with all
	// others.
	maxDirectives = 100
	// maxAliased is how many bytes of text aliases may add to a file, apart from doubling it.
	maxAliased = 1 << 20
	// maxErrors and maxErrorLength limit the text of an error.
	maxErrors      = 10
	maxErrorLength = 1000
)

// LimitError reports an index that exceeds a limit of this package. Botkube has no such limits, so
// the index may be valid.
type LimitError struct {
	Found, Want string
}

// Error says that the limit is not Botkube's.
func (e *LimitError) Error() string {
	return fmt.Sprintf("found %s in the index, want %s; this limit is indexgen's own, Botkube has none", e.Found, e.Want)
}

// TooLarge returns the error for an index of more than MaxSize bytes. It is a LimitError.
func TooLarge() error {
	return problem.WithHint(&LimitError{fmt.Sprintf("more than %d bytes", MaxSize), "at most that many"},
		"remove old versions from the index, or publish a separate index for each release or plugin")
}

// checkText checks the limits that need no YAML parser.
func checkText(data []byte) error {
	if n := separators(data); n > maxSeparators {
		return &LimitError{fmt.Sprintf("about %d values", n), fmt.Sprintf("at most %d", maxSeparators)}
	}
	if n := bytes.Count(data, []byte("\n%")); n > maxDirectives {
		return &LimitError{fmt.Sprintf("%d lines that begin with %%", n), fmt.Sprintf("at most %d", maxDirectives)}
	}
	return nil
}

// separators counts the characters that begin or end a YAML value. A file has at most about three
// times as many values. It also counts most of these characters in texts, where they mean nothing:
// only a YAML parser can distinguish them.
func separators(data []byte) int {
	n := 0
	for i, c := range data {
		next := byte(0)
		if i+1 < len(data) {
			next = data[i+1]
		}
		switch c {
		case ',', '[', '{', '?':
			n++
		case ':':
			if next != '/' {
				n++
			}
		case '-':
			if next <= ' ' { // 0 for UTF-16
				n++
			}
		}
	}
	return n
}

// contextReader reads data until a context ends.
type contextReader struct {
	ctx  context.Context
	data io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.data.Read(p)
}

// treeCheck bounds what it costs to decode a tree of nodes.
type treeCheck struct {
	anchored map[*yamlv3.Node]treeSize // the nodes that an alias can name
	limit    treeSize
	aliases  bool
}

// treeSize is the size of a node with all below it, where an alias counts as much as what it names.
type treeSize struct {
	values int
	bytes  int // of text
}

// checkTree also reports whether the tree has an alias.
func checkTree(root *yamlv3.Node, fileSize int) (aliases bool, err error) {
	c := treeCheck{anchored: map[*yamlv3.Node]treeSize{}, limit: treeSize{maxValues, 2*fileSize + maxAliased}}
	_, err = c.size(root)
	return c.aliases, err
}

func (c *treeCheck) size(n *yamlv3.Node) (treeSize, error) {
	size := treeSize{1, len(n.Value)}
	if n.Kind == yamlv3.AliasNode {
		c.aliases = true
		// A node that contains itself is not in the map yet. The library rejects it.
		size.values += c.anchored[n.Alias].values
		size.bytes += c.anchored[n.Alias].bytes
		return size, nil
	}
	if n.Kind == yamlv3.MappingNode {
		if keys := len(n.Content) / 2; keys > maxKeys {
			return size, &LimitError{fmt.Sprintf("a mapping with %d keys on line %d", keys, n.Line), fmt.Sprintf("at most %d keys", maxKeys)}
		}
		dropRepeatedKeys(n)
	}
	for _, child := range n.Content {
		s, err := c.size(child)
		if err != nil {
			return size, err
		}
		size.values += s.values
		size.bytes += s.bytes
		if size.values > c.limit.values || size.bytes > c.limit.bytes {
			return size, &LimitError{
				"aliases that multiply the content",
				fmt.Sprintf("at most %d values and %d bytes after their expansion", c.limit.values, c.limit.bytes),
			}
		}
	}
	if n.Anchor != "" {
		c.anchored[n] = size
	}
	return size, nil
}

// dropRepeatedKeys keeps each key of a mapping at most twice. The library reports each pair of equal
// keys, so one pair is enough, and the number of all pairs is quadratic.
func dropRepeatedKeys(mapping *yamlv3.Node) {
	type key struct {
		kind  yamlv3.Kind
		value string
	}
	seen := map[key]int{}
	kept := mapping.Content[:0]
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		name := mapping.Content[i]
		k := key{name.Kind, name.Value}
		if seen[k]++; seen[k] <= 2 {
			kept = append(kept, name, mapping.Content[i+1])
		}
	}
	mapping.Content = kept
}

// entryOverhead is about the memory that decoding and validating an entry need apart from its texts
// and artifacts, in bytes.
const entryOverhead = 512

// overhead estimates the memory that an entry needs apart from its texts, in bytes.
func overhead(e Entry) int {
	n := entryOverhead + 80*cap(e.URLs)
	for _, a := range e.URLs {
		if a.Dependencies != nil {
			n += 300 + 64*len(a.Dependencies)
		}
	}
	return n
}

// maxOverhead limits the overhead of all entries of a file. Usual entries have at least half as much
// text.
func maxOverhead(fileSize int) int { return 2*fileSize + 1<<20 }

// cut shortens the text of an error.
func cut(text string) string {
	if len(text) <= maxErrorLength {
		return text
	}
	end := maxErrorLength
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
