package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"botkube-plugins/internal/problem"

	"github.com/google/go-cmp/cmp"
)

func TestString(t *testing.T) {
	for name, test := range map[string]struct {
		problem problem.Problem
		want    string
	}{
		"no place":  {problem.Problem{Found: "an exit", Want: "a handshake"}, "found an exit, want a handshake"},
		"no field":  {problem.Problem{Where: "a.zip", Found: "nothing", Want: "a file"}, "a.zip: found nothing, want a file"},
		"only line": {problem.Problem{Where: "c", Line: 2, Found: "a", Want: "b"}, "c:2: found a, want b"},
		"field alone": {
			problem.Problem{Field: "interval", Found: `"x"`, Want: "a duration"}, `interval: found "x", want a duration`,
		},
		"everything": {
			problem.Problem{
				Where: "c.yaml", Line: 2, Column: 7, Field: "a[0].b", Found: "5", Want: "a text", URL: "https://example.com/a",
				Hint: "do this\nthen that", Stderr: []string{"one", "two"},
			},
			`c.yaml:2:7: a[0].b: found 5, want a text
  url: https://example.com/a
  hint: do this
        then that
  the plugin's last lines on stderr:
    | one
    | two`,
		},
		"hostile": {
			problem.Problem{
				Where: "a\x1b[2J", Field: "b\nc", Found: "d\r", Want: "e\u202e", URL: "f\x00", Hint: "g\x07", Stderr: []string{"h\ni\x9b"},
			},
			`a\x1b[2J: b\nc: found d\r, want e\u202e
  url: f\x00
  hint: g\a
  the plugin's last lines on stderr:
    | h\ni\ufffd`,
		},
	} {
		if got := test.problem.String(); got != test.want {
			t.Errorf("%s: found\n%s\nwant\n%s", name, got, test.want)
		}
	}
}

func TestList(t *testing.T) {
	var none problem.List
	if err := none.Err(); err != nil {
		t.Errorf("no problems: found %v, want no error", err)
	}
	if text, err := json.Marshal(struct{ Problems problem.List }{none}); err != nil || string(text) != `{"Problems":[]}` {
		t.Errorf("no problems: found %s, error %v, want an empty list", text, err)
	}
	list := problem.List{{Field: "#/a", Found: "1", Want: "2"}, {Found: "3", Want: "4"}}
	in := list.In("x", "schema")
	err := fmt.Errorf("wrapped: %w", in.Err())
	if got, want := err.Error(), "wrapped: x: schema#/a: found 1, want 2\nx: schema: found 3, want 4"; got != want {
		t.Errorf("found\n%s\nwant\n%s", got, want)
	}
	if got, ok := errors.AsType[problem.List](err); !ok || len(got) != 2 || list[0].Where != "" {
		t.Errorf("found %v of %v, want a changed copy", got, list)
	}
}

func TestLimited(t *testing.T) {
	numbered := func(n int) problem.List {
		list := problem.List{}
		for i := range n {
			list = append(list, problem.Problem{Found: strconv.Itoa(i)})
		}
		return list
	}
	for n, more := range map[int]int{0: 0, 1: 0, 100: 0, 101: 1, 1000: 900} {
		limited := problem.Limit(numbered(n))
		var added problem.Limited
		for _, p := range numbered(n) {
			added.Add(p)
		}
		for _, got := range []problem.Limited{limited, added} {
			if len(got.Kept) != n-more || got.More != more || got.Total() != n || got.Full() != (n >= 100) {
				t.Errorf("%d problems: found %d and %d more, full %t", n, len(got.Kept), got.More, got.Full())
			}
			for i, p := range got.Kept {
				if p.Found != strconv.Itoa(i) {
					t.Errorf("%d problems: found problem %s at %d", n, p.Found, i)
				}
			}
		}
		// The rest of a list is not overwritten.
		list := numbered(n)
		limited = problem.Limit(list)
		limited.Kept = append(limited.Kept, problem.Problem{Found: "x"})
		if n > 100 && list[100].Found != "100" {
			t.Errorf("found %q after an append", list[100].Found)
		}
	}
}

func TestSecretsAreHidden(t *testing.T) {
	const url = "https://user:sec/ret@example.com/a"
	p := problem.Problem{Where: url, Found: url, Want: url, URL: url, Hint: url, Stderr: []string{url}}
	text, err := json.Marshal(problem.List{p})
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{
		p.String(), string(text), problem.Describe(p), problem.Describe(problem.WithHint(errors.New(url), url)),
	} {
		if strings.Contains(got, "sec") || !strings.Contains(got, "https://***@example.com/a") {
			t.Errorf("found %s, want it without the password", got)
		}
	}
}

// What a plugin wrote to stderr is the same in text and in JSON.
func TestStderrInJSON(t *testing.T) {
	lines := []string{"a\x1b[2J\u202e::b", "http://u:p@h", strings.Repeat("x", 5000)}
	p := problem.Problem{Stderr: lines}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Stderr []string }
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := []string{`a\x1b[2J\u202e::b`, "http://***@h", strings.Repeat("x", 4000) + "…"}
	if diff := cmp.Diff(want, got.Stderr); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !strings.HasSuffix(p.String(), "    | "+strings.Join(want, "\n    | ")) {
		t.Errorf("found %s, want the same lines", p)
	}
	if lines[1] != "http://u:p@h" {
		t.Error("the problem has changed")
	}
}

func TestHint(t *testing.T) {
	base := errors.New("no such file")
	err := fmt.Errorf("reading: %w", problem.WithHint(base, "build first"))
	if got, want := err.Error(), "reading: no such file"; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	if got, want := problem.Describe(err), "reading: no such file\n  hint: build first"; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	if !errors.Is(err, base) || problem.WithHint(nil, "x") != nil || problem.Hint(base) != "" {
		t.Error("a hint hides its error, or appears where there is none")
	}
	found := problem.Problem{Found: "a", Want: "b", Stderr: []string{"c"}}
	want := "found a, want b\n  hint: d\n  the plugin's last lines on stderr:\n    | c"
	if got := problem.Describe(problem.WithHint(found, "d")); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestValues(t *testing.T) {
	long := strings.Repeat("ü", 161)
	for _, test := range []struct{ got, want string }{
		{problem.Quote(""), "nothing"},
		{problem.Quote("a\x1bb"), `"a\x1bb"`},
		{problem.Quote(long), `"` + long[:320] + `…" (161 characters)`},
		{problem.Value(5), "5"},
		{problem.Value("5"), `"5"`},
		{problem.Value("<\x1b\u2028"), `"<\u001b\u2028"`},
		{problem.Value(map[string]any{"a": nil}), `{"a":null}`},
		{problem.Value(map[any]any{1: "\n"}), `map[1:\n]`},
		{problem.Value(math.Inf(1)), "+Inf"},
		{problem.Value(long), `"` + long[:318] + "…"},
		{problem.Line("a\tb\x1b"), `a\tb\x1b`},
		{problem.Label(""), `""`},
		{problem.Label("a b"), `"a b"`},
		{problem.Label("a\x07"), `a\a`},
		{problem.Escape("a\r\nb\t\u00a0\x1b"), "a\nb\t\u00a0\\x1b"},
		{problem.Escape("::error::a\n \t::b\nc::d\n: :"), "\\x3a:error::a\n \t\\x3a:b\nc::d\n: :"},
		{problem.Escape("\u3000::a\u2028::b ##[error]##[c"), "\u3000\\x3a:a\\u2028::b \\x23#[error]\\x23#[c"},
		{problem.Escape("\u202e\u2066\u200b\u061c\ufeff\x9b\u009b"), `\u202e\u2066\u200b\u061c\ufeff\ufffd\u009b`},
		{problem.OneLine("a\n::b"), `a\n\x3a:b`},
		{problem.OneLine(strings.Repeat("ü", 4001)), strings.Repeat("ü", 4000) + "…"},
		{problem.OneLine(`Get "http://u:p@h/x": no`), `Get "http://***@h/x": no`},
		{problem.OneLine(`Get "http://u@h/x@y": no`), `Get "http://***@h/x@y": no`},
		{problem.OneLine("http://u:p/q@h/x and http://u:p@/q@h/x"), "http://***@h/x and http://***@h/x"},
		{problem.OneLine("http://u:1/q@h/x and http://h:80/x"), "http://***@h/x and http://h:80/x"},
		{problem.OneLine(`parse "http://u:p/q@h": invalid port ":p" after host`), `parse "http://***@h": invalid port after host`},
		{problem.Quote(`invalid port ":p" after host`), `"invalid port after host"`},
		{problem.OneLine(`"invalid port \":p\" after host"`), `"invalid port after host"`},
		{problem.Quote("https://token@h"), `"https://***@h"`},
		{problem.EscapeJSON("[\"\u202e\U000e0001 ##[a\"]\n"), "[\"\\u202e\\udb40\\udc01 \\u0023#[a\"]\n"},
		{problem.Count(1, "file"), "1 file"},
		{problem.Count(0, "file"), "0 files"},
	} {
		if test.got != test.want {
			t.Errorf("found %s, want %s", test.got, test.want)
		}
	}
}
