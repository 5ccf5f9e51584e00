package verify

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Only what two binaries both know of themselves can differ.
func TestDisagreements(t *testing.T) {
	check := func(entry int, platform, module, version, revision string) Check {
		return Check{entry: entry, Plugin: "source/x", Version: "1", Platform: platform, OK: true, build: build{module, version, revision}}
	}
	checks := []Check{
		check(0, "a", "", "", ""), // no program of Go's
		check(0, "b", "m", "v1", ""),
		check(0, "c", "m", "", "abc"),
		check(0, "d", "m", "v2", "abc"),
		check(0, "e", "n", "v1", "def"),
		check(1, "f", "other", "v3", "ghi"),
	}
	var got []string
	for _, p := range disagreements(checks) {
		got = append(got, p.Where+": found "+p.Found+", want "+p.Want)
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

func TestListed(t *testing.T) {
	sha1, sha256 := strings.Repeat("a", 40), strings.Repeat("b", 64)
	for list, want := range map[string]checksum{
		sha256:                                 {digits: sha256},
		"\n" + sha256 + "  kubectl\n":          {digits: sha256},
		sha256 + " *kubectl":                   {digits: sha256},
		sha1 + "  linux/kubectl\n":             {digits: sha1},
		sha1 + "  ./linux/kubectl\r\n":         {digits: sha1},
		"SHA256 (kubectl) = " + sha256:         {kind: "SHA256", digits: sha256},
		sha1 + " helm\n" + sha256 + " kubectl": {digits: sha256},
		sha256 + " x\n" + sha1 + " a b c d e":  {digits: sha1},
		"":                                     {},
		sha256 + "  helm\n":                    {},
		"404 page not found":                   {},
		"zz" + sha256[2:] + "  kubectl":        {},
	} {
		got, err := listed(list, "https://example.com/v1/sums", "https://example.com/v1/linux/kubectl")
		if got != want || (err != nil) != (want == checksum{}) {
			t.Errorf("%q: got %+v and the error %v, want %+v", list, got, err, want)
		}
	}
}

func TestWithChecksum(t *testing.T) {
	for raw, want := range map[string]string{
		"https://x/a":                  "https://x/a?checksum=sha256:0",
		"https://x/a.tar.gz//b":        "https://x/a.tar.gz//b?checksum=sha256:0",
		"https://x/a?b=c":              "https://x/a?b=c&checksum=sha256:0",
		"https://x/a?checksum=md5:1&b": "https://x/a?b&checksum=sha256:0",
		"https://x/a?#f":               "https://x/a?checksum=sha256:0#f",
	} {
		if got := withChecksum(raw, "0"); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
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
