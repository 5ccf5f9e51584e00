package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"google.golang.org/grpc/status"
)

func TestWrongConfigIsRejected(t *testing.T) {
	client := dispense(t, connect(t))
	for _, tt := range configCases() {
		if tt.wantErr == "" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			got, err := client.Execute(t.Context(), executor.ExecuteInput{Command: "echo hello", Configs: configs(tt.config)})
			if diff := cmp.Diff("config 1 of 1: "+tt.wantErr, status.Convert(err).Message()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(executor.ExecuteOutput{}, got); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrongCommandIsAnsweredWithUsage(t *testing.T) {
	tests := []struct {
		name    string
		command string
		found   string
	}{
		{name: "nothing", command: "", found: `""`},
		{name: "blanks", command: " \n", found: `""`},
		{name: "no text", command: "echo", found: `"echo"`},
		{name: "blank text", command: " echo \t ", found: `"echo"`},
		{name: "another command", command: "ecko hi", found: `"ecko hi"`},
		{name: "longer command", command: "echoes hi", found: `"echoes hi"`},
		{name: "command in another case", command: "Echo hi", found: `"Echo hi"`},
		{name: "command further on", command: "say echo hi", found: `"say echo hi"`},
		{name: "long command", command: "ecko " + strings.Repeat("ü", 56), found: `"ecko ` + strings.Repeat("ü", 55) + `…"`},
	}
	client := dispense(t, connect(t))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// upperCase is for what is echoed, not for usage.
			got := execute(t, client, tt.command, "upperCase: true")
			want := executor.ExecuteOutput{Message: api.Message{BaseBody: api.Body{
				Plaintext: "Found " + tt.found + ", want echo followed by a text, for example:",
				CodeBlock: "{{BotName}} echo hello",
			}}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExecuteAnswersWithTheText(t *testing.T) {
	tests := []struct {
		name    string
		command string
		configs []string
		want    string
	}{
		{name: "text", command: "echo hello", want: "hello"},
		{name: "blanks around", command: " \techo \n hello \n", want: "hello"},
		{name: "blanks within", command: "echo one  two\n\tthree", want: "one  two\n\tthree"},
		{name: "quotes", command: `echo "one" 'two'`, want: `"one" 'two'`},
		{name: "the command as text", command: "echo echo echo", want: "echo echo"},
		{name: "upper case", command: "echo hello ü", configs: []string{"upperCase: true"}, want: "HELLO Ü"},
		{name: "not upper case", command: "echo Hello", configs: []string{"upperCase: false"}, want: "Hello"},
		{name: "last config wins", command: "echo Hello", configs: []string{"upperCase: true", "upperCase: false"}, want: "Hello"},
	}
	client := dispense(t, connect(t))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := execute(t, client, tt.command, tt.configs...)
			want := executor.ExecuteOutput{Message: api.Message{
				Type:     api.BaseBodyWithFilterMessage,
				BaseBody: api.Body{CodeBlock: tt.want},
			}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	got, err := dispense(t, connect(t)).Help(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := api.Message{Sections: []api.Section{{
		Base: api.Base{
			Header:      "Echo",
			Description: "Write echo and then a text, and the answer is that text. For example:",
		},
		Buttons: api.Buttons{{
			Name:             "Try it",
			Command:          "{{BotName}} echo hello",
			Description:      "{{BotName}} echo hello",
			DescriptionStyle: api.ButtonDescriptionStyleCode,
		}},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("help (-want +got):\n%s", diff)
	}
}

func TestMetadata(t *testing.T) {
	checkMetadata(t, dispense(t, connect(t)), "dev", "https://docs.botkube.io/plugins/")
}

func TestBinary(t *testing.T) {
	client := plugin.NewClient(&plugin.ClientConfig{ // as Botkube's plugin manager does it
		Plugins:          map[string]plugin.Plugin{name: &executor.Plugin{}},
		Cmd:              exec.Command(build(t)),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  executor.ProtocolVersion,
			MagicCookieKey:   api.HandshakeConfig.MagicCookieKey,
			MagicCookieValue: api.HandshakeConfig.MagicCookieValue,
		},
	})
	t.Cleanup(client.Kill)
	connection, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	checkMetadata(t, dispense(t, connection), "v1.2.3", "https://example.com/repo/tree/v1.2.3/plugins/echo")
}

// connect serves the plugin in this process over go-plugin's gRPC.
func connect(t *testing.T) *plugin.GRPCClient {
	t.Helper()
	plugins := map[string]plugin.Plugin{name: &executor.Plugin{Executor: echo{}}}
	client, server := plugin.TestPluginGRPCConn(t, false, plugins)
	t.Cleanup(func() {
		_ = client.Close() // tells the server to stop
		<-server.DoneCh
	})
	return client
}

func dispense(t *testing.T, client plugin.ClientProtocol) executor.Executor {
	t.Helper()
	dispensed, err := client.Dispense(name)
	if err != nil {
		t.Fatal(err)
	}
	return dispensed.(executor.Executor)
}

func execute(t *testing.T, client executor.Executor, command string, raws ...string) executor.ExecuteOutput {
	t.Helper()
	output, err := client.Execute(t.Context(), executor.ExecuteInput{Command: command, Configs: configs(raws...)})
	if err != nil {
		t.Fatal(err)
	}
	return output
}

func checkMetadata(t *testing.T, client executor.Executor, version, documentationURL string) {
	t.Helper()
	schema, err := os.ReadFile("config_schema.json")
	if err != nil {
		t.Fatal(err)
	}
	want := api.MetadataOutput{
		Version:          version,
		Description:      "Answers with the text it is given, in upper case if configured so.",
		DocumentationURL: documentationURL,
		JSONSchema:       api.JSONSchema{Value: string(schema)},
		Dependencies:     map[string]api.Dependency{},
	}
	got, err := client.Metadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Validate(); err != nil {
		t.Errorf("Botkube finds it invalid: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

// build builds the plugin the way a release does.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	const ldflags = "-s -w -X main.version=v1.2.3 -X main.docsBase=https://example.com/repo/tree/v1.2.3"
	command := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", ldflags, "-o", binary, ".")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return binary
}
