package index_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
)

// ticker returns a problem of the first entry of validIndex.
func ticker(field, found, want string) problem.List {
	return problem.List{{Where: "source/ticker", Field: "entries[0]." + field, Found: found, Want: want}}
}

func TestValidateAcceptsTheValidIndex(t *testing.T) {
	wantEqual(t, nil, validate(t, validIndex()))
	if err := validate(t, validIndex()).Err(); err != nil {
		t.Error(err)
	}
}

func TestValidateIndexItself(t *testing.T) {
	want := problem.List{{Where: "index", Field: "entries", Found: "nothing", Want: "at least one plugin"}}
	wantEqual(t, want, validate(t, index.Index{}))
	wantEqual(t, "index: entries: found nothing, want at least one plugin", want.Error())
}

func TestValidateName(t *testing.T) {
	const plain = "a plain file name, since Botkube uses it in the name of a file"
	const space = "a name without whitespace, which nobody can type in a command"
	for name, want := range map[string]string{
		"":             "a name",
		"tick@v1":      "a name without @, which Botkube takes for the start of the version",
		"a/b":          plain,
		`a\b`:          plain,
		".":            plain,
		"..":           plain,
		"a\x00b":       plain,
		"a\u0085b":     plain,
		"a\xffb":       plain,
		"a b":          space,
		"a\u00a0b":     space,
		"tick_er":      "",
		"tick-er.2":    "",
		"Tick":         "",
		"日本":           "",
		long(255 - 26): "", // source_v1.0.0_….downloading
		long(256 - 26): "a shorter name: the file <type>_<version>_<name>.downloading has more than 255 bytes",
	} {
		t.Run(name, func(t *testing.T) {
			got := validate(t, validIndex(change(func(e *index.Entry) { e.Name = name })))
			if want == "" {
				wantEqual(t, nil, got)
				return
			}
			if len(got) != 1 {
				t.Fatalf("want one problem, got %v", got)
			}
			wantEqual(t, problem.Problem{Where: "source/" + problem.Label(name), Field: "entries[0].name", Found: got[0].Found, Want: want}, got[0])
		})
	}
}

func long(n int) string { return strings.Repeat("x", n) }

const (
	wantVersion     = "a version such as v1.2.3, which Botkube can compare with others"
	wantDescription = "a description, without which Botkube's own index builder rejects the plugin"
)

func TestValidateFields(t *testing.T) {
	const web = "an absolute http or https URL with a host"
	for name, tt := range map[string]struct {
		change func(*index.Entry)
		want   problem.List
	}{
		"no type": {
			func(e *index.Entry) { e.Type = "" },
			problem.List{{Where: `""/ticker`, Field: "entries[0].type", Found: "nothing", Want: "source or executor"}},
		},
		"unknown type": {
			func(e *index.Entry) { e.Type = "Source" },
			problem.List{{Where: "Source/ticker", Field: "entries[0].type", Found: `"Source"`, Want: "source or executor"}},
		},
		"no description":    {func(e *index.Entry) { e.Description = "" }, ticker("description", "nothing", wantDescription)},
		"blank description": {func(e *index.Entry) { e.Description = " \n" }, ticker("description", `" \n"`, wantDescription)},
		"documentation without scheme": {
			func(e *index.Entry) { e.DocumentationURL = "example.com/docs" },
			ticker("documentationUrl", `"example.com/docs"`, web),
		},
		"no documentation": {func(e *index.Entry) { e.DocumentationURL = "" }, nil},
		"documentation with // and a query": {
			func(e *index.Entry) { e.DocumentationURL = "https://example.com//docs/?a;b" }, nil,
		},
		"no version":                    {func(e *index.Entry) { e.Version = "" }, ticker("version", "nothing", wantVersion)},
		"version that does not compare": {func(e *index.Entry) { e.Version = "dev" }, ticker("version", `"dev"`, wantVersion)},
		"version with a path":           {func(e *index.Entry) { e.Version = "1.0.0/../.." }, ticker("version", `"1.0.0/../.."`, wantVersion)},
		"version that overflows":        {func(e *index.Entry) { e.Version = "99999999999999999999.0.0" }, ticker("version", `"99999999999999999999.0.0"`, wantVersion)},
		"pre-release with metadata":     {func(e *index.Entry) { e.Version = "1.0.0-rc.1~x+build.5" }, nil},
		"no artifacts": {
			func(e *index.Entry) { e.URLs = nil },
			ticker("urls", "nothing", "an artifact for at least one platform"),
		},
		"schema by value and by reference": {
			func(e *index.Entry) { e.JSONSchema.RefURL = "https://example.com/schema.json" },
			ticker("jsonSchema", "value and refURL", "one of the two"),
		},
		"payload schema by value and by reference": {
			func(e *index.Entry) { e.ExternalRequest.Payload.JSONSchema.Value = "{}" },
			ticker("externalRequest.payload.jsonSchema", "value and refURL", "one of the two"),
		},
		"reference that is a path": {
			func(e *index.Entry) { e.JSONSchema = index.JSONSchema{RefURL: "/schema.json"} },
			ticker("jsonSchema.refURL", `"/schema.json"`, web),
		},
		"payload schema that is not JSON": {
			func(e *index.Entry) {
				e.ExternalRequest.Payload.JSONSchema = index.JSONSchema{Value: "type: object"}
			},
			ticker("externalRequest.payload.jsonSchema.value", `"type: object"`, "a JSON Schema in JSON: line 1: invalid character 'y' in literal true (expecting 'r')"),
		},
		"neither schema": {
			func(e *index.Entry) { e.JSONSchema, e.ExternalRequest = index.JSONSchema{}, index.ExternalRequest{} }, nil,
		},
		"executor with an external request": {func(e *index.Entry) { e.Type = index.TypeExecutor }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			wantEqual(t, tt.want, validate(t, validIndex(change(tt.change))))
		})
	}
}

func TestValidateVersionsOfOnePlugin(t *testing.T) {
	for name, tt := range map[string]struct {
		first, second string
		want          string // of the second; empty if there is no problem
	}{
		"the same":                     {"v1.0.0", "v1.0.0", "another version: entries[0] has the same one, and Botkube rejects the index"},
		"the same and not parseable":   {"dev", "dev", "another version: entries[0] has the same one, and Botkube rejects the index"},
		"with and without v":           {"v1.0.0", "1.0.0", `another version: Botkube takes "v1.0.0" of entries[0] for the same one, and installs either`},
		"with fewer numbers":           {"1.0", "1.0.0", `another version: Botkube takes "1.0" of entries[0] for the same one, and installs either`},
		"other build metadata":         {"1.0.0+a", "1.0.0+b", `another version: Botkube takes "1.0.0+a" of entries[0] for the same one, and installs either`},
		"numbers with a leading zero":  {"1.0.0-rc.1", "1.0.0-rc.01", `another version: Botkube takes "1.0.0-rc.1" of entries[0] for the same one, and installs either`},
		"each newer than the other":    {"1.0.0-a", "1.0.0-99999999999999999999", "a version such as v1.2.3, which Botkube can compare with others: a number has at most 18 digits"},
		"newer":                        {"v1.0.0", "v1.0.1", ""},
		"pre-release":                  {"v1.0.0", "v1.0.0-rc.1", ""},
		"two pre-releases":             {"v1.0.0-rc.2", "v1.0.0-rc.10", ""},
		"one parseable, the other not": {"v1.0.0", "dev", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got problem.List
			ix := validIndex(change(func(e *index.Entry) { e.Version = tt.first }), add(func(e *index.Entry) { e.Version = tt.second }))
			for _, p := range validate(t, ix) {
				if p.Want != wantVersion {
					got = append(got, p)
				}
			}
			var want problem.List
			if tt.want != "" {
				want = problem.List{{Where: "source/ticker", Field: "entries[1].version", Found: fmt.Sprintf("%q", tt.second), Want: tt.want}}
			}
			wantEqual(t, want, got)
		})
	}

	t.Run("versions of other plugins", func(t *testing.T) {
		wantEqual(t, nil, validate(t, validIndex(
			add(func(e *index.Entry) { e.Type = index.TypeExecutor }),
			add(func(e *index.Entry) { e.Name = "other" }),
		)))
	})
}

func TestValidateArtifacts(t *testing.T) {
	const checksum = "64 hexadecimal digits, the SHA-256 of the file at url"
	const platform = "a platform that go tool dist list prints, such as linux/amd64"
	for name, tt := range map[string]struct {
		change func(*index.Artifact) // of the second artifact
		want   problem.List
	}{
		"no URL":                           {func(a *index.Artifact) { a.URL = "" }, ticker("urls[1].url", "nothing", "an absolute http or https URL with a host")},
		"no checksum":                      {func(a *index.Artifact) { a.Checksum = "" }, ticker("urls[1].checksum", "nothing", checksum)},
		"short checksum":                   {func(a *index.Artifact) { a.Checksum = "abc" }, ticker("urls[1].checksum", `"abc" (3 characters)`, checksum)},
		"one character":                    {func(a *index.Artifact) { a.Checksum = "a" }, ticker("urls[1].checksum", `"a" (1 character)`, checksum)},
		"SHA-1":                            {func(a *index.Artifact) { a.Checksum = digest[:40] }, ticker("urls[1].checksum", `"`+digest[:40]+`" (40 characters)`, checksum)},
		"checksum with its kind":           {func(a *index.Artifact) { a.Checksum = "sha256:" + digest }, ticker("urls[1].checksum", `"sha256:`+digest+`" (71 characters)`, checksum)},
		"checksum with another g":          {func(a *index.Artifact) { a.Checksum = digest[:63] + "g" }, ticker("urls[1].checksum", `"`+digest[:63]+`g" (64 characters)`, checksum)},
		"long checksum":                    {func(a *index.Artifact) { a.Checksum = long(1000) }, ticker("urls[1].checksum", `"`+long(160)+`…" (1000 characters)`, checksum)},
		"checksum in capitals":             {func(a *index.Artifact) { a.Checksum = strings.ToUpper(digest) }, nil},
		"no platform":                      {func(a *index.Artifact) { a.Platform = index.Platform{} }, ticker("urls[1].platform", "nothing", platform)},
		"unknown architecture":             {func(a *index.Artifact) { a.Platform.Arch = "x86_64" }, ticker("urls[1].platform", `"linux/x86_64"`, platform)},
		"swapped":                          {func(a *index.Artifact) { a.Platform = index.Platform{OS: "amd64", Arch: "linux"} }, ticker("urls[1].platform", `"amd64/linux"`, platform)},
		"all in one":                       {func(a *index.Artifact) { a.Platform = index.Platform{OS: "linux/arm64"} }, ticker("urls[1].platform", `"linux/arm64/"`, platform)},
		"platform of another artifact":     {func(a *index.Artifact) { a.Platform.Arch = "amd64" }, ticker("urls[1].platform", `"linux/amd64"`, "another platform: urls[0] has the same one, and Botkube uses only the last")},
		"dependency missing":               {func(a *index.Artifact) { a.Dependencies = nil }, ticker(`urls[1].dependencies["kubectl"]`, "nothing", "a URL for linux/arm64, since another platform has this dependency")},
		"dependency of this platform only": {func(a *index.Artifact) { a.Dependencies["z"] = index.Dependency{URL: "https://example.com/z"} }, ticker(`urls[0].dependencies["z"]`, "nothing", "a URL for linux/amd64, since another platform has this dependency")},
		"dependency without URL":           {func(a *index.Artifact) { a.Dependencies["kubectl"] = index.Dependency{} }, ticker(`urls[1].dependencies["kubectl"].url`, "nothing", "an absolute http or https URL with a host")},
	} {
		t.Run(name, func(t *testing.T) {
			wantEqual(t, tt.want, validate(t, validIndex(change(func(e *index.Entry) { tt.change(&e.URLs[1]) }))))
		})
	}
}

func TestValidateDependencyName(t *testing.T) {
	const plain = "a plain file name, under which the plugin finds the dependency"
	for name, want := range map[string]string{
		"":             plain,
		".":            plain,
		"..":           plain,
		"../kubectl":   plain,
		"bin/kubectl":  plain,
		`bin\kubectl`:  plain,
		"kube\nctl":    plain,
		long(244):      plain,
		long(243):      "", // and .downloading
		"kubectl-1.30": "",
		"my tool":      "",
	} {
		t.Run(name, func(t *testing.T) {
			got := validate(t, validIndex(change(func(e *index.Entry) {
				e.URLs = e.URLs[:1]
				e.URLs[0].Dependencies = index.Dependencies{name: {URL: "https://example.com/x"}}
			})))
			if want == "" {
				wantEqual(t, nil, got)
				return
			}
			if len(got) != 1 {
				t.Fatalf("want one problem, got %v", got)
			}
			wantEqual(t, ticker(fmt.Sprintf("urls[0].dependencies[%s]", problem.Value(name)), got[0].Found, want), got)
		})
	}
}

func TestValidateReportsEverythingInOrder(t *testing.T) {
	got := validate(t, index.Index{Entries: []index.Entry{
		{},
		validIndex().Entries[0],
		{
			Name: "tick er", Type: "daemon", DocumentationURL: "docs", Version: "v1",
			URLs: []index.Artifact{
				{URL: "https://example.com//a", Platform: index.Platform{OS: "linux", Arch: "amd64"}, Dependencies: index.Dependencies{"b": {}, "a/": {URL: "https://example.com/a"}}},
				{URL: "https://example.com/a.gz", Checksum: "abc", Platform: index.Platform{OS: "linux", Arch: "amd64"}},
			},
			JSONSchema:      index.JSONSchema{Value: `{"type": "text", "$ref": "#/nowhere"}`, RefURL: "x"},
			ExternalRequest: index.ExternalRequest{Payload: index.Payload{JSONSchema: index.JSONSchema{Value: "{"}}},
		},
	}})
	err := got.Err()
	wantGolden(t, "problems.txt", []byte(err.Error()+"\n"))

	problems, ok := errors.AsType[problem.List](fmt.Errorf("wrapped: %w", err))
	if !ok {
		t.Fatal("errors.As does not find the problems")
	}
	wantEqual(t, got, problems)
}

func TestProblemIsOnePrintableLine(t *testing.T) {
	for _, text := range []string{"a\nb", "\x1b[31mred", "\u202eevil", "\xff", long(10_000)} {
		ix := validIndex(change(func(e *index.Entry) {
			e.Name, e.Type, e.Version = text, index.Type(text), text
			e.JSONSchema.Value = fmt.Sprintf(`{"properties": {%q: {"type": %q}}, "$ref": %q}`, "x"+text, text, "#"+text)
			e.URLs[0].URL = "https://exa mple.com/" + text
			e.URLs[0].Dependencies = index.Dependencies{text: {URL: text}}
			e.URLs[1].Platform.OS = text
			e.URLs[1].URL = "https://example.com:" + text
		}))
		problems := validate(t, ix)
		if len(problems) < 5 {
			t.Errorf("%q: only %v", text, problems)
		}
		for _, p := range problems {
			for _, r := range p.String() {
				if r < ' ' || r == 0x7f || r == '\u202e' || r == '\ufffd' {
					t.Errorf("%q: control character in %q", text, p.String())
					break
				}
			}
			if len(p.String()) > 2000 {
				t.Errorf("%q: %d bytes: %s", text, len(p.String()), p)
			}
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	ix := manyEntries()
	for b.Loop() {
		_ = validate(b, ix)
	}
}

func BenchmarkEncode(b *testing.B) {
	ix := manyEntries()
	for b.Loop() {
		if _, err := index.Encode(ix); err != nil {
			b.Fatal(err)
		}
	}
}
