package main

import (
	"strings"
	"testing"

	"botkube-plugins/internal/pluginkit"
	"botkube-plugins/internal/pluginkit/plugintest"

	"github.com/kubeshop/botkube/pkg/api/source"
)

func configCases(t *testing.T) []plugintest.ConfigCase[struct{}] {
	t.Helper()
	const (
		config = "config 1 of 1: "
		want   = ", want an empty config: this plugin has no options"
	)
	return []plugintest.ConfigCase[struct{}]{
		{Name: "field", Configs: []string{"interval: 5m"}, WantErr: config + "interval: found an unknown field" + want},
		{Name: "null field", Configs: []string{"interval: null"}, WantErr: config + "interval: found an unknown field" + want},
		{Name: "field that is no string", Configs: []string{"1: 5m"}, WantErr: config + "found map[1:5m]" + want},
		{Name: "empty list", Configs: []string{"[]"}, WantErr: config + "found []" + want},
		{Name: "string", Configs: []string{"5m"}, WantErr: config + `found "5m"` + want},
		{
			Name: "broken YAML", Configs: []string{"interval: ["},
			WantErr: config + `found "interval: [" (line 1: did not find expected node content)` + want,
		},
		{
			Name: "broken YAML after nothing", Configs: []string{"{"},
			WantErr: config + `found "{" (line 1: did not find expected node content)` + want,
		},
		{
			Name: "long value", Configs: []string{strings.Repeat("ü", 160)},
			WantErr: config + `found "` + strings.Repeat("ü", 159) + "…" + want,
		},

		{Name: "none"},
		{Name: "empty", Configs: []string{""}},
		{Name: "null", Configs: []string{"null\n"}},
		{Name: "no fields", Configs: []string{"{}"}},
		{Name: "README.md", Configs: []string{plugintest.READMEConfig(t, name)}},
	}
}

// severalConfigs are not for HandleExternalRequest, which gets one.
func severalConfigs() plugintest.ConfigCase[struct{}] {
	const want = "found an unknown field, want an empty config: this plugin has no options"
	return plugintest.ConfigCase[struct{}]{
		Name: "every problem of every config", Configs: []string{"b: 1\na: 2", "", "c: 3"},
		WantErr: "config 1 of 3: a: " + want + "\nconfig 1 of 3: b: " + want + "\nconfig 3 of 3: c: " + want,
	}
}

func TestConfigs(t *testing.T) {
	merge := func(configs []*source.Config) (struct{}, error) { return struct{}{}, pluginkit.MergeConfigs(configs) }
	plugintest.CheckSourceConfigs(t, server{}, configSchema, merge, append(configCases(t), severalConfigs()))
}

func TestConfigErrorsOfRequests(t *testing.T) {
	client := plugintest.ServeSource(t, server{})
	plugintest.CheckErrors(t, func(configs ...string) error {
		in := source.ExternalRequestInput{
			Config:  plugintest.SourceConfigs(configs...)[0],
			Payload: []byte(`{"message": "hello"}`),
		}
		_, err := client.HandleExternalRequest(t.Context(), in)
		return err
	}, configCases(t))
}
