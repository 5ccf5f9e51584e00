package jsonschema

import (
	"bufio"
	"encoding/json"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"testing"
)

var casesFile = flag.String("cases", "", "a file for the cases of TestJudgeCases, as JSON lines")

// cases are values with the verdicts of a schema.
type cases struct {
	// Origin is "random", "format" or "pattern".
	Origin string         `json:"origin"`
	Schema map[string]any `json:"schema"`
	Values []any          `json:"values"`
	Valid  []bool         `json:"valid"`
}

// The other judges of this repository are compared with these cases: that of the pages in e2e. The
// cases are worth something only if they have valid and invalid values.
func TestJudgeCases(t *testing.T) {
	out := io.Discard
	if *casesFile != "" {
		file, err := os.Create(*casesFile)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		out = file
	}
	buffered := bufio.NewWriter(out)
	encoder := json.NewEncoder(buffered)
	checker := NewChecker()
	total, valid := map[string]int{}, map[string]int{}
	for c := range allCases(t, checker, *pairs) {
		for _, ok := range c.Valid {
			total[c.Origin]++
			if ok {
				valid[c.Origin]++
			}
		}
		if err := encoder.Encode(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := buffered.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, origin := range []string{"random", "format", "pattern"} {
		if n := valid[origin]; n < total[origin]/10 || n > total[origin]*9/10 {
			t.Errorf("%s: found %d valid of %d, want enough of both", origin, n, total[origin])
		}
	}
}

// allCases yields ten values for each of n random schemas, and texts for all formats and for patterns.
func allCases(t *testing.T, checker *Checker, n int) func(yield func(cases) bool) {
	return func(yield func(cases) bool) {
		for seed := range uint64(n) {
			g := &generator{rand.New(rand.NewPCG(seed, 16)), 7}
			schema := g.document()
			s := mustCompile(t, checker, schema)
			var values []any
			for range 10 {
				values = append(values, g.value(s.compiled, 3))
			}
			if !yield(judged(t, s, cases{Origin: "random", Schema: schema, Values: values})) {
				return
			}
		}
		for keyword, table := range map[string]struct{ arguments, texts []string }{
			"format": {formatNames, formatTexts}, "pattern": {patternCases, patternTexts},
		} {
			var values []any
			for _, text := range table.texts {
				values = append(values, text)
			}
			for _, argument := range table.arguments {
				schema := map[string]any{keyword: argument}
				if !yield(judged(t, mustCompile(t, checker, schema), cases{Origin: keyword, Schema: schema, Values: values})) {
					return
				}
			}
		}
	}
}

func mustCompile(t *testing.T, checker *Checker, schema map[string]any) *Schema {
	t.Helper()
	s, err := checker.compile(jsonKey(schema))
	if err != nil {
		t.Fatalf("%s: %v", jsonKey(schema), err)
	}
	return s
}

func judged(t *testing.T, s *Schema, c cases) cases {
	t.Helper()
	for _, value := range c.Values {
		problems, err := s.Judge(t.Context(), value, nil)
		if err != nil {
			t.Fatalf("%s: %v", jsonKey(c.Schema), err)
		}
		c.Valid = append(c.Valid, len(problems) == 0)
	}
	return c
}

var formatNames = []string{
	"date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri", "iri-reference",
	"json-pointer", "json-pointer-uri-fragment", "period", "regex", "relative-json-pointer", "semver", "time", "unknown", "uri",
	"uri-reference", "uri-template", "url", "uuid",
}

var formatTexts = []string{
	"", "a", "/a", "/a~0b", "/a~2", "#/a", "0/a", "1#", "00",
	"2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380", "2eb8aa08aa9811eab4aa73b441d16380",
	"P1D", "P1W", "PT1H", "P1DT12H", "P", "PT", "P1Y2D", "P1M", "P1H",
	"127.0.0.1", "256.0.0.1", "01.2.3.4", "1.2.3", "::1", "::", "1::d6::42", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "fe80::1%eth0", "12345::",
	"example.com", "example.com.", "-a.com", "a-.com", "a_b.com", "xn--nxasmq6b", "localhost", "a..b", "1.com", "ÄÖ.de",
	"joe@example.com", "joe", "@a", "joe@", "joe@localhost", `"joe b"@a.com`, "joe@[127.0.0.1]", "a..b@c.d", ".a@b.c", "joe@exa mple", "é@example.com",
	"2024-01-01", "2024-02-30", "2023-02-29", "24-1-1", "2024-13-01", "12:00:00Z", "12:00:00", "24:00:00Z", "23:59:60Z", "12:00:60Z",
	"12:00:00+01:00", "12:00:00.5Z", "2024-01-01T12:00:00Z", "2024-01-01t12:00:00z", "2024-01-01 12:00:00Z", "2024-01-01T12:00:00",
	"1998-12-31T23:59:60Z", "2024-01-01T12:00:00.123+25:00", "2024-01-01\t12:00:00Z",
	"http://example.com", "http://example.com/a b", "https://a.b/c?d=e#f", "mailto:joe@a.b", "urn:x:y", "//a/b", "a/b", "a:b", "http://",
	"http://[::1]/", "http://[::1", "http://ä.de/ü", `\\a\b`, "%", "http://a/%zz", "http://a:99999", "http://a:b", "?a", "#a", "#a#b",
	"http://127.0.0.1:8080/x", "http://user:pw@host/", "HTTP://A", "{a}", "{a", "a}", "/x/{id}", "{+a}", "{a:3}", "{?a,b*}",
	"1.2.3", "1.2", "1.2.3-rc.1", "1.2.3-01", "1.2.3+build.5", "1.2.3-", "v1.2.3", "01.2.3", "^a", "[", "(?=a)", `\d+`, "a{2,1}", `\Z`, `[\w-.]`, `\-`,
	"(?<n>a)", "(?i)a", `\p{L}`, "a++", "x*?",
}

var patternCases = []string{
	"^a", `\d`, `\w`, `\s`, `\bfoo\b`, `^[\w-.]+$`, `^[a-z]\-[0-9]$`, `^\S+$`, "^.$", "^.{2}$", "[^a]", `(?<n>a)\k<n>`, `(?=.*\d).{3}`,
	`^\p{L}+$`, `^\u0041$`, `^\x41$`, `\/`, "a$", "^(a|b)*$", "^[[:alpha:]]$", `\cA`, `^\u{41}$`, "(?!a)b", "(?<=a)b", `[\d-x]`, `^\$`, `\_`,
	`\@`, "{", "}", "]", "a{,3}", "x{2}", `[\b]`, `\0`, `\1(a)`, `^[^\s]+$`, `\h`, `\Aa`, `\z`, "^(?:a+)+$", "(?i)a", `\e`, `\p{Lu}`, `\P{L}`,
	`\p{Letter}`, `^\\Aa`,
}

var patternTexts = []string{
	"", "a", "A", "b", "ab", "aa", "a\n", "\n", "foo", "a foo b", "x-y.z", "a-1", "-", " ", "\u00a0", "\ufeff", "\u0085", "\u180e", "\u2028",
	"é", "ß", "ſ", "K", "😀", "😀😀", "1", "\u0661", "_", "$", "@", "{", "}", "]", "a{,3}", "xx", "\b", "\x00", "\x01", "/", "u{41}", "l", "aaa",
	"a1b", "h", "Aa", "z", "e", `\`, "p{L", "\u1234", ":", "ａ", `\Aa`,
}
