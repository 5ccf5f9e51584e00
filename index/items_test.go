package index_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"

	"github.com/google/go-cmp/cmp"
)

// wantSameAtOnce checks that a text that is decoded entry by entry gives the same index or error as
// when it is decoded at once, which a byte order mark enforces. It returns that error.
func wantSameAtOnce(t *testing.T, text string) error {
	t.Helper()
	got, err := index.Decode([]byte(text))
	for _, mark := range []string{"\ufeff", "\xfe\xff", "\xff\xfe"} {
		if strings.HasPrefix(text, mark) {
			return err // another mark would be text
		}
	}
	want, wantErr := index.Decode([]byte("\ufeff" + text))
	for _, e := range []error{err, wantErr} {
		// The library may see another error first if it reads some bytes later.
		unreadable := e != nil && (strings.Contains(e.Error(), "UTF-8") || strings.Contains(e.Error(), "control characters"))
		if _, ok := errors.AsType[*index.LimitError](e); ok || unreadable && err != nil && wantErr != nil {
			return e
		}
	}
	if (err == nil) != (wantErr == nil) || err != nil && problem.Describe(err) != problem.Describe(wantErr) {
		t.Errorf("found the error %v, want %v, in:\n%s", err, wantErr, text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("difference (-at once +entry by entry):\n%s\nin:\n%s", diff, text)
	}
	return err
}

// withManyValues adds comments above and below an index, which is then too large to be decoded at once.
func withManyValues(text string) []byte {
	comment := "#" + strings.Repeat(",", 100_000) + "\n"
	return []byte(comment + text + "\n" + comment)
}

func TestDecodeEntryByEntry(t *testing.T) {
	for name, text := range map[string]string{
		"not indented":         "entries:\n- name: a\n- name: b\n",
		"indented":             "entries:\n  - name: a\n    type: source\n  - name: b\n",
		"below the dash":       "entries:\n-\n  name: a\n-\n  name: b\n",
		"null":                 "entries:\n- name: a\n- ~\n-\n- null\n- name: b\n",
		"only null":            "entries:\n-\n-\n",
		"comments":             "# a\n\n---\n# b\nentries:\n  # c\n  - name: a # d\n# e\n\n  - name: b\n# f",
		"line ends of Windows": "entries:\r\n- name: a\r\n\r\n- name: b\r\n",
		"texts of many lines":  "entries:\n- name: |+\n    a\n\n    - b\n\n- name: a\n    - b\n- name: \"a\n    b\"\n- name: >-\n   a\n  ",
		"an anchor":            "entries:\n- name: &a b\n- name: &a c\n",
		"a list in brackets":   "entries:\n- {name: a, urls: [\n    {url: b}]}\n- name: c\n",
		"no line end":          "entries:\n- name: a\n- name: b",
		"a wrong type":         "entries:\n- name: a\n- name: [b]\n- b\n- urls: {}\n",
		"a key twice":          "entries:\n- name: a\n\n- type: a\n  name: a\n  type: b\n  name: c\n",
		"many mistakes":        "entries:\n" + strings.Repeat("- name: {}\n  type: []\n", 20),
	} {
		t.Run(name, func(t *testing.T) {
			err := wantSameAtOnce(t, text)
			_, again := index.Decode(withManyValues(text))
			if _, ok := errors.AsType[*index.LimitError](again); ok || (again == nil) != (err == nil) {
				t.Errorf("found %v, want to decode it entry by entry", again)
			}
		})
	}
}

// An index whose entries cannot be decoded alone is decoded at once. If it is too large for that, a
// hint says why.
func TestDecodeAtOnce(t *testing.T) {
	for name, test := range map[string]struct{ text, hint string }{
		"JSON":                          {`{"entries": [{"name": "a"}]}`, `line 2 prevents that: it is neither "entries:" nor`},
		"list in brackets":              {"entries: []\n", "line 2 prevents that: it is neither"},
		"another key":                   {"entries:\n- name: a\nmore:\n- name: b\n", "line 4 prevents that: it is neither"},
		"key in an item's column":       {"entries:\n  - name: a\n  b: c\n", "line 4 prevents that: it is neither"},
		"entries twice":                 {"entries:\n- name: a\nentries:\n- name: b\n", "line 4 prevents that: it is neither"},
		"no entries":                    {"entries:\n", "line 4 prevents that: no entry in block style"},
		"second document":               {"entries:\n- name: a\n---\nentries:\n- name: b\n", "line 4 prevents that: it is neither"},
		"empty first document":          {"---\n---\nentries:\n- name: a\n", "line 3 prevents that: it is neither"},
		"a line end of YAML":            {"entries:\n- name: a\u2028b: c\n", "line ends of YAML"},
		"a line end of old computers":   {"entries:\n- name: a\r- name: b\n", "line ends of YAML"},
		"a control character":           {"entries:\n# \x1d\n- name: a\n- name: b\n", "line 4 prevents that: control characters are not allowed"},
		"a tab":                         {"entries:\n- name: a\n\t- name: b\n", "line 4 prevents that: it is neither"},
		"quotes around two items":       {"entries:\n- name: \"a\n- name: b\"\n- name: c\n", "line 3 prevents that: line 3: found unexpected end of stream"},
		"brackets around two items":     {"entries:\n- name: c\n- {name: a,\n- name: b}\n", "line 4 prevents that: line 4: "},
		"an alias":                      {"entries:\n- &a {name: a}\n- *a\n", "line 4 prevents that: unknown anchor 'a' referenced"},
		"an alias in one item":          {"entries:\n- urls:\n  - &a {url: b}\n  - *a\n- name: b\n", "line 3 prevents that: the entry that begins there has an alias"},
		"broken":                        {"entries:\n- name: a\n- name: b: c\n", "line 4 prevents that: line 4: mapping values are not allowed in this context"},
		"a broken item after a mistake": {"entries:\n- name: []\n- name: b: c\n", "line 4 prevents that: line 4: mapping values are not allowed in this context"},
		"many keys":                     {"entries:\n- {" + manyKeys(1001) + "}\n- name: b\n", "a mapping with 1001 keys on line 3"},
		"many values":                   {"entries:\n- urls: [" + strings.Repeat("~,", 149_999) + "]\n", "line 3 prevents that: the entry that begins there has too many values"},
		"many small entries":            {"entries:\n" + strings.Repeat("- a:\n", 70_000), "prevents that: too many small entries are above it"},
		"many small artifacts":          {"entries:\n" + strings.Repeat("- urls: ["+strings.Repeat("{},", 10_000)+"]\n", 7), "is one of many with very small values"},
	} {
		t.Run(name, func(t *testing.T) {
			_ = wantSameAtOnce(t, test.text)
			_, err := index.Decode(withManyValues(test.text))
			if _, ok := errors.AsType[*index.LimitError](err); !ok || !strings.Contains(problem.Hint(err), test.hint) {
				t.Errorf("found %v with the hint %q, want a LimitError with %q", err, problem.Hint(err), test.hint)
			}
		})
	}
}

// Small changes to an index rarely prevent that it is decoded entry by entry, and never change the
// result of that.
func TestDecodeChangedText(t *testing.T) {
	indented := strings.ReplaceAll(string(mustEncode(t, manyEntries())), "\n", "\n  ")
	texts := []string{string(mustEncode(t, manyEntries())), strings.TrimSuffix(indented, "  ")}
	pieces := []string{"\n", " ", "  ", "- ", "-", ":", ": ", "#", " #", "'", `"`, "[", "]", "{", "}", ",", "&a ", "*a", "!!str ", "|", ">", "|+\n", "? ", "~", "\t", "\r\n", "---\n", "...\n", "%", "\u0085", "é", "\x00", "<<: "}
	random := rand.New(rand.NewPCG(3, 4))
	decoded, mistaken, alone := 0, 0, 0
	const tries = 1000
	for i := range tries {
		lines := strings.SplitAfter(texts[random.IntN(len(texts))], "\n")
		for range 1 + random.IntN(3) {
			at := random.IntN(len(lines))
			switch line := lines[at]; random.IntN(5) {
			case 0:
				lines = slices.Delete(lines, at, at+1)
			case 1:
				lines = slices.Insert(lines, random.IntN(len(lines)), line)
			case 2:
				lines[at] = strings.Repeat(" ", random.IntN(6)) + strings.TrimLeft(line, " ")
			default:
				cut := random.IntN(len(line) + 1)
				lines[at] = line[:cut] + pieces[random.IntN(len(pieces))] + line[cut:]
			}
		}
		text := strings.Join(lines, "")
		switch err := wantSameAtOnce(t, text); {
		case err == nil:
			decoded++
		case strings.Contains(err.Error(), "cannot unmarshal"), strings.Contains(err.Error(), "already defined"):
			mistaken++
		}
		if i%10 == 0 {
			if _, err := index.Decode(withManyValues(text)); err == nil {
				alone++
			}
		}
	}
	if decoded < tries/6 || mistaken < tries/20 || alone < tries/10/6 {
		t.Errorf("of %d texts, %d can be decoded, %d have mistakes; of a tenth, %d can be decoded entry by entry", tries, decoded, mistaken, alone)
	}
}
