package index_test

import (
	"fmt"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
)

// places returns the places of problems as line:column field.
func places(problems problem.Limited) []string {
	var out []string
	for _, p := range problems.Kept {
		out = append(out, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Field))
	}
	return out
}

var misplaced = `entries:
- name: good
  type: source
  description: d
  version: v1.0.0
  urls:
  - url: https://example.com/a
    checksum: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    platform: {os: linux, architecture: amd64}
# a comment
-
- type: tool
  description: d
  version: dev
  name: bad
  jsonSchema:
    value: |
      {"type": 5}
  urls:
  - ~
  - checksum: abc
    platform:
      os: linux
    dependencies:
      "a/b [c]": {}
      ` + longName + `: {url: x}
    url: https://example.com/b
`

// longName is shortened in the field of a problem.
var longName = strings.Repeat("x", 300)

// Each problem has the place of its value, or of the mapping that lacks it, also if lists have items
// that Botkube does not see, and whether or not the entries are decoded one by one.
func TestCheckLocatesProblems(t *testing.T) {
	// The problem of a dependency's name is at its value.
	want := []string{
		"12:9 entries[1].type",
		"14:12 entries[1].version",
		"21:15 entries[1].urls[0].checksum",
		"23:7 entries[1].urls[0].platform",
		`25:18 entries[1].urls[0].dependencies["a/b [c]"]`,
		`25:18 entries[1].urls[0].dependencies["a/b [c]"].url`,
		`26:309 entries[1].urls[0].dependencies["` + longName[:159] + `…]`,
		`26:315 entries[1].urls[0].dependencies["` + longName[:159] + `…].url`,
		"17:12 entries[1].jsonSchema.value#/type",
	}
	for _, text := range []string{misplaced, "\ufeff" + misplaced} {
		_, found, err := index.Check(t.Context(), []byte(text))
		wantEqual(t, nil, err)
		wantEqual(t, want, places(found.Problems))
		wantEqual(t, nil, places(found.Warnings))
	}
}

// Botkube ignores these keys, and what they were meant for.
func TestCheckWarnsOfIgnoredKeys(t *testing.T) {
	const text = `entries:
- name: good
  Type: source
  type: source
  description: d
  documentationURL: https://example.com
  version: v1.0.0
  dependencies: {helm: {url: https://example.com/helm}}
  maintainer: me
  urls:
  - url: https://example.com/a
    cheksum: abc
    checksum: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    platform: {os: linux, arch: amd64, architecture: amd64}
    dependencies:
      any name: {url: https://example.com/b, sha256: abc}
  - url: https://example.com/a
    "check\u202e sum": abc
    checksum: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    platform: {os: darwin, architecture: amd64}
    dependencies: {any name: {url: https://example.com/b}}
- {name: other, type: source, description: d, version: v1.0.0, urls: [], architecture: amd64}
`
	ignored := func(where string, line, column int, field, want string) problem.Problem {
		return problem.Problem{Where: where, Line: line, Column: column, Field: field, Found: "a key that Botkube ignores", Want: want}
	}
	want := problem.List{
		ignored("source/good", 3, 3, "entries[0].Type", "type"),
		ignored("source/good", 6, 3, "entries[0].documentationURL", "documentationUrl"),
		ignored("source/good", 8, 3, "entries[0].dependencies", "entries[].urls[].dependencies"),
		ignored("source/good", 9, 3, "entries[0].maintainer", "one of description, documentationUrl, externalRequest, jsonSchema, name, recommended, type, urls, version"),
		ignored("source/good", 12, 5, "entries[0].urls[0].cheksum", "checksum"),
		ignored("source/good", 14, 27, "entries[0].urls[0].platform.arch", "one of architecture, os"),
		ignored("source/good", 16, 46, `entries[0].urls[0].dependencies["any name"].sha256`, "one of url"),
		ignored("source/good", 18, 5, `entries[0].urls[1]["check\u202e sum"]`, "one of checksum, dependencies, platform, url"),
		ignored("source/other", 22, 74, "entries[1].architecture", "entries[].urls[].platform.architecture"),
	}
	for _, text := range []string{text, "\ufeff" + text} {
		_, found, err := index.Check(t.Context(), []byte(text))
		wantEqual(t, nil, err)
		wantEqual(t, problem.Limit(want), found.Warnings)
		wantEqual(t, []string{"22:70 entries[1].urls"}, places(found.Problems))
	}
}

// Keys of the index itself are ignored, too, and keys that are merged are those of their mapping.
func TestCheckWarnsOfIgnoredKeysAtOnce(t *testing.T) {
	const text = "apiVersion: v1\nversion: v2\nshared: &shared {recommended: true}\nentries:\n- <<: {home: x}\n  name: a\n- <<: *shared\n  name: b\n"
	_, found, err := index.Check(t.Context(), []byte(text))
	wantEqual(t, nil, err)
	wantEqual(t, []string{"1:1 apiVersion", "2:1 version", "3:1 shared", "5:8 entries[0].home"}, places(found.Warnings))
	wantEqual(t, "entries[].version", found.Warnings.Kept[1].Want)
}

// An index that is decoded at once is not parsed again if it is large.
func TestLargeIndexIsNotParsedAgain(t *testing.T) {
	_, found, err := index.Check(t.Context(), []byte("entries: ["+strings.Repeat("{a: 1},", 20_000)+"]"))
	wantEqual(t, nil, err)
	wantEqual(t, problem.Limited{More: 20_000}, found.Warnings)
	wantEqual(t, "0:0 entries[0].name", places(found.Problems)[0])
}

// A warning is short, whatever the key.
func TestWarningOfALongKey(t *testing.T) {
	_, found, err := index.Check(t.Context(), []byte("entries:\n- ? "+strings.Repeat("x", 10_000)+"\n  : a\n  \"\": c\n"))
	wantEqual(t, nil, err)
	wantEqual(t, []string{`2:5 entries[0]["` + strings.Repeat("x", 159) + `…]`, `4:3 entries[0][""]`}, places(found.Warnings))
}

func TestWarningsAreCounted(t *testing.T) {
	for _, text := range []string{
		"entries:\n" + strings.Repeat("- name: a\n  a: 1\n  b: 2\n  c: 3\n", 500),
		"entries: [" + strings.Repeat("{a: 1, b: 2, c: 3},", 500) + "]\n",
	} {
		_, found, err := index.Check(t.Context(), []byte(text))
		wantEqual(t, nil, err)
		if len(found.Warnings.Kept) != problem.MaxKept || found.Warnings.Total() != 1500 {
			t.Errorf("found %d warnings of %d, want 100 of 1500", len(found.Warnings.Kept), found.Warnings.Total())
		}
	}
}
