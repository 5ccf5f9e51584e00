package index_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"botkube-plugins/index"

	"github.com/google/go-cmp/cmp"
)

// FuzzDecode checks that Decode gives the same result entry by entry as at once, that Encode
// preserves every index that Decode accepts, and that Validate does not panic on it.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "entries: []\n", "\ufeffentries:\r\n- name: a\r\n", "- a\n", "<html>", "entries:\n- &a {name: 1.10}\n- *a\n- {<<: *a}\n",
		"entries:\n- name: !!binary /w==\n", "entries:\n- {urls: [{dependencies: {'<<': {url: x}, ~: {}}}]}\n",
		"entries:\n- {name: \"\\0\\x7f\\u2028\\uFEFF\\U0001F600\", description: |2-\n    a\n   b\n }\n",
		"entries:\n- {version: v1.0.0-rc.1}\n- {version: 1.0.0-99999999999999999999}\n- {version: dev}\n",
		"entries:\n- jsonSchema: {value: '{\"$ref\": \"#/a\", \"pattern\": \"(?!\", \"multipleOf\": 1e-9}'}\n",
		"---\n# a\nentries:\n  - name: |+\n      a\n\n  - {name: a,\n    type: b}\n  -\n  - name: \"a\n     b\" # c\n",
		"entries:\n- name: [a]\n- name: b\n  name: c\n- ? a\n  : b\n- !!str a\n",
		"entries:\n- urls: [{url: 'https://x//y.tar.gz?archive=zip'}]\n",
	} {
		f.Add([]byte(seed))
	}
	for _, ix := range []index.Index{validIndex(), manyEntries()} {
		seed, err := index.Encode(ix)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = wantSameAtOnce(t, string(data))
		ix, err := index.Decode(data)
		if err != nil {
			if err.Error() == "" || !cmp.Equal(ix, index.Index{}) {
				t.Fatalf("error %q with %+v", err, ix)
			}
			return
		}
		for _, p := range validate(t, ix) {
			if p.Where == "" || p.Found == "" || p.Want == "" || strings.ContainsAny(p.Error(), "\n\x1b") {
				t.Errorf("incomplete problem: %q", p)
			}
		}
		wantRoundTrip(t, ix)
	})
}

// FuzzEncode tries texts that FuzzDecode rarely reaches through YAML.
func FuzzEncode(f *testing.F) {
	f.Add("a", "b\n", "1.10", "{}")
	f.Add("~", "\n a\n  b\t\n\n", "\x00\x7f\u0085", "\ufeff😀\u2028")
	f.Add("<<", "# a", ": -", "'\"\\")
	f.Fuzz(func(t *testing.T, name, description, version, schema string) {
		wantRoundTrip(t, validIndex(change(func(e *index.Entry) {
			e.Name, e.Description, e.Version, e.JSONSchema.Value = name, description, version, schema
			e.URLs[1].Dependencies = index.Dependencies{name: {URL: version}}
		})))
	})
}

// FuzzValidate checks that Validate does not panic on any schema or URL, and that it gives the same
// result twice.
func FuzzValidate(f *testing.F) {
	f.Add(validIndex().Entries[0].JSONSchema.Value, "https://example.com/a.tar.gz//b?checksum=sha256:00&archive=zip")
	f.Add(`{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"http://a/b#c","$ref":"#/%zz","patternProperties":{"(?!":1}}`, "http://[::1%25x]:1/?a;b")
	f.Add(`{"$schema":"http://json-schema.org/draft-04/schema#","id":"x","items":[{"multipleOf":1e-300,"type":[]}],"dependencies":{"a":[1]}}`, "file:///a")
	f.Add(`{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveRef":"#","$vocabulary":{"x":true},"$anchor":5}`, "https://h/%2F%2F")
	f.Fuzz(func(t *testing.T, schema, url string) {
		ix := validIndex(change(func(e *index.Entry) {
			e.JSONSchema.Value = schema
			e.URLs[0].URL = url
			e.URLs[1].Dependencies["kubectl"] = index.Dependency{URL: url}
			e.DocumentationURL = url
		}))
		problems := validate(t, ix)
		for _, p := range problems {
			if p.Where == "" || p.Found == "" || p.Want == "" || strings.ContainsAny(p.Error(), "\n\x1b") {
				t.Errorf("incomplete problem: %q", p)
			}
		}
		wantEqual(t, problems, validate(t, ix))
	})
}

func wantRoundTrip(t *testing.T, ix index.Index) {
	t.Helper()
	out, err := index.Encode(ix)
	if err != nil {
		if encodable(ix) {
			t.Fatalf("%v: %+v", err, ix)
		}
		return
	}
	back, err := index.Decode(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wantEqual(t, ix.Sorted(), back)
	again, err := index.Encode(back)
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, string(out), string(again))
}

// encodable reports whether Encode must succeed.
func encodable(ix index.Index) bool {
	for _, e := range ix.Entries {
		for _, a := range e.URLs {
			for name := range a.Dependencies {
				if name == "<<" {
					return false
				}
			}
		}
	}
	return utf8.ValidString(fmt.Sprint(ix))
}
