package gogetter_test

import (
	"strings"
	"testing"

	"botkube-plugins/internal/gogetter"
)

func TestParseChecksum(t *testing.T) {
	sha1, sha256 := strings.Repeat("a", 40), strings.Repeat("B", 64)
	for value, want := range map[string]gogetter.Checksum{
		"":                      {},
		sha256:                  {Kind: "sha256", Digits: sha256},
		"SHA1:" + sha1:          {Kind: "sha1", Digits: sha1},
		"file:https://x/sums:1": {File: "https://x/sums:1"},
	} {
		if got, err := gogetter.ParseChecksum(value); err != nil || got != want {
			t.Errorf("%q: found %+v, error %v, want %+v", value, got, err, want)
		}
	}
	for _, value := range []string{"x", sha1[1:], "sha256:" + sha1, "crc32:00000000", sha256[:63] + "g", "sha256:"} {
		if got, err := gogetter.ParseChecksum(value); err == nil {
			t.Errorf("%q: found %+v, want an error", value, got)
		}
	}
}

func TestFindChecksum(t *testing.T) {
	sha1, sha256 := strings.Repeat("a", 40), strings.Repeat("b", 64)
	for list, want := range map[string]gogetter.Checksum{
		sha256:                                 {Kind: "sha256", Digits: sha256},
		"\n" + sha256 + "  kubectl\n":          {Kind: "sha256", Digits: sha256},
		sha256 + " *kubectl":                   {Kind: "sha256", Digits: sha256},
		sha1 + "  linux/kubectl\n":             {Kind: "sha1", Digits: sha1},
		sha1 + "  ./linux/kubectl\r\n":         {Kind: "sha1", Digits: sha1},
		"SHA256 (kubectl) = " + sha256:         {Kind: "sha256", Digits: sha256},
		sha1 + " helm\n" + sha256 + " kubectl": {Kind: "sha256", Digits: sha256},
		sha256 + " x\n" + sha1 + " a b c d e":  {Kind: "sha1", Digits: sha1},
		"":                                     {},
		sha256 + "  helm\n":                    {},
		"404 page not found":                   {},
		"zz" + sha256[2:] + "  kubectl":        {},
	} {
		got, ok := gogetter.FindChecksum(list, "https://example.com/v1/sums", "https://example.com/v1/linux/kubectl")
		if ok && got != want || ok == (want == gogetter.Checksum{}) {
			t.Errorf("%q: found %+v, %t, want %+v", list, got, ok, want)
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
		if got := gogetter.WithChecksum(raw, "0"); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}
