package main

import (
	"testing"

	"botkube-plugins/internal/pluginkit/plugintest"

	"github.com/kubeshop/botkube/pkg/api"
)

func TestConfigs(t *testing.T) {
	const (
		want    = ", want a text that is not blank"
		unknown = ": found an unknown field, want one of: message"
	)
	plugintest.CheckSourceConfigs(t, server{}, configSchema, mergeConfigs, []plugintest.ConfigCase[config]{
		{Name: "number", Configs: []string{"message: 5"}, WantErr: "config 1 of 1: message: found 5" + want},
		{Name: "blank", Configs: []string{`message: " "`}, WantErr: `config 1 of 1: message: found " "` + want},
		{Name: "no mapping", Configs: []string{"Ahoy"}, WantErr: `config 1 of 1: found "Ahoy", want a YAML mapping`},
		{
			Name: "every problem of every config", Configs: []string{"message: 5\nmesage: Hi", "message: Ahoy", "mesage: Ahoy"},
			WantErr: "config 1 of 3: mesage" + unknown + "\nconfig 1 of 3: message: found 5" + want + "\nconfig 3 of 3: mesage" + unknown,
		},

		{Name: "none", Want: config{message: "Hello"}},
		{Name: "empty and null", Configs: []string{"", "null\n", "message: null"}, Want: config{message: "Hello"}},
		{Name: "the last wins", Configs: []string{"message: Hi", "message: Ahoy", "{}"}, Want: config{message: "Ahoy"}},
		{Name: "README.md", Configs: []string{plugintest.READMEConfig(t, name)}, Want: config{message: "Ahoy"}},
	})
}

func TestStream(t *testing.T) {
	plugintest.CheckFirstEvent(t, server{}, api.NewPlaintextMessage("Hello", true))
	plugintest.CheckFirstEvent(t, server{}, api.NewPlaintextMessage("Ahoy", true), "message: Ahoy")
}

func TestStreamEndsWithItsContext(t *testing.T) {
	plugintest.CheckStreamEnds(t, server{}, 0) // while the event waits for its receiver
	plugintest.CheckStreamEnds(t, server{}, 1)
}

func TestMetadata(t *testing.T) {
	plugintest.CheckSourceMetadata(t, server{}, name, api.MetadataOutput{
		Description: description, JSONSchema: api.JSONSchema{Value: configSchema},
	})
}
