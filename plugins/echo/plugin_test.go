package main

import (
	"strings"
	"testing"

	"botkube-plugins/internal/pluginkit/plugintest"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

func TestExecuteOverGRPC(t *testing.T) {
	usage := func(found string) api.Message {
		return api.Message{BaseBody: api.Body{
			Plaintext: "Found " + found + ", want echo followed by a text, for example:",
			CodeBlock: "{{BotName}} echo hello",
		}}
	}
	answer := func(text string) api.Message {
		return api.Message{Type: api.BaseBodyWithFilterMessage, BaseBody: api.Body{CodeBlock: text}}
	}
	long := "ecko " + strings.Repeat("ü", 156)
	upperCase := []string{"upperCase: true"} // which is for the echoed text, not for the usage
	tests := []struct {
		name    string
		command string
		configs []string
		want    api.Message
	}{
		{"nothing", "", upperCase, usage("nothing")},
		{"blanks", " \n", upperCase, usage("nothing")},
		{"no text", "echo", upperCase, usage(`"echo"`)},
		{"blank text", " echo \t ", upperCase, usage(`"echo"`)},
		{"another command", "ecko hi", upperCase, usage(`"ecko hi"`)},
		{"longer command", "echoes hi", upperCase, usage(`"echoes hi"`)},
		{"command in another case", "Echo hi", upperCase, usage(`"Echo hi"`)},
		{"command later on", "say echo hi", upperCase, usage(`"say echo hi"`)},
		{"long command", long, upperCase, usage(`"` + strings.TrimSuffix(long, "ü") + `…" (161 characters)`)},

		{"text", "echo hello", nil, answer("hello")},
		{"blanks around", " \techo \n hello \n", nil, answer("hello")},
		{"blanks within", "echo one  two\n\tthree", nil, answer("one  two\n\tthree")},
		{"quotes", `echo "one" 'two'`, nil, answer(`"one" 'two'`)},
		{"the command as text", "echo echo echo", nil, answer("echo echo")},
		{"upper case", "echo hello ü", upperCase, answer("HELLO Ü")},
		{"not upper case", "echo Hello", []string{"upperCase: false"}, answer("Hello")},
		{"the last config wins", "echo Hello", []string{"upperCase: true", "upperCase: false"}, answer("Hello")},
	}
	client := plugintest.ServeExecutor(t, server{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := executor.ExecuteInput{Command: tt.command, Configs: plugintest.ExecutorConfigs(tt.configs...)}
			got, err := client.Execute(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(executor.ExecuteOutput{Message: tt.want}, got); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHelpOverGRPC(t *testing.T) {
	got, err := plugintest.ServeExecutor(t, server{}).Help(t.Context())
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
	want := api.MetadataOutput{
		Version:          "dev",
		Description:      "Answers with the text it is given, in upper case if configured so.",
		DocumentationURL: "https://docs.botkube.io/plugins/",
		JSONSchema:       api.JSONSchema{Value: configSchema},
	}
	plugintest.CheckMetadata(t, plugintest.ServeExecutor(t, server{}), want)

	want.Version, want.DocumentationURL = plugintest.Version, plugintest.DocsBase+"/plugins/echo"
	plugintest.CheckMetadata(t, plugintest.StartExecutor(t), want)
}
