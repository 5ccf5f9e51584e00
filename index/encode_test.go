package index_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/index"
)

func TestEncodeRejectsTextThatYAMLCannotRepresent(t *testing.T) {
	for name, spoil := range map[string]func(*index.Entry){
		"not UTF-8": func(e *index.Entry) { e.Description = "\xff" },
		"merge key": func(e *index.Entry) { e.URLs[0].Dependencies["<<"] = index.Dependency{URL: "u"} },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := index.Encode(validIndex(add(func(e *index.Entry) { e.Name = "broken"; spoil(e) })))
			if err == nil {
				t.Fatal("no error")
			}
			wantEqual(t, "source/broken v1.0.0: holds text that YAML cannot represent: text that is not UTF-8, or a dependency named <<", err.Error())
		})
	}
}

func TestEncodeGolden(t *testing.T) {
	wantGolden(t, "index.yaml", mustEncode(t, manyEntries()))
}

func TestEncodeOmitsUnsetFields(t *testing.T) {
	got := mustEncode(t, index.Index{Entries: []index.Entry{{
		Name: "echo", Type: index.TypeExecutor, Description: "d", Version: "1",
		URLs: []index.Artifact{{URL: "u", Checksum: "c", Platform: index.Platform{OS: "linux", Arch: "amd64"}, Dependencies: index.Dependencies{}}},
	}}})
	wantEqual(t, `entries:
- description: d
  name: echo
  type: executor
  urls:
  - checksum: c
    platform:
      architecture: amd64
      os: linux
    url: u
  version: "1"
`, string(got))
	wantEqual(t, "entries: []\n", string(mustEncode(t, index.Index{})))
}

// manyEntries returns an index whose order depends on every sorting rule.
func manyEntries() index.Index {
	ix := validIndex()
	for _, version := range []string{"v1.10.0", "v1.9.0", "1.10", "dev", "v2.0.0-rc.1", "broken", "v1.10.0+build.2", "v1.10.0+build.1", "1.0.0-rc.01", "1.0.0-rc.1"} {
		add(func(e *index.Entry) { e.Version = version })(&ix)
	}
	for _, name := range []string{"zebra", "apple"} {
		add(func(e *index.Entry) { e.Name, e.Type, e.JSONSchema = name, index.TypeExecutor, index.JSONSchema{} })(&ix)
	}
	add(func(e *index.Entry) {
		e.Name = "ports"
		e.URLs = nil
		for _, p := range []string{"windows/amd64", "linux/arm64", "darwin/arm64", "linux/amd64", "linux/amd64"} {
			os, arch, _ := strings.Cut(p, "/")
			e.URLs = append(e.URLs, index.Artifact{URL: "https://example.com/" + p, Checksum: digest, Platform: index.Platform{OS: os, Arch: arch}})
		}
		e.URLs[4].Checksum = strings.Repeat("0", 64)
	})(&ix)
	return ix
}

func TestSortedOrder(t *testing.T) {
	var got []string
	for _, e := range manyEntries().Sorted().Entries {
		got = append(got, string(e.Type)+" "+e.Name+" "+e.Version)
	}
	wantEqual(t, []string{
		"executor apple v1.0.0",
		"executor zebra v1.0.0",
		"source ports v1.0.0",
		"source ticker v2.0.0-rc.1",
		"source ticker 1.10",
		"source ticker v1.10.0",
		"source ticker v1.10.0+build.1",
		"source ticker v1.10.0+build.2",
		"source ticker v1.9.0",
		"source ticker v1.0.0",
		"source ticker 1.0.0-rc.01",
		"source ticker 1.0.0-rc.1",
		"source ticker broken",
		"source ticker dev",
	}, got)
}

func TestEncodeIgnoresTheOrderOfEntries(t *testing.T) {
	// Three pre-releases that Botkube's comparison orders in a circle, and entries that differ in
	// only one field.
	ix := manyEntries()
	for _, version := range []string{"1.0.0-99999999999999999999", "1.0.0-alpha", "1.0.0-88888888888888888888", "1.0.0-5"} {
		add(func(e *index.Entry) { e.Version = version })(&ix)
	}
	add(func(e *index.Entry) { e.Description = "Another." })(&ix)
	add(func(e *index.Entry) { e.URLs = e.URLs[:1] })(&ix)
	want := string(mustEncode(t, ix))
	if !strings.Contains(want, "Another.") {
		t.Fatalf("an entry is missing:\n%s", want)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 15 {
		random.Shuffle(len(ix.Entries), func(i, j int) { ix.Entries[i], ix.Entries[j] = ix.Entries[j], ix.Entries[i] })
		for _, e := range ix.Entries {
			random.Shuffle(len(e.URLs), func(i, j int) { e.URLs[i], e.URLs[j] = e.URLs[j], e.URLs[i] })
		}
		if got := string(mustEncode(t, ix)); got != want {
			wantEqual(t, want, got)
			return
		}
	}
}

func TestEncodeDoesNotModify(t *testing.T) {
	reversed := func() index.Index {
		ix := manyEntries()
		slices.Reverse(ix.Entries)
		for _, e := range ix.Entries {
			slices.Reverse(e.URLs)
		}
		return ix
	}
	ix := reversed()
	mustEncode(t, ix)
	wantEqual(t, reversed(), ix)

	ix.Sorted().Entries[0].URLs[0].Dependencies["kubectl"] = index.Dependency{URL: "changed"}
	wantEqual(t, reversed(), ix)
}

func TestEncodeRoundTrip(t *testing.T) {
	texts := []string{
		"", " ", "\n", "\n\n", "a\n", "a\n\n", " a\n b", "\ta\n", "a \n b ", "\r\n", "a\rb", "#", "a: b", "- a", "?", "!tag", "&a", "*a", "|", ">",
		"%", "@", "`", "'", `"`, `\`, "{", "[", "<<", "=", "~", "null", "Null", "true", "yes", "n", "1", "1.10", "0o17", "0x1F", "1e3", ".inf",
		".nan", "1_000", "1:30", "2001-01-01", "2001-01-01T00:00:00Z", "---", "...", "--- a", "\x00", "\x1b[31m", "\x7f", "\u0080", "\u0085",
		"\u00a0", "\u2028", "\u2029", "\ufeff", "\ufeffa", "\ufffd", "\ufffe", "\uffff", "é", "日本", "😀", "<html>&", `\u0041`, "a\u0085b\n",
		strings.Repeat("word ", 100), strings.Repeat("x", 3000),
	}
	key := func(text string) string {
		if text == "<<" {
			return "key"
		}
		return text
	}
	for _, text := range texts {
		ix := index.Index{Entries: []index.Entry{{
			Name: text, Type: index.Type(text), Description: text, DocumentationURL: text, Version: text,
			URLs: []index.Artifact{{
				URL: text, Checksum: text, Platform: index.Platform{OS: text, Arch: text},
				Dependencies: index.Dependencies{key(text): {URL: text}, "other": {}},
			}},
			JSONSchema:      index.JSONSchema{Value: text, RefURL: text},
			ExternalRequest: index.ExternalRequest{Payload: index.Payload{JSONSchema: index.JSONSchema{Value: text}}},
		}}}
		out, err := index.Encode(ix)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got, err := index.Decode(out)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		wantEqual(t, ix.Sorted(), got)
	}
}
