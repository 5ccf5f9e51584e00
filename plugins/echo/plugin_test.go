package main

import (
	"strings"
	"testing"

	"botkube-plugins/internal/pluginkit/plugintest"

	"github.com/kubeshop/botkube/pkg/api"
)

func TestExecute(t *testing.T) {
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
	plugintest.CheckExecute(t, server{}, []plugintest.ExecuteCase{
		{Name: "nothing", Command: "", Configs: upperCase, Want: usage("nothing")},
		{Name: "blanks", Command: " \n", Configs: upperCase, Want: usage("nothing")},
		{Name: "no text", Command: "echo", Configs: upperCase, Want: usage(`"echo"`)},
		{Name: "blank text", Command: " echo \t ", Configs: upperCase, Want: usage(`"echo"`)},
		{Name: "another command", Command: "ecko hi", Configs: upperCase, Want: usage(`"ecko hi"`)},
		{Name: "longer command", Command: "echoes hi", Configs: upperCase, Want: usage(`"echoes hi"`)},
		{Name: "command in another case", Command: "Echo hi", Configs: upperCase, Want: usage(`"Echo hi"`)},
		{Name: "command later on", Command: "say echo hi", Configs: upperCase, Want: usage(`"say echo hi"`)},
		{Name: "long command", Command: long, Configs: upperCase, Want: usage(`"` + strings.TrimSuffix(long, "ü") + `…" (161 characters)`)},

		{Name: "text", Command: "echo hello", Want: answer("hello")},
		{Name: "blanks around", Command: " \techo \n hello \n", Want: answer("hello")},
		{Name: "blanks within", Command: "echo one  two\n\tthree", Want: answer("one  two\n\tthree")},
		{Name: "quotes", Command: `echo "one" 'two'`, Want: answer(`"one" 'two'`)},
		{Name: "the command as text", Command: "echo echo echo", Want: answer("echo echo")},
		{Name: "upper case", Command: "echo hello ü", Configs: upperCase, Want: answer("HELLO Ü")},
		{Name: "not upper case", Command: "echo Hello", Configs: []string{"upperCase: false"}, Want: answer("Hello")},
		{Name: "the last config wins", Command: "echo Hello", Configs: []string{"upperCase: true", "upperCase: false"}, Want: answer("Hello")},
	})
}

func TestHelp(t *testing.T) {
	plugintest.CheckHelp(t, server{}, api.Message{Sections: []api.Section{{
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
	}}})
}

func TestMetadata(t *testing.T) {
	plugintest.CheckExecutorMetadata(t, server{}, "echo", api.MetadataOutput{
		Description: "Answers with the text it is given, in upper case if configured so.",
		JSONSchema:  api.JSONSchema{Value: configSchema},
	})
}
