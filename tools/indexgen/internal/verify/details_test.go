package verify

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Binaries can disagree only about facts that both contain.
func TestDisagreements(t *testing.T) {
	check := func(entry int, platform, module, version, revision string) Check {
		return Check{entry: entry, Plugin: "source/x", Version: "1", Platform: platform, OK: true, build: build{module, version, revision}}
	}
	checks := []Check{
		check(0, "a", "", "", ""), // not a Go program
		check(0, "b", "m", "v1", ""),
		check(0, "c", "m", "", "abc"),
		check(0, "d", "m", "v2", "abc"),
		check(0, "e", "n", "v1", "def"),
		check(1, "f", "other", "v3", "ghi"),
	}
	var got []string
	for _, p := range disagreements(checks) {
		got = append(got, p.Error())
	}
	want := []string{
		`source/x 1 e: build information: found module "n", want "m", as b has it`,
		`source/x 1 d: build information: found module version "v2", want "v1", as b has it`,
		`source/x 1 e: build information: found revision "def", want "abc", as c has it`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var ok []string
	for _, c := range checks {
		if c.OK {
			ok = append(ok, c.Platform)
		}
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "f"}, ok); diff != "" {
		t.Errorf("ok: -want +got:\n%s", diff)
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	for _, test := range []struct{ a, b, want string }{
		{"short", "shirt", "short"},
		{long, "x" + long, long[:160] + "…"},
		{long[:100] + "x" + long[100:], long, "…" + long[60:100] + "x" + long[100:219] + "…"},
		{long + "x", long + "y", "…" + long[141:] + "x"},
	} {
		if got := excerpt(test.a, difference(test.a, test.b)); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
