package index_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
)

func TestDecodeRejects(t *testing.T) {
	const page = "<!DOCTYPE html>\n<html><head><title>Sign in: example</title></head></html>\n"
	const empty = "found nothing, want a YAML mapping with the key entries\n  hint: the file is empty; check that its download or generation was complete"
	for name, tt := range map[string]struct{ in, want string }{
		"empty file":             {"", empty},
		"only a byte order mark": {"\ufeff\n", empty},
		"only a comment":         {"# soon\n", "found nothing, want a YAML mapping with the key entries"},
		"null":                   {"---\n~\n", "line 2: found null, want a YAML mapping with the key entries"},
		"text":                   {"\nNot Found\n", `line 2: found the text "Not Found", want a YAML mapping with the key entries`},
		"list":                   {"- name: ticker\n", "line 1: found a list, want a YAML mapping with the key entries"},
		"HTML page": {
			page,
			"line 2: mapping values are not allowed in this context\n  hint: this looks like an HTML or XML page; check that the URL is public and leads to the raw file",
		},
		"HTML page that is YAML text": {
			"<html>\n</html>\n",
			"line 1: found the text \"<html> </html>\", want a YAML mapping with the key entries\n  hint: this looks like an HTML or XML page; check that the URL is public and leads to the raw file",
		},
		"gzip": {
			"\x1f\x8b\x08\x00\x00\x00",
			"control characters are not allowed\n  hint: this looks like an archive; an index is plain YAML",
		},
		"broken indentation": {"entries:\n  - name: a\n type: b\n", "line 2: did not find expected key"},
		"tab":                {"entries:\n\t- name: a\n", "line 2: found character that cannot start any token"},
		"duplicate key":      {"entries:\n- name: a\n  name: b\n", `line 3: mapping key "name" already defined at line 2`},
		"several wrong shapes": {
			"entries:\n- name: [a]\n  urls: b\n",
			"line 2: cannot unmarshal !!seq into string; line 3: cannot unmarshal !!str `b` into []index.Artifact",
		},
		"unknown alias": {"entries: *all\n", "unknown anchor 'all' referenced"},
	} {
		t.Run(name, func(t *testing.T) {
			ix, err := index.Decode([]byte(tt.in))
			if err == nil {
				t.Fatalf("no error, but %+v", ix)
			}
			wantEqual(t, tt.want, problem.Describe(err))
		})
	}
}

func TestDecodeReadsLikeBotkube(t *testing.T) {
	named := func(names ...string) index.Index {
		ix := index.Index{Entries: []index.Entry{}}
		for _, name := range names {
			ix.Entries = append(ix.Entries, index.Entry{Name: name})
		}
		return ix
	}
	for name, tt := range map[string]struct {
		in   string
		want index.Index
	}{
		"version without quotes keeps its zero": {
			"entries:\n- version: 1.10\n- version: 2\n- version: 2023-01-02\n- version: 0x10\n",
			index.Index{Entries: []index.Entry{{Version: "1.10"}, {Version: "2"}, {Version: "2023-01-02"}, {Version: "0x10"}}},
		},
		"null is not text":           {"entries:\n- name: ~\n- name: null\n- name: 'null'\n", named("", "", "null")},
		"yes and no":                 {"entries:\n- name: yes\n  recommended: yes\n", index.Index{Entries: []index.Entry{{Name: "yes", Recommended: true}}}},
		"byte order mark":            {"\ufeffentries:\n- name: a\n", named("a")},
		"UTF-16":                     {utf16BE("\ufeffentries:\n- name: a\n"), named("a")},
		"CRLF":                       {"entries:\r\n- name: a\r\n- name: b\r\n", named("a", "b")},
		"JSON":                       {`{"entries": [{"name": "a"}]}`, named("a")},
		"aliases and merge":          {"entries:\n- &a {name: a, type: source}\n- *a\n- {<<: *a, name: b}\n", index.Index{Entries: []index.Entry{{Name: "a", Type: "source"}, {Name: "a", Type: "source"}, {Name: "b", Type: "source"}}}},
		"unknown fields":             {"apiVersion: v2\nentries:\n- name: a\n  home: x\n  urls: [{url: u, mirror: m}]\n", index.Index{Entries: []index.Entry{{Name: "a", URLs: []index.Artifact{{URL: "u"}}}}}},
		"keys in another case":       {"Entries:\n- name: b\nentries:\n- Name: x\n  name: a\n  documentationURL: x\n", named("a")},
		"first of several documents": {"entries:\n- name: a\n---\nentries:\n- name: b\n", named("a")},
		"mapping without entries":    {"404: Not Found\n", index.Index{}},
		"entries without a value":    {"entries:\n", index.Index{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := index.Decode([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			wantEqual(t, tt.want, got)
		})
	}
}

func TestDecodeEveryField(t *testing.T) {
	const in = `
entries:
- name: ticker
  type: source
  description: d
  documentationUrl: https://example.com/docs
  version: v1.0.0
  recommended: true
  urls:
  - url: https://example.com/a
    checksum: c
    platform: {os: linux, architecture: amd64}
    dependencies: {kubectl: {url: https://example.com/kubectl}}
  jsonSchema: {value: v, refURL: r}
  externalRequest: {payload: {jsonSchema: {value: pv, refURL: pr}}}
`
	got, err := index.Decode([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, index.Index{Entries: []index.Entry{{
		Name: "ticker", Type: index.TypeSource, Description: "d", DocumentationURL: "https://example.com/docs",
		Version: "v1.0.0", Recommended: true,
		URLs: []index.Artifact{{
			URL: "https://example.com/a", Checksum: "c", Platform: index.Platform{OS: "linux", Arch: "amd64"},
			Dependencies: index.Dependencies{"kubectl": {URL: "https://example.com/kubectl"}},
		}},
		JSONSchema:      index.JSONSchema{Value: "v", RefURL: "r"},
		ExternalRequest: index.ExternalRequest{Payload: index.Payload{JSONSchema: index.JSONSchema{Value: "pv", RefURL: "pr"}}},
	}}}, got)
}

func utf16BE(s string) string {
	var out strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		out.WriteByte(byte(unit >> 8))
		out.WriteByte(byte(unit))
	}
	return out.String()
}
