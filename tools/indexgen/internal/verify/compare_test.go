package verify

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/pluginhost"

	"github.com/kubeshop/botkube/pkg/api"
)

// complete returns metadata with every field, and the entry for it.
func complete() (pluginhost.Metadata, index.Entry) {
	md := pluginhost.Metadata{
		Version: "1.0.0", Description: "d", DocumentationURL: "https://example.com", Recommended: true,
		JSONSchema:      api.JSONSchema{Value: "{}", RefURL: "https://example.com/schema"},
		ExternalRequest: api.ExternalRequestMetadata{Payload: api.ExternalRequestPayload{JSONSchema: api.JSONSchema{Value: "{}", RefURL: "https://example.com/p"}}},
		Dependencies:    map[string]api.Dependency{"kubectl": {URLs: api.URLs{"linux/amd64": "https://example.com/kubectl"}}},
	}
	return md, index.Entry{
		Name: "x", Type: index.TypeSource, Version: "1.0.0", Description: "d", DocumentationURL: "https://example.com", Recommended: true,
		JSONSchema:      index.JSONSchema{Value: "{}", RefURL: "https://example.com/schema"},
		ExternalRequest: index.ExternalRequest{Payload: index.Payload{JSONSchema: index.JSONSchema{Value: "{}", RefURL: "https://example.com/p"}}},
		URLs: []index.Artifact{{
			URL: "https://example.com/a", Checksum: "00", Platform: index.Platform{OS: "linux", Arch: "amd64"},
			Dependencies: index.Dependencies{"kubectl": {URL: "https://example.com/kubectl"}},
		}},
	}
}

// A dependency may have another URL if the index states its checksum, but not another name.
func TestCompareAcceptsPinnedDependencies(t *testing.T) {
	md, entry := complete()
	for dependency, want := range map[[2]string]int{
		{"kubectl", "https://example.com/kubectl?checksum=sha256:00"}: 0,
		{"kubectl", "file:///mirror/kubectl.tar?checksum=sha256:00"}:  0,
		{"kubectl", "https://example.com/other"}:                      1,
		{"helm", "https://example.com/kubectl?checksum=sha256:00"}:    1, // the index may add one that is pinned
	} {
		c := &Check{}
		a := entry.URLs[0]
		a.Dependencies = index.Dependencies{dependency[0]: {URL: dependency[1]}}
		c.compare(entry, a, md)
		if len(c.problems) != want {
			t.Errorf("%s: found the problems %v, want %d", dependency, c.problems, want)
		}
	}
}

// notReported are the fields that are not in a plugin's metadata. The first two identify the
// plugin, and downloading the artifact checks the others.
var notReported = []string{"Name", "Type", "URLs.URL", "URLs.Checksum", "URLs.Platform.OS", "URLs.Platform.Arch"}

// The test walks the fields of the entry, so it also fails for a new field that compare ignores.
func TestCompareSeesEveryField(t *testing.T) {
	md, entry := complete()
	c := &Check{}
	c.compare(entry, entry.URLs[0], md)
	if len(c.problems) > 0 {
		t.Fatalf("found %v, want an entry that is equal", c.problems)
	}
	seen := 0
	changeEach(t, "", reflect.ValueOf(&entry).Elem(), func(field string) {
		c := &Check{}
		c.compare(entry, entry.URLs[0], md)
		if len(c.problems) == 0 && !slices.Contains(notReported, field) {
			t.Errorf("%s: found no problem with a changed value", field)
		}
		seen++
	})
	if seen < 14 {
		t.Errorf("found only %d values", seen)
	}
}

// changeEach changes one value at a time, calls changed, and restores the value.
func changeEach(t *testing.T, field string, v reflect.Value, changed func(field string)) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			changeEach(t, strings.TrimPrefix(field+"."+v.Type().Field(i).Name, "."), v.Field(i), changed)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			t.Fatalf("%s is empty in the complete entry", field)
		}
		for i := range v.Len() {
			changeEach(t, field, v.Index(i), changed)
		}
	case reflect.Map:
		if v.Len() == 0 {
			t.Fatalf("%s is empty in the complete entry", field)
		}
		for _, key := range v.MapKeys() {
			old := v.MapIndex(key)
			element := reflect.New(old.Type()).Elem()
			element.Set(old)
			changeEach(t, fmt.Sprintf("%s[%s]", field, key), element, func(field string) {
				v.SetMapIndex(key, element)
				changed(field)
				v.SetMapIndex(key, old)
			})
		}
	case reflect.String:
		old := v.String()
		v.SetString(old + "x")
		changed(field)
		v.SetString(old)
	case reflect.Bool:
		v.SetBool(!v.Bool())
		changed(field)
		v.SetBool(!v.Bool())
	default:
		t.Fatalf("%s: this test does not know how to change a %s", field, v.Kind())
	}
}

func TestCompareNamesTheField(t *testing.T) {
	md, entry := complete()
	md.Dependencies["kubectl"].URLs["linux/amd64"] = "https://example.com/<other>"
	md.Recommended, md.JSONSchema.RefURL = false, ""
	c := &Check{Plugin: "source/x", Version: "1.0.0", Platform: "linux/amd64"}
	c.compare(entry, entry.URLs[0], md)
	var got []string
	for _, p := range c.problems {
		got = append(got, p.Error())
	}
	want := []string{
		`source/x 1.0.0 linux/amd64: dependencies.kubectl.url: found "https://example.com/<other>" in the plugin's metadata, want "https://example.com/kubectl", as the index says`,
		`source/x 1.0.0 linux/amd64: jsonSchema.refURL: found nothing in the plugin's metadata, want "https://example.com/schema", as the index says`,
		`source/x 1.0.0 linux/amd64: recommended: found nothing in the plugin's metadata, want true, as the index says`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The metadata of an executor has no external requests.
func TestCompareExecutor(t *testing.T) {
	md, entry := complete()
	entry.Type, md.ExternalRequest = index.TypeExecutor, api.ExternalRequestMetadata{}
	c := &Check{}
	if c.compare(entry, entry.URLs[0], md); len(c.problems) > 0 {
		t.Errorf("found %v, want no problem", c.problems)
	}
}
