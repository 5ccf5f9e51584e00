package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"botkube-plugins/internal/pluginkit/plugintest"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
)

func configCases(t *testing.T) []plugintest.ConfigCase[config] {
	t.Helper()
	const (
		want    = ", want a text that is not blank"
		unknown = ": found an unknown field, want one of: message"
	)
	return []plugintest.ConfigCase[config]{
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
	}
}

func TestConfigs(t *testing.T) {
	merge := func(configs ...string) (config, error) { return mergeConfigs(plugintest.SourceConfigs(configs...)) }
	plugintest.CheckConfigs(t, configSchema, merge, configCases(t))
}

func TestConfigErrorsOverGRPC(t *testing.T) {
	plugintest.CheckErrors(t, plugintest.ServeSource(t, server{}).StreamError, configCases(t))
}

func TestStreamOverGRPC(t *testing.T) {
	in := source.StreamInput{Configs: plugintest.SourceConfigs("message: Ahoy")}
	out, err := plugintest.ServeSource(t, server{}).Stream(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-out.Event:
		if diff := cmp.Diff(source.Event{Message: api.NewPlaintextMessage("Ahoy", true)}, got); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	case <-time.After(plugintest.Patience):
		t.Fatal("found no event")
	}
}

// The goroutines that Stream starts end with its context: synctest waits for them.
func TestStreamEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		out, err := server{}.Stream(ctx, source.StreamInput{})
		if err != nil {
			t.Fatal(err)
		}
		<-out.Event
		cancel()
		if event, open := <-out.Event; open {
			t.Errorf("found the event %v after the end", event)
		}
	})
}

func TestMetadata(t *testing.T) {
	want := api.MetadataOutput{
		Version:          "dev",
		Description:      description,
		DocumentationURL: "https://docs.botkube.io/plugins/",
		JSONSchema:       api.JSONSchema{Value: configSchema},
	}
	plugintest.CheckMetadata(t, plugintest.ServeSource(t, server{}), want)

	want.Version, want.DocumentationURL = plugintest.Version, plugintest.DocsBase+"/plugins/"+name
	plugintest.CheckMetadata(t, plugintest.StartSource(t), want)
}
