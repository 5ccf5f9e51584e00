package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/config"
	"github.com/kubeshop/botkube/pkg/loggerx"
	"github.com/kubeshop/botkube/pkg/plugin"
	"gopkg.in/yaml.v3"
	sigsyaml "sigs.k8s.io/yaml"
)

// slackApp is what an operator's values already have: the app in Slack.
const slackApp = `
communications:
  default-group:
    socketSlack: {enabled: true, appToken: xapp-none, botToken: xoxb-none}
`

const everyType = `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "required": ["name", "limits"],
  "additionalProperties": false,
  "properties": {
    "name": {"type": "string", "minLength": 2, "description": "What it is called."},
    "note": {"type": "string", "default": "first\nsecond"},
    "size": {"type": "integer", "minimum": 1, "maximum": 10},
    "ratio": {"type": ["number", "null"]},
    "loud": {"type": "boolean", "default": false},
    "level": {"enum": ["low", "high", 3, null]},
    "kind": {"oneOf": [{"const": "a", "title": "First"}, {"const": "b"}]},
    "fixed": {"const": "yes"},
    "limits": {
      "type": "object", "required": ["cpu"],
      "properties": {"cpu": {"type": "string", "pattern": "^[0-9]+m?$"}, "memory": {"$ref": "#/definitions/memory"}}
    },
    "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": true},
    "ports": {"type": "array", "items": {"type": "object", "required": ["port"], "properties": {"port": {"type": "integer"}}}},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "target": {"oneOf": [
      {"title": "By name", "type": "object", "required": ["app"], "additionalProperties": false, "properties": {"app": {"type": "string"}}},
      {"title": "By number", "type": "integer"}
    ]},
    "free": {},
    "tree": {"$ref": "#/definitions/tree"}
  },
  "definitions": {
    "memory": {"type": "string", "description": "Such as 64Mi."},
    "tree": {"type": "object", "properties": {"left": {"$ref": "#/definitions/tree"}}}
  }
}`

// Each type of field has a control, and what is entered there reaches the plugin through Helm and
// Botkube's configuration unchanged.
func TestFormShowsEveryTypeOfField(t *testing.T) {
	p := openForm(t, everyType)
	p.fill("name", "yes")
	p.fill("note", "third\nfourth: #5")
	p.fill("size", "7")
	p.fill("ratio", "1e-7")
	p.choose("loud", "true")
	p.choose("level", "3")
	p.choose("kind", "a (First)")
	p.choose("fixed", "yes")
	p.fill("cpu", "0500")
	p.fill("memory", "64Mi")
	for i, tag := range []string{"1:30", "null", "2024-01-01"} {
		p.click("Add item to tags")
		p.fill("Item "+string(rune('1'+i)), tag)
	}
	p.click("Remove item 2 of tags")
	p.click("Add item to ports")
	p.fill("port", "80")
	p.click("Add field to labels")
	p.fill("Name", "on")
	p.fill("Value", "off")
	p.choose("Form of target", "By number")
	p.fill("target", "8080")
	p.fill("free", "[a, {b: 1}]")
	p.fill("left", "{left: {}}")
	p.fill("Channel", "operations")

	want := map[string]any{
		"name": "yes", "note": "third\nfourth: #5", "size": 7.0, "ratio": 1e-7, "loud": true, "level": 3.0, "kind": "a", "fixed": "yes",
		"limits": map[string]any{"cpu": "0500", "memory": "64Mi"}, "tags": []any{"1:30", "2024-01-01"},
		"ports": []any{map[string]any{"port": 80.0}}, "labels": map[string]any{"on": "off"}, "target": 8080.0,
		"free": []any{"a", map[string]any{"b": 1.0}}, "tree": map[string]any{"left": map[string]any{"left": map[string]any{}}},
	}
	if diff := cmp.Diff(want, configOf(t, p.values())); diff != "" {
		t.Errorf("the config differs (-want +got):\n%s", diff)
	}
	cfg, _, sources := enabled(t, []byte(slackApp), []byte(p.values()))
	if got := cfg.Communications["default-group"].SocketSlack.Channels["operations"]; got.Name != "operations" || len(sources) != 1 {
		t.Errorf("found the channel %+v and the sources %v, want operations and one source", got, sources)
	}
}

// configOf returns the config of the source that values enable, as JSON has it. The values must be
// the same for Botkube with and without Helm.
func configOf(t *testing.T, values string) any {
	t.Helper()
	if values == "" {
		t.Fatal("the page offers no values")
	}
	direct := loadedConfig(t, []byte(values))
	var helm any
	must(t, sigsyaml.Unmarshal([]byte(values), &helm))
	passed, err := sigsyaml.Marshal(helm)
	must(t, err)
	if diff := cmp.Diff(direct, loadedConfig(t, passed)); diff != "" {
		t.Errorf("Helm changes the config (-before +after):\n%s", diff)
	}
	return direct
}

func loadedConfig(t *testing.T, values []byte) (config any) {
	t.Helper()
	cfg, _, _ := enabled(t, []byte(slackApp), values)
	raw := rawConfig(t, cfg.Sources["tested"].Plugins["my-repo/tested"])
	must(t, yaml.Unmarshal([]byte(raw), &config))
	text, err := json.Marshal(config)
	must(t, err)
	must(t, json.Unmarshal(text, &config))
	return config
}

// A problem is shown at its field while people type, and there are no values until it is gone.
func TestFormShowsProblemsAtTheirFields(t *testing.T) {
	p := openForm(t, everyType)
	if p.values() != "" {
		t.Error("found values though name is required")
	}
	if got := p.fieldError("note"); got != "" {
		t.Errorf("found the problem %q at a field that nobody has been in", got)
	}
	fixed := map[string]string{"name": "ab", "cpu": "1", "size": "5", "ratio": "2.5", "Channel": "general"}
	for _, test := range []struct{ field, text, want string }{
		{"name", "a", "must have at least 2 characters"},
		{"name", "", "a value is required"},
		{"size", "eleven", "must be an integer"},
		{"size", "11", "must be at most 10"},
		{"size", "1.5", "must be an integer"},
		{"size", "9007199254740993", "must be between ±9007199254740991"},
		{"ratio", "1e999", "must be a finite number"},
		{"cpu", "many", "must match ^[0-9]+m?$"},
		{"free", "[", "is not YAML: line 2: unexpected end of the stream"},
		{"free", "&a [*a]", "has too many values"},
		{"Channel", "Not A Channel", "must be a channel of Slack, such as general"},
	} {
		for field, text := range fixed {
			p.fill(field, text)
		}
		p.fill("free", "")
		if p.values() == "" {
			t.Fatalf("found no values before %s is %q: %s", test.field, test.text, eval[string](p, `document.querySelector(".values").textContent`))
		}
		p.fill(test.field, test.text)
		p.focus("note") // leave the field
		if got := p.fieldError(test.field); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s %q: found the problem %q, want %q", test.field, test.text, got, test.want)
		}
		if p.values() != "" || eval[string](p, `document.getElementById("values").textContent`) != "" {
			t.Errorf("%s %q: found values, want none", test.field, test.text)
		}
		if got := eval[string](p, `document.getElementById("values-status").textContent`); got != "No values yet: 1 problem." {
			t.Errorf("%s %q: found the status %q", test.field, test.text, got)
		}
	}
}

// The button copies what is shown, and a link in the list of problems leads to the field.
func TestFormCopiesValues(t *testing.T) {
	p := openForm(t, `{"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}`)
	eval[any](p, `document.querySelector(".problems a").click()`)
	if got := eval[string](p, `document.activeElement.labels[0].textContent`); got != "name required" {
		t.Errorf("the link leads to %q", got)
	}
	p.fill("name", "x")
	eval[any](p, `navigator.clipboard.writeText = async (text) => { window.copied = text; }`)
	p.click("Copy")
	if got := eval[string](p, "window.copied"); got != p.values() || got == "" {
		t.Errorf("copied %q, want the values", got)
	}
}

// The editor takes any YAML. What a form can show goes back and forth, and nothing is lost.
func TestConfigIsEditedAsYAML(t *testing.T) {
	p := openForm(t, everyType)
	p.click("YAML")
	p.fill("Config", "name: on\nlimits: {cpu: '1'}\nlevel: 3\n")
	want := map[string]any{"name": "on", "limits": map[string]any{"cpu": "1"}, "level": 3.0}
	if diff := cmp.Diff(want, configOf(t, p.values())); diff != "" {
		t.Errorf("the config differs (-want +got):\n%s", diff)
	}
	p.click("Form")
	if got := eval[bool](p, `document.getElementById("editor-form").checked`); !got {
		t.Fatal("the form does not show the config")
	}
	p.fill("name", "off")
	p.click("YAML")
	for text, want := range map[string]string{
		"name: a":                              "a value is required",
		"name: [":                              "is not YAML: line 2: ",
		"- name":                               "must be a map",
		"name: ab\nlevel: null":                "a value is required, since Helm removes a field that is null",
		"name: ab\nlimits: {cpu: '1'}\nnew: 1": "is not a field of this config",
	} {
		p.fill("Config", text)
		p.focus("Channel")
		if got := p.fieldError("Config"); !strings.Contains(got, want) || p.values() != "" {
			t.Errorf("%q: found the problem %q and the values %q, want %q and none", text, got, p.values(), want)
		}
	}
	p.click("Form")
	if got := eval[string](p, `document.querySelector("#config-form > .form > .field-error").textContent`); got == "" || !eval[bool](p, `document.getElementById("editor-yaml").checked`) {
		t.Errorf("found %q, want a reason why the form cannot show the config", got)
	}
}

// Schemas that say nothing about fields are edited as YAML. Nothing is offered for a schema that the
// page cannot judge by.
func TestSchemasThatAFormCannotShow(t *testing.T) {
	schemas := map[string]string{
		``:   "",
		`{}`: "",
		`{"type": ["object", "array"], "minProperties": 1}`:                               "must have at least 1 field",
		`{"$ref": "https://example.com/schema.json"}`:                                     "cannot be checked on this page: Unresolved $ref",
		`{"properties": {"a": {"pattern": "(?i)a"}}, "required": ["a"]}`:                  "",
		`{"$schema": "https://json-schema.org/draft/2020-12/schema", "$dynamicRef": "#"}`: "cannot be checked on this page: the schema has a $dynamicRef",
	}
	var ix plugin.Index
	pages := map[string]string{}
	for i, schema := range slices.Sorted(maps.Keys(schemas)) {
		name := fmt.Sprintf("tested%d", i)
		ix.Entries = append(ix.Entries, entryWithSchema(plugin.TypeSource, name, schema))
		pages[schema] = "plugins/my-repo/source-" + name + ".html"
	}
	site := makeSite(t, ix)
	for schema, problem := range schemas {
		t.Run(schema, func(t *testing.T) {
			p := openPage(t, site, pages[schema], look{})
			if strings.Contains(schema, "properties\":") {
				p.fill("a", "A")
				problem = "cannot be checked on this page: Invalid regular expression"
			} else if !eval[bool](p, `document.getElementById("editor-yaml").checked`) {
				t.Error("found a form, want an editor")
			}
			text := eval[string](p, `document.querySelector("#config-form .problems").textContent`)
			if !strings.Contains(text, problem) || (problem == "") != (p.values() != "") {
				t.Errorf("found the problem %q and the values %q, want %q", text, p.values(), problem)
			}
		})
	}
}

// The binding is what Botkube's configuration of each platform expects.
func TestFormBindsThePluginOnEveryPlatform(t *testing.T) {
	p := openForm(t, "{}")
	for platform, app := range map[string]string{
		"Slack":      slackApp,
		"Mattermost": "communications: {default-group: {mattermost: {enabled: true, botName: b, url: https://example.com, token: t, team: t}}}",
		"Discord":    "communications: {default-group: {discord: {enabled: true, token: t, botID: b}}}",
	} {
		p.choose("Platform", platform)
		cfg, details, err := config.LoadWithDefaults([][]byte{[]byte(app), []byte(p.values())})
		if err != nil || details.ValidateWarnings != nil {
			t.Fatalf("%s: found error %v and warnings %v", platform, err, details.ValidateWarnings)
		}
		_, sources := plugin.NewCollector(loggerx.NewNoop()).GetAllEnabledAndUsedPlugins(cfg)
		if fmt.Sprint(sources) != "[my-repo/tested]" {
			t.Errorf("%s: found the sources %v, want the bound one", platform, sources)
		}
	}
}
