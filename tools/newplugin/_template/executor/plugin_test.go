package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

func TestMergeConfigs(t *testing.T) {
	tests := []struct {
		name    string
		configs []string
		want    string
		wantErr string
	}{
		{
			name: "unknown field", configs: []string{"{}", "greting: Ahoy"},
			wantErr: `config 2 of 2: found "greting: Ahoy", want the fields of config_schema.json`,
		},
		{name: "no mapping", configs: []string{"Ahoy"}, wantErr: `config 1 of 1: found "Ahoy", want`},
		{name: "blank", configs: []string{`greeting: " "`}, wantErr: `greeting: found " ", want a text`},
		{name: "no config", want: "Hello"},
		{name: "empty and null", configs: []string{"", "null\n", "greeting: null"}, want: "Hello"},
		{name: "the last wins", configs: []string{"greeting: Hi", "greeting: Ahoy", "{}"}, want: "Ahoy"},
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
			if err != nil || got.Greeting != tt.want {
				t.Errorf("found the greeting %q, error %v, want %q", got.Greeting, err, tt.want)
			}
		})
	}
}

func TestExecuteOverGRPC(t *testing.T) {
	const example = "{{BotName}} " + name + " greet Ada"
	tests := []struct {
		name    string
		command string
		want    api.Message
	}{
		{name: "no verb", command: name, want: api.Message{BaseBody: api.Body{
			Plaintext: `Found "` + name + `", want someone to greet, for example:`, CodeBlock: example,
		}}},
		{name: "another verb", command: name + " meet Ada", want: api.Message{BaseBody: api.Body{
			Plaintext: `Found "` + name + ` meet Ada", want someone to greet, for example:`, CodeBlock: example,
		}}},
		{name: "greet", command: name + " greet  Ada ", want: api.NewCodeBlockMessage("Ahoy, Ada", true)},
	}
	client := connect(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := client.Execute(t.Context(), executor.ExecuteInput{Command: tt.command, Configs: configs("greeting: Ahoy")})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(executor.ExecuteOutput{Message: tt.want}, got); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
	_, err := client.Execute(t.Context(), executor.ExecuteInput{Command: name + " greet Ada", Configs: configs("greting: Ahoy")})
	if err == nil || !strings.Contains(err.Error(), `found "greting: Ahoy"`) {
		t.Errorf("found error %v, want one about the config", err)
	}
}

func TestHelpOverGRPC(t *testing.T) {
	got, err := connect(t).Help(t.Context())
	if err != nil || !strings.Contains(got.BaseBody.CodeBlock, name+" greet Ada") {
		t.Errorf("found %+v, error %v, want an example", got, err)
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
func connect(t *testing.T) executor.Executor {
	t.Helper()
	plugins := map[string]plugin.Plugin{name: &executor.Plugin{Executor: server{}}}
	client, grpcServer := plugin.TestPluginGRPCConn(t, false, plugins)
	t.Cleanup(func() {
		_ = client.Close() // tells the server to stop
		<-grpcServer.DoneCh
	})
	dispensed, err := client.Dispense(name)
	if err != nil {
		t.Fatal(err)
	}
	return dispensed.(executor.Executor)
}

func configs(raws ...string) []*executor.Config {
	var all []*executor.Config
	for _, raw := range raws {
		all = append(all, &executor.Config{RawYAML: []byte(raw)})
	}
	return all
}
