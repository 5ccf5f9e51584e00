package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
)

// execute runs a command with the configs of several bindings.
func execute(b *botkube, name, command string, configs ...string) (api.Message, error) {
	b.t.Helper()
	in := executor.ExecuteInput{Command: command}
	for _, text := range configs {
		in.Configs = append(in.Configs, &executor.Config{RawYAML: []byte(text)})
	}
	out, err := b.executor(name).Execute(b.t.Context(), in)
	return out.Message, err
}

func TestEchoExecutes(t *testing.T) {
	_, indexURL := publishDist(t)
	b := (&botkube{t: t, indexURL: indexURL, executors: []string{"echo"}}).mustStart()

	for _, tt := range []struct {
		command string
		configs []string
		want    string
	}{
		{"echo hello", nil, "hello"},
		{"echo Hello  World", []string{"null\n"}, "Hello  World"},
		{"echo hello", []string{"upperCase: true"}, "HELLO"},
		{"echo hello", []string{"upperCase: true", "upperCase: false"}, "hello"},
	} {
		got, err := execute(b, "echo", tt.command, tt.configs...)
		if err != nil || got.BaseBody.CodeBlock != tt.want {
			t.Errorf("%s with %q: found %+v, error %v; want %q", tt.command, tt.configs, got, err, tt.want)
		}
	}

	got, err := execute(b, "echo", "echo hello", "upperCase: loud")
	if err == nil || !strings.Contains(err.Error(), "loud") {
		t.Errorf("found %+v, error %v; want an error about the config", got, err)
	}
	if got, err := execute(b, "echo", "echo again"); err != nil || got.BaseBody.CodeBlock != "again" {
		t.Errorf("after an error: found %+v, error %v", got, err)
	}
}

// The help has a button that runs the example.
func TestEchoHelps(t *testing.T) {
	_, indexURL := publishDist(t)
	b := (&botkube{t: t, indexURL: indexURL, executors: []string{"echo"}}).mustStart()

	help, err := b.executor("echo").Help(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(help)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "echo hello") {
		t.Errorf("found no example in %s", text)
	}
}
