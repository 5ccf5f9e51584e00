package index_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
)

func TestDecodeRejectsWhatIsTooExpensive(t *testing.T) {
	repeat := strings.Repeat
	laughs := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'i'; c++ {
		laughs += fmt.Sprintf("%c: &%c [%s*%c]\n", c, c, repeat(fmt.Sprintf("*%c,", c-1), 8), c-1)
	}
	for name, test := range map[string]struct{ in, found string }{
		"size":             {repeat("#", index.MaxSize+1), "more than 67108864 bytes"},
		"flow list":        {"entries: [" + repeat("a,", 150_000) + "]", "about 150002 values"},
		"flow mappings":    {"entries: [" + repeat("{},", 75_000) + "]", "about 150002 values"},
		"block list":       {"entries:\n" + repeat("-\n", 150_000), "about 150001 values"},
		"block mappings":   {"entries:\n" + repeat("- a:\n", 75_000), "about 150001 values"},
		"explicit keys":    {"entries: {" + repeat("?,", 75_000) + "}", "about 150002 values"},
		"keys":             {"entries: {" + manyKeys(1001) + "}", "a mapping with 1001 keys on line 1"},
		"directives":       {repeat("%TAG !a! b\n", 102), "101 lines that begin with %"},
		"billion laughs":   {laughs + "entries: *i\n", "aliases that multiply the content"},
		"one long text":    {"a: &a " + repeat("x", 100_000) + "\nentries: [" + repeat("*a,", 100) + "]", "aliases that multiply the content"},
		"UTF-16":           {"\xfe\xff" + bigEndian("entries:\n"+repeat("-\n", 150_000)), "about 150001 values"},
		"schema repeated":  {"entries: [{jsonSchema: &a {value: '" + repeat("x", 1_000_000) + "'}}" + repeat(", {jsonSchema: *a}", 3) + "]", "aliases that multiply the content"},
		"keys of an alias": {"a: &a {" + manyKeys(1001) + "}\nentries: *a", "a mapping with 1001 keys on line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := index.Decode([]byte(test.in))
			limit, ok := errors.AsType[*index.LimitError](err)
			if !ok || limit.Found != test.found {
				t.Fatalf("found %v, want a LimitError: %s", err, test.found)
			}
			if !strings.Contains(err.Error(), "indexgen's own, Botkube has none") || problem.Hint(err) == "" {
				t.Errorf("found %q with the hint %q, want whose limit it is, and what to do", err, problem.Hint(err))
			}
			if _, found, err := index.Check(t.Context(), []byte(test.in)); err == nil || found.Problems.Total() > 0 {
				t.Errorf("found %v, error %v, want only an error", found, err)
			}
		})
	}
}

// manyKeys returns the content of a flow mapping.
func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: ,", i)
	}
	return b.String()
}

// bigEndian returns an ASCII text as big-endian UTF-16.
func bigEndian(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		b.Write([]byte{0, c})
	}
	return b.String()
}

func TestDecodeReadsWhatIsBelowTheLimits(t *testing.T) {
	text := strings.TrimSuffix(string(mustEncode(t, validIndex())), "\n")
	for name, more := range map[string]string{
		"values":  "\nx: [" + strings.Repeat("a,", 149_000) + "]",
		"keys":    "\nx: {" + manyKeys(1000) + "}",
		"size":    "\n# " + strings.Repeat("x", 2<<20),
		"aliases": "\nx: &x [a, b]\ny: [*x, *x, {<<: {a: *x}}]",
		"ignored": "\nx: {a: 1, a: 2, a: 3, a: 4}", // Botkube ignores unknown keys
	} {
		t.Run(name, func(t *testing.T) {
			got, err := index.Decode([]byte(text + more))
			wantEqual(t, nil, err)
			wantEqual(t, validIndex(), got)
		})
	}
}

// Of many mistakes in the YAML, the first are named, and the rest is counted.
func TestDecodeErrorIsShort(t *testing.T) {
	_, err := index.Decode([]byte("entries: [" + strings.Repeat("a,", 1000) + "]"))
	if err == nil || !strings.HasSuffix(err.Error(), "; and 990 more mistakes") || len(err.Error()) > 1100 {
		t.Errorf("found %v", err)
	}
	_, err = index.Decode([]byte("entries: {" + strings.Repeat(strings.Repeat("ä", 600)+": ,", 2) + "}"))
	if err == nil || !strings.HasSuffix(err.Error(), "ä…") || !utf8.ValidString(err.Error()) || len(err.Error()) > 1100 {
		t.Errorf("found %v", err)
	}
}

// expensive returns index files whose naive check takes time or memory quadratic in n.
var expensive = map[string]func(n int) string{
	"dependencies of other platforms": func(n int) string {
		return "entries: [{urls: [{dependencies: {" + manyKeys(n) + "}}" + strings.Repeat(",{}", n) + "]}]"
	},
	"versions": func(n int) string {
		return "entries:\n" + lines(n, "- {name: a, version: 1.0.%d}\n")
	},
	"pre-releases": func(n int) string {
		return "entries:\n" + lines(n, "- {name: a, version: 1.0.0-rc.%d}\n")
	},
	"the same version": func(n int) string {
		return "entries:\n" + strings.Repeat("- {name: a, version: 1.0.0}\n", n)
	},
	"wrong types in many entries": func(n int) string {
		return "entries:\n" + strings.Repeat("- name: []\n  type: {}\n", n)
	},
	"a repeated key": func(n int) string {
		return "entries: [{" + strings.Repeat("a: ,", n) + "}]"
	},
	"a schema with a long name": func(n int) string {
		return schemaIndex(`{"properties": {"` + strings.Repeat("x", 100*n) + `": {"properties": {` + names(n, `{"type": 1}`) + `}}}}`)
	},
	"a schema with a long pattern": func(n int) string {
		return schemaIndex(`{"patternProperties": {"` + strings.Repeat("x", 50*n) + `": {"properties": {` + names(n, `{"$ref": "#/x"}`) + `}}}}`)
	},
	"a schema with many forms": func(n int) string {
		return schemaIndex(`{"items": {"items": [` + strings.Repeat("1,", 5*n) + `1]}}`)
	},
}

func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// names returns n names and the value of each as the content of a JSON object.
func names(n int, value string) string {
	return strings.TrimSuffix(lines(n, `"a%d": `+value+`,`), ",")
}

func schemaIndex(schema string) string {
	quoted, _ := json.Marshal(schema)
	return "entries: [{jsonSchema: {value: " + string(quoted) + "}}]"
}

// Twice the input takes about twice the memory, including what is freed at once, and no input
// collects more than the first problems.
func TestCheckIsLinear(t *testing.T) {
	const n = 500
	for name, text := range expensive {
		t.Run(name, func(t *testing.T) {
			half, all := allocated(t, text(n/2)), allocated(t, text(n))
			if all > 3*half {
				t.Errorf("allocated %d bytes for half of the input and %d for all, want at most three times as much", half, all)
			}
		})
	}
}

// allocated returns how many bytes a check allocates.
func allocated(t *testing.T, text string) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, found, err := index.Check(t.Context(), []byte(text))
	runtime.ReadMemStats(&after)
	if err != nil || found.Problems.Total() == 0 || len(found.Problems.Kept) > problem.MaxKept {
		t.Fatalf("error %v, %d problems, of which %d are kept", err, found.Problems.Total(), len(found.Problems.Kept))
	}
	return after.TotalAlloc - before.TotalAlloc
}

// The number of problems is exact, although most are not kept.
func TestProblemsAreCounted(t *testing.T) {
	const artifacts, dependencies = 300, 400
	text := "entries: [{name: a, type: source, version: v1, description: d, urls: [" +
		"{dependencies: {" + manyKeys(dependencies) + "}}" + strings.Repeat(",{}", artifacts-1) + "]}]"
	_, found, err := index.Check(t.Context(), []byte(text))
	// Each artifact lacks a URL, a checksum, a platform and the URL of each dependency.
	want := artifacts * (3 + dependencies)
	if err != nil || len(found.Problems.Kept) != problem.MaxKept || found.Problems.Total() != want {
		t.Errorf("error %v, found %d problems and %d more, want 100 of %d", err, len(found.Problems.Kept), found.Problems.More, want)
	}
}

func TestCheckWarnsOfALargeIndex(t *testing.T) {
	text := string(mustEncode(t, validIndex()))
	text += strings.Repeat("#", index.LargeSize+1-len(text))
	_, found, err := index.Check(t.Context(), []byte(text))
	wantEqual(t, nil, err)
	wantEqual(t, 0, found.Problems.Total())
	wantEqual(t, problem.Limit(problem.List{{
		Where: "index", Found: "1048577 bytes", Want: "at most 1048576",
		Hint: "remove old versions; each agent downloads the complete index, and gives up after 30 seconds",
	}}), found.Warnings)
}

// endingContext ends after its error was asked for a number of times.
type endingContext struct {
	context.Context
	left atomic.Int64
}

func (c *endingContext) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// Every long loop looks at the context: in the parser, over entries, and over artifacts.
func TestCheckEndsWithItsContext(t *testing.T) {
	for name, text := range map[string]string{
		"parser":    "# " + strings.Repeat("x", 1<<20) + "\nentries: []\n",
		"entries":   "entries: [" + strings.Repeat("{},", 2000) + "]",
		"artifacts": "entries: [{urls: [" + strings.Repeat("{},", 2000) + "]}]",
		"items":     "entries:\n" + strings.Repeat("- name: a\n", 2000),
	} {
		t.Run(name, func(t *testing.T) {
			asked := &endingContext{Context: context.Background()}
			asked.left.Store(1 << 40)
			if _, _, err := index.Check(asked, []byte(text)); err != nil {
				t.Fatal(err)
			}
			times := 1<<40 - asked.left.Load()
			if times < 1000 {
				t.Errorf("looked at the context %d times, want at least once for each piece of the input", times)
			}
			ending := &endingContext{Context: context.Background()}
			ending.left.Store(times / 2)
			if _, found, err := index.Check(ending, []byte(text)); !errors.Is(err, context.Canceled) || found.Problems.Total() > 0 {
				t.Errorf("found %d problems, error %v, want the error of the context", found.Problems.Total(), err)
			}
		})
	}
}
