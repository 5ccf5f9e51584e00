package index_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/jsonschema"
	"botkube-plugins/internal/problem"

	"github.com/hashicorp/go-version"
	"sigs.k8s.io/yaml"
)

type keywords = map[string]any

// webURL is a pattern for what wantWebURL accepts, and perhaps more.
const webURL = `^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]+`

// fileName is the pattern for a plain file name without the further characters.
func fileName(more string) string {
	return `^(?!\.{1,2}$)[^/\\\u0000-\u001f\u007f-\u009f` + more + `]+$`
}

// fieldRules returns what docs/plugins-index.schema.json says about each field, apart from its type. A rule
// allows everything that index.Validate allows.
func fieldRules(t *testing.T) map[string]keywords {
	optionalURL := "^$|" + webURL
	return map[string]keywords{
		"entries": {"description": "The plugins, each in one or more versions", "minItems": 1},
		"entries[].name": {
			"description": "The plugin's name in the configuration key <repository>/<name>",
			"pattern":     fileName(`@\s`), "maxLength": 255 - len("source_1_.downloading"),
		},
		"entries[].type":             {"enum": []any{index.TypeSource, index.TypeExecutor}, "description": "What the plugin is"},
		"entries[].description":      {"description": "One or more sentences for users", "pattern": `\S`},
		"entries[].documentationUrl": {"description": "Where the plugin is described", "pattern": optionalURL},
		"entries[].version": {
			"description": "The version, such as v1.2.3", "type": []any{"string", "number"},
			"pattern": "^(?:" + version.VersionRegexpRaw + ")$", "maxLength": 255,
		},
		"entries[].urls": {"description": "The files to install, one for each platform", "minItems": 1},
		"entries[].urls[].url": {
			"description": "The http or https URL of the program, or of an archive that holds it",
			// No // in the path, and no / at its end.
			"pattern": webURL + `(?:/[^/?#]+)+(?:[?#].*)?$`,
			"not":     keywords{"pattern": `^(?!.*\.tar\.[a-z0-9]+$)[^?#]*\.(?:bz2|gz|xz|zst)$`},
		},
		"entries[].urls[].checksum":              {"description": "The SHA-256 of the file at url", "pattern": "^[0-9A-Fa-f]{64}$"},
		"entries[].urls[].platform":              {"description": "The platform of the file, as values of GOOS and GOARCH", "anyOf": platforms(t)},
		"entries[].urls[].platform.os":           {"description": "The operating system"},
		"entries[].urls[].platform.architecture": {"description": "The architecture"},
		"entries[].urls[].dependencies": {
			"description":   "More programs to install, by file name",
			"propertyNames": keywords{"pattern": fileName(""), "maxLength": 255 - len(".downloading")},
		},
		"entries[].urls[].dependencies.<name>.url":            {"description": "The http or https URL of the program, or of an archive that holds it", "pattern": webURL},
		"entries[].jsonSchema":                                {"description": "The JSON Schema of the plugin's configuration", "not": bothSchemas},
		"entries[].jsonSchema.value":                          {"description": "The schema as JSON text"},
		"entries[].jsonSchema.refURL":                         {"description": "The URL of the schema, instead of value", "pattern": optionalURL},
		"entries[].externalRequest":                           {"description": "The incoming webhooks of a source"},
		"entries[].externalRequest.payload":                   {"description": "The body of a webhook"},
		"entries[].externalRequest.payload.jsonSchema":        {"description": "The JSON Schema of the body", "not": bothSchemas},
		"entries[].externalRequest.payload.jsonSchema.value":  {"description": "The schema as JSON text"},
		"entries[].externalRequest.payload.jsonSchema.refURL": {"description": "The URL of the schema, instead of value", "pattern": optionalURL},
		"entries[].recommended":                               {"description": "Whether the owner of the repository recommends the plugin"},
	}
}

var bothSchemas = keywords{
	"required":   []any{"value", "refURL"},
	"properties": keywords{"value": keywords{"minLength": 1}, "refURL": keywords{"minLength": 1}},
}

// platforms returns a schema for each operating system.
func platforms(t *testing.T) []any {
	t.Helper()
	list, err := exec.Command("go", "tool", "dist", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	architectures := map[string][]string{}
	for p := range strings.FieldsSeq(string(list)) {
		os, arch, _ := strings.Cut(p, "/")
		architectures[os] = append(architectures[os], arch)
	}
	var out []any
	for _, os := range slices.Sorted(maps.Keys(architectures)) {
		out = append(out, keywords{"properties": keywords{"os": keywords{"const": os}, "architecture": keywords{"enum": architectures[os]}}})
	}
	return out
}

// schemaOf returns the schema of a Go type with its rules, which it removes from rules.
func schemaOf(t *testing.T, typ reflect.Type, at string, rules map[string]keywords) keywords {
	t.Helper()
	var s keywords
	switch typ.Kind() {
	case reflect.Struct:
		properties, required := keywords{}, []string{}
		for field := range typ.Fields() {
			key, option, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			properties[key] = schemaOf(t, field.Type, strings.TrimPrefix(at+"."+key, "."), rules)
			if option == "" {
				required = append(required, key)
			}
		}
		s = keywords{"type": "object", "properties": properties, "additionalProperties": false}
		if len(required) > 0 {
			s["required"] = required
		}
	case reflect.Slice:
		s = keywords{"type": "array", "items": schemaOf(t, typ.Elem(), at+"[]", rules)}
	case reflect.Map:
		s = keywords{"type": "object", "additionalProperties": schemaOf(t, typ.Elem(), at+".<name>", rules)}
	case reflect.Bool:
		s = keywords{"type": "boolean"}
	case reflect.String:
		s = keywords{"type": "string"}
	default:
		t.Fatalf("%s is of the type %s, which has no schema", at, typ)
	}
	rule, ok := rules[at]
	if !ok && plainKeys.MatchString(at) {
		t.Errorf("the field %s has no rule", at)
	}
	maps.Copy(s, rule)
	delete(rules, at)
	return s
}

// plainKeys matches the place of a value that has a key of the format.
var plainKeys = regexp.MustCompile(`[A-Za-z]$`)

// docs/plugins-index.schema.json follows from the types of this package and fieldRules.
func TestEditorSchema(t *testing.T) {
	rules := fieldRules(t)
	schema := schemaOf(t, reflect.TypeFor[index.Index](), "", rules)
	for at := range rules {
		t.Errorf("found a rule for %s, which is not in the format", at)
	}
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "Botkube plugin index"
	schema["$comment"] = "Written by go test ./index -run EditorSchema -update. Edit index/types.go and index/editor_test.go instead."
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		t.Fatal(err)
	}
	wantGolden(t, "../../docs/plugins-index.schema.json", text.Bytes())

	// It is a schema, and allows an index with every field.
	compiled, err := jsonschema.Compile(text.String())
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, nil, judge(t, compiled, mustEncode(t, validIndex())))
	version := []byte("entries: [{version: 1.10, name: a, type: source, description: d, urls: [{url: https://example.com/a, checksum: " +
		digest + ", platform: {os: linux, architecture: amd64}}]}]")
	wantEqual(t, nil, judge(t, compiled, version))
}

// judge returns what an editor with the schema marks in a YAML text.
func judge(t *testing.T, schema *jsonschema.Schema, text []byte) problem.List {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	found, err := schema.Judge(t.Context(), value, nil)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// The schema allows every value that Validate allows, so that an editor never marks a valid one.
func TestEditorSchemaAllowsWhatIsValid(t *testing.T) {
	text, err := os.ReadFile("../docs/plugins-index.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.Compile(string(text))
	if err != nil {
		t.Fatal(err)
	}
	values := []string{
		"a", "a.b", "ä", "a-b_c", "..a", "1", "v1.2.3-rc.1+build", "1.2", "v2", "0x1", "https://example.com/a", "HTTP://h/a?b=c", "https://h/a.tar.gz",
		"https://h/a.gz?archive=false", "https://h/a/b.zip#x", "https://user@h:80/a", "https://h/a.tar.xz", "https://h", "https://h/", "https://[::1]/a",
		"https://h/a.tar.gz?x=.gz", "https://h/a%20b", "https://h/a b", "https://h/a.tar.gz//b", digest, strings.ToUpper(digest), "sha256:" + digest, "x/y", "{}",
		"", " ", "https://h/a.gz", "https://h?x", "https://h//a",
	}
	valid := 0
	for name, set := range map[string]func(*index.Entry, string){
		"name":             func(e *index.Entry, s string) { e.Name = s },
		"description":      func(e *index.Entry, s string) { e.Description = s },
		"documentationUrl": func(e *index.Entry, s string) { e.DocumentationURL = s },
		"version":          func(e *index.Entry, s string) { e.Version = s },
		"url":              func(e *index.Entry, s string) { e.URLs[0].URL = s },
		"checksum":         func(e *index.Entry, s string) { e.URLs[0].Checksum = s },
		"dependency": func(e *index.Entry, s string) {
			e.URLs = e.URLs[:1]
			e.URLs[0].Dependencies = index.Dependencies{s: {URL: "https://example.com/a"}}
		},
		"dependency's URL": func(e *index.Entry, s string) { e.URLs[0].Dependencies["kubectl"] = index.Dependency{URL: s} },
		"schema":           func(e *index.Entry, s string) { e.JSONSchema = index.JSONSchema{Value: s} },
		"refURL":           func(e *index.Entry, s string) { e.JSONSchema = index.JSONSchema{RefURL: s} },
	} {
		for _, value := range values {
			ix := validIndex(change(func(e *index.Entry) { set(e, value) }))
			found := judge(t, schema, mustEncode(t, ix))
			if len(validate(t, ix)) > 0 {
				continue
			}
			valid++
			if len(found) > 0 {
				t.Errorf("%s: the schema rejects the valid value %q: %v", name, value, found)
			}
		}
	}
	if valid < 60 {
		t.Errorf("only %d values are valid", valid)
	}
}
