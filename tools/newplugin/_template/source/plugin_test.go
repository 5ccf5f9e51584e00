package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
)

func TestMergeConfigs(t *testing.T) {
	tests := []struct {
		name    string
		configs []string
		want    string
		wantErr string
	}{
		{
			name: "unknown field", configs: []string{"{}", "mesage: Ahoy"},
			wantErr: `config 2 of 2: found "mesage: Ahoy", want the fields of config_schema.json`,
		},
		{name: "no mapping", configs: []string{"Ahoy"}, wantErr: `config 1 of 1: found "Ahoy", want`},
		{name: "blank", configs: []string{`message: " "`}, wantErr: `message: found " ", want a text`},
		{name: "no config", want: "Hello"},
		{name: "empty and null", configs: []string{"", "null\n", "message: null"}, want: "Hello"},
		{name: "the last wins", configs: []string{"message: Hi", "message: Ahoy", "{}"}, want: "Ahoy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := mergeConfigs(configs(tt.configs...))
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Errorf("found error %v, want %q", err, tt.wantErr)
				}
				return
			}
			if err != nil || got.Message != tt.want {
				t.Errorf("found the message %q, error %v, want %q", got.Message, err, tt.want)
			}
		})
	}
}

func TestStreamRejectsWrongConfig(t *testing.T) {
	out, err := server{}.Stream(t.Context(), source.StreamInput{Configs: configs("mesage: Ahoy")})
	if err == nil || out.Event != nil {
		t.Errorf("found the channel %v, error %v, want an error alone", out.Event, err)
	}
}

func TestStreamEndsWithItsContext(t *testing.T) {
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
}

func TestStreamOverGRPC(t *testing.T) {
	out, err := connect(t).Stream(t.Context(), source.StreamInput{Configs: configs("message: Ahoy")})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-out.Event:
		if diff := cmp.Diff(source.Event{Message: api.NewPlaintextMessage("Ahoy", true)}, got); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no event")
	}
}

func TestMetadataOverGRPC(t *testing.T) {
	got, err := connect(t).Metadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := api.MetadataOutput{
		Version:          "dev",
		Description:      description,
		DocumentationURL: "https://docs.botkube.io/plugins/",
		JSONSchema:       api.JSONSchema{Value: configSchema},
		Dependencies:     map[string]api.Dependency{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if err := got.Validate(); err != nil {
		t.Errorf("Botkube finds it invalid: %v", err)
	}
}

// connect serves the plugin in this process over go-plugin's gRPC, and returns Botkube's client of it.
func connect(t *testing.T) source.Source {
	t.Helper()
	plugins := map[string]plugin.Plugin{name: &source.Plugin{Source: server{}}}
	client, grpcServer := plugin.TestPluginGRPCConn(t, false, plugins)
	t.Cleanup(func() {
		_ = client.Close() // tells the server to stop
		<-grpcServer.DoneCh
	})
	dispensed, err := client.Dispense(name)
	if err != nil {
		t.Fatal(err)
	}
	return dispensed.(source.Source)
}

func configs(raws ...string) []*source.Config {
	var all []*source.Config
	for _, raw := range raws {
		all = append(all, &source.Config{RawYAML: []byte(raw)})
	}
	return all
}
