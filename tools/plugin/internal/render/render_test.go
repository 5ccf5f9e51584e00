package render

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/tools/plugin/internal/chat"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
)

var update = flag.Bool("update", false, "rewrite the expected texts in testdata")

func messages() map[string]pluginhost.Message {
	button := api.NewMessageButtonBuilder()
	return map[string]pluginhost.Message{
		"everything": {
			Type:              api.ThreadMessage,
			OnlyVisibleForYou: true,
			ReplaceOriginal:   true,
			BaseBody:          api.Body{Plaintext: "Hello, {{BotName}}\n\n", CodeBlock: "\n$ kubectl get pods\n  none\n"},
			Timestamp:         time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC),
			PlaintextInputs:   api.LabelInputs{{Text: "Filter", Placeholder: "a word", Command: "{{BotName}} filter"}},
			Sections: []api.Section{
				{
					Base: api.Base{
						Header: "Pods\nof today", Description: "All of them",
						Body: api.Body{Plaintext: "There are\nmany", CodeBlock: "a\n\nb"},
					},
					TextFields:  api.TextFields{{Key: "Kind", Value: "pod"}, {Key: "Namespace", Value: "all"}},
					BulletLists: api.BulletLists{{Title: "Reasons", Items: []string{"one", "another\none"}}, {Items: []string{"bare"}}},
					Buttons: api.Buttons{
						button.ForCommandWithDescCmd("Try it", "echo hello"), button.ForURL("Docs", "https://example.com"),
						button.ForCommandWithItalicDesc("Delete", "forever", "delete"),
					},
					Context: api.ContextItems{{Text: "as of now"}},
				},
				{
					MultiSelect: api.MultiSelect{
						Name: "Sources", Command: "{{BotName}} edit", Description: api.Body{Plaintext: "Topics"},
						Options:        []api.OptionItem{{Name: "Events", Value: "k8s-events"}, {Name: "all", Value: "all"}},
						InitialOptions: []api.OptionItem{{Name: "all", Value: "all"}},
					},
					Selects: api.Selects{Items: []api.Select{{
						Name: "Resource", Command: "{{BotName}} get", InitialOption: &api.OptionItem{Name: "pods", Value: "pods"},
						OptionGroups: []api.OptionGroup{{Name: "Workloads", Options: []api.OptionItem{
							{Name: "pods", Value: "pods"}, {Name: "jobs", Value: "batch/jobs"},
						}}},
					}, {Name: "Name", InitialOption: &api.OptionItem{Name: "web", Value: "web"}}}},
					PlaintextInputs: api.LabelInputs{{Text: "Since"}},
				},
			},
		},
		"base-body-only": {
			Type: api.BaseBodyWithFilterMessage, BaseBody: api.Body{Plaintext: "only this"},
			Sections: []api.Section{{Base: api.Base{Header: "not this"}}},
		},
		"addressed":          {UserHandle: "U0123", ParentActivityID: "1712.34", BaseBody: api.Body{Plaintext: "to one"}},
		"control-characters": {BaseBody: api.Body{Plaintext: "a\x1b[2Jb\ttab\r\nnext\x00 \xff ü ✓ 👍"}},
		"empty":              {},
		"skipped":            {Type: api.SkipMessage, BaseBody: api.Body{Plaintext: "not sent"}},
		"sections": {Sections: []api.Section{
			{Base: api.Base{Header: "One"}}, {}, {Base: api.Base{Header: "Two", Body: api.Body{CodeBlock: "x"}}},
		}},
	}
}

func TestMessage(t *testing.T) {
	for name, message := range messages() {
		t.Run(name, func(t *testing.T) {
			golden(t, name, Message(&chat.Message{Message: message}, cli.Style{}))
		})
	}
	numbered := new(chat.Chat).Add(messages()["everything"], nil)
	numbered.Texts[&numbered.Sections[1].PlaintextInputs[0]] = "10\x1bm"
	golden(t, "everything-numbered", Message(numbered, cli.Style{}))
	golden(t, "everything-colored", Message(&chat.Message{Message: messages()["everything"]}, cli.Style{Terminal: true, Color: true}))
}

func TestLine(t *testing.T) {
	var plain, colored []string
	for _, line := range []pluginhost.Line{
		{Stream: pluginhost.Stderr, Text: "a line"},
		{Stream: pluginhost.Stderr, Text: "a \x1b[31mred\x1b[0m line"},
		{Stream: pluginhost.Stdout, Text: "a line on stdout"},
		{Stream: pluginhost.Stderr, Text: `{"@level":"debug","@message":"plugin address","@timestamp":"2026-01-01T00:00:00Z","address":"/tmp/x"}`},
		{Stream: pluginhost.Stderr, Text: `{"@level":"debug","@message":"a detail","@timestamp":"2026-01-01T00:00:00Z"}`},
		{Stream: pluginhost.Stderr, Text: `{"@level":"info","@message":"watching","@module":"pods","in":"all namespaces","count":3,"list":["a"]}`},
		{Stream: pluginhost.Stderr, Text: `{"@level":"warn","@message":"slow","took":"3s"}`},
		{Stream: pluginhost.Stderr, Text: `{"@level":"error","@message":"gone","error":""}`},
		{Stream: pluginhost.Stderr, Text: `{"level":"info","msg":"of another logger"}`},
		{Stream: pluginhost.Stderr, Text: `{"@level":"in\nfo","@message":"two\nlines","@module":"a\nb","c\nd":1}`},
	} {
		if text := Line(line, cli.Style{}); text != "" {
			plain = append(plain, text)
			colored = append(colored, Line(line, cli.Style{Color: true}))
		}
	}
	golden(t, "log", strings.Join(plain, "\n"))
	golden(t, "log-colored", strings.Join(colored, "\n"))
}

// golden compares a text with a file, without the line end of the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got+"\n"); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
