//go:build docs

package docs_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/jsonschema"

	"sigs.k8s.io/yaml"
)

// releaseURL is the URL of an index that a release publishes.
var releaseURL = regexp.MustCompile(`^https://github\.com/OWNER/REPO/releases/download/v\d+\.\d+\.\d+/plugins-index\.yaml$`)

// values checks a block of Botkube's values: each repository is the index of a release, and each
// plugin is in the index, with a config that its schema allows.
func (r *reader) values(t *testing.T, block string) {
	t.Helper()
	var values struct {
		Plugins struct {
			Repositories map[string]struct{ URL string }
		}
		Sources, Executors map[string]map[string]any
	}
	if err := yaml.UnmarshalStrict([]byte(block), &values); err != nil {
		t.Fatalf("%v in:\n%s", err, block)
	}
	for name, repository := range values.Plugins.Repositories {
		if !releaseURL.MatchString(repository.URL) {
			t.Errorf("repository %s: found the URL %s, want one that matches %s", name, repository.URL, releaseURL)
		}
	}
	checked := 0
	for pluginType, groups := range map[index.Type]map[string]map[string]any{
		index.TypeSource: values.Sources, index.TypeExecutor: values.Executors,
	} {
		for _, group := range groups {
			for key, plugin := range group {
				repository, name, ok := strings.Cut(key, "/")
				if !ok {
					continue // displayName
				}
				checked++
				if _, ok := values.Plugins.Repositories[repository]; !ok {
					t.Errorf("found %s, want a repository of these values:\n%s", key, block)
				}
				if err := r.configure(t, pluginType, name, plugin.(map[string]any)["config"]); err != nil {
					t.Errorf("%s: %v", key, err)
				}
			}
		}
	}
	if checked == 0 {
		t.Errorf("found no plugin in:\n%s", block)
	}
}

// configure returns an error if the plugin is not in the index, or if its schema does not allow the
// config.
func (r *reader) configure(t *testing.T, pluginType index.Type, name string, config any) error {
	t.Helper()
	entries := r.index(t).Entries
	at := slices.IndexFunc(entries, func(e index.Entry) bool { return e.Type == pluginType && e.Name == name })
	if at < 0 {
		return fmt.Errorf("the index has no %s of that name", pluginType)
	}
	schema, err := jsonschema.Compile(entries[at].JSONSchema.Value)
	if err != nil {
		return err
	}
	problems, err := schema.Judge(t.Context(), config, nil)
	if err != nil {
		return err
	}
	return problems.Err()
}
