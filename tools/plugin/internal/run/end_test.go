//go:build unix

package run

import "testing"

func TestColumns(t *testing.T) {
	for line, want := range map[string]int{
		"": 0, "\n": 0, "abc\n": 3, "ü•é": 3, "日本": 4, "👍": 2, "e\u0301": 1,
		"\x1b[1mbold\x1b[0m": 4, "\t": 8, "a\tb": 9, "12345678\tb": 17,
	} {
		if got := columns(line); got != want {
			t.Errorf("%q: found %d columns, want %d", line, got, want)
		}
	}
}
