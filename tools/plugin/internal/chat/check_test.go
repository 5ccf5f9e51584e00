//go:build unix

package chat_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/plugin/internal/chat"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
)

// valid has every part that is checked, each at its limit where that is short.
func valid() api.Message {
	m := message()
	s := &m.Sections[0]
	s.Header, s.Description = "100%", "a description"
	s.Body = api.Body{Plaintext: "plain", CodeBlock: "code"}
	for i := range 10 {
		s.TextFields = append(s.TextFields, api.TextField{Key: fmt.Sprint(i), Value: "100%"})
	}
	s.TextFields = append(s.TextFields, api.TextField{}) // which Botkube omits
	s.BulletLists = api.BulletLists{{Title: "list", Items: []string{"a", "b"}}}
	s.Context = api.ContextItems{{Text: "context"}, {}}
	s.Buttons = api.Buttons{
		{Name: strings.Repeat("ü", 75), Command: "{{BotName}} x a", Description: "a"},
		{Name: "B", Command: "{{BotName}} x b"},
		{Name: "C", URL: "https://example.com"},
	}
	s.MultiSelect.Name, s.MultiSelect.Description.Plaintext = "Multi", "a text"
	s.Selects.Items[0].Name, s.Selects.Items[1].Name = strings.Repeat("ü", 150), "None"
	s.Selects.Items[1].OptionGroups = nil
	for i := range s.Selects.Items[0].OptionGroups {
		s.Selects.Items[0].OptionGroups[i].Name = strings.Repeat("ü", 75)
	}
	return m
}

// withBlocks returns a message of which Botkube makes an odd number of blocks or, without the last
// divider, an even one.
func withBlocks(n int) api.Message {
	m := valid()
	m.Timestamp = time.Unix(1, 0)
	for blocks := 13; blocks < n; blocks += 2 {
		m.Sections = append(m.Sections, api.Section{Base: api.Base{Header: "a"}})
	}
	if n%2 == 0 {
		m.Sections[len(m.Sections)-1].Style.Divider = api.DividerStyleTopNone
	}
	return m
}

func TestCheckAcceptsAValidMessage(t *testing.T) {
	for name, m := range map[string]api.Message{
		"valid": valid(), "50 blocks": withBlocks(50), "empty": {}, "only text": {BaseBody: api.Body{Plaintext: strings.Repeat("100%\n", 3000)}},
		"only a body":                  {Type: api.BaseBodyWithFilterMessage, Sections: []api.Section{{Buttons: api.Buttons{{}}}}},
		"not sent":                     {Type: api.SkipMessage, Sections: []api.Section{{Buttons: api.Buttons{{}}}}},
		"a long text without controls": {Sections: []api.Section{{Base: api.Base{Description: strings.Repeat("a", 5000)}}}},
	} {
		if found := chat.Check(m); len(found) > 0 {
			t.Errorf("%s: found %v, want nothing", name, found)
		}
	}
}

func TestCheckIsBounded(t *testing.T) {
	m := api.Message{Sections: []api.Section{{Buttons: make(api.Buttons, 1000)}}}
	if found := chat.Check(m); len(found) != problem.MaxKept {
		t.Errorf("found %d problems, want %d", len(found), problem.MaxKept)
	}
}

func TestCheck(t *testing.T) {
	long := func(n int) string { return strings.Repeat("ü", n) }
	const (
		page    = "\n  hint: Slack rejects the message: https://docs.slack.dev/reference/block-kit/"
		ignored = "\n  hint: Botkube ignores it: pkg/bot/slack_socket.go in Botkube."
		garbled = "\n  hint: Botkube takes the text for a format and garbles it: pkg/bot/slack_renderer.go in Botkube."
		bot     = "want a command that begins with {{BotName}}"
	)
	for _, tt := range []struct {
		name   string
		change func(*api.Message, *api.Section)
		want   string
	}{
		{"51 blocks", func(m *api.Message, _ *api.Section) { *m = withBlocks(51) }, "message: found 51 blocks, want at most 50" + page + "blocks"},
		{
			"a form", func(m *api.Message, _ *api.Section) { m.Type = api.PopupMessage },
			`type: found "form", want another one in the answer to a button` +
				"\n  hint: Botkube opens a dialog without a title, which Slack rejects: https://docs.slack.dev/reference/views/modal-views",
		},
		{
			"much text with controls", func(_ *api.Message, s *api.Section) { s.Description = strings.Repeat("a", 3000) },
			"message: found at least 3425 bytes of text, want less than 3001\n" +
				"  hint: Botkube sends it as a file, without the buttons and options: pkg/bot/slack_socket.go in Botkube.",
		},

		{"% in a description", func(_ *api.Message, s *api.Section) { s.Description = "50%" }, `sections[0].description: found "50%", want a text without %` + garbled},
		{"% in a text", func(_ *api.Message, s *api.Section) { s.Body.Plaintext = "50%" }, `sections[0].body.plaintext: found "50%", want a text without %` + garbled},
		{"% in code", func(_ *api.Message, s *api.Section) { s.Body.CodeBlock = "50%" }, `sections[0].body.codeBlock: found "50%", want a text without %` + garbled},
		{"% in the base", func(m *api.Message, _ *api.Section) { m.BaseBody.Plaintext = "50%" }, `baseBody.plaintext: found "50%", want a text without %` + garbled},
		{"% in a list", func(_ *api.Message, s *api.Section) { s.BulletLists[0].Items[1] = "50%" }, `sections[0].bulletLists[0].items[1]: found "50%", want a text without %` + garbled},
		{"% in a title", func(_ *api.Message, s *api.Section) { s.BulletLists[0].Title = "50%" }, `sections[0].bulletLists[0].title: found "50%", want a text without %` + garbled},

		{"11 fields", func(_ *api.Message, s *api.Section) { s.TextFields[10].Key = "a" }, "sections[0].textFields: found 11 fields, want at most 10" + page + "blocks/section-block"},
		{"empty fields", func(_ *api.Message, s *api.Section) { s.TextFields = s.TextFields[10:] }, "sections[0].textFields: found only empty fields, want one with a text" + page + "blocks/section-block"},
		{"a long field", func(m *api.Message, _ *api.Section) {
			m.Sections = append(m.Sections[:0], api.Section{TextFields: api.TextFields{{Key: "a", Value: long(1996)}}})
		}, "sections[0].textFields[0]: found 2001 characters, want at most 2000" + page + "blocks/section-block"},

		{"a button without a name", func(_ *api.Message, s *api.Section) { s.Buttons[1].Name = "" }, "sections[0].buttons[1].name: found nothing, want a text of at most 75 characters" + page + "block-elements/button-element"},
		{"a long name", func(_ *api.Message, s *api.Section) { s.Buttons[0].Name += "a" }, "sections[0].buttons[0].name: found 76 characters, want at most 75" + page + "block-elements/button-element"},
		{"a long command", func(_ *api.Message, s *api.Section) { s.Buttons[0].Command = "{{BotName}}" + strings.Repeat("a", 1993) }, "sections[0].buttons[0].command: found 2001 characters, want at most 2000" + page + "block-elements/button-element"},
		{"a long URL", func(m *api.Message, _ *api.Section) {
			m.Sections = append(m.Sections[:0], api.Section{Buttons: api.Buttons{{Name: "a", URL: strings.Repeat("a", 3001)}}})
		}, "message: found at least 3002 bytes of text, want less than 3001\n  hint: Botkube sends it as a file, without the buttons and options: pkg/bot/slack_socket.go in Botkube." +
			"\nsections[0].buttons[0].url: found 3001 characters, want at most 3000" + page + "block-elements/button-element"},
		{"a long description", func(_ *api.Message, s *api.Section) { s.Buttons[0].Description = long(3001) }, "sections[0].buttons[0].description: found 3001 characters, want at most 3000" + page + "blocks/section-block"},
		{"a button without a bot", func(_ *api.Message, s *api.Section) { s.Buttons[1].Command = "x b" }, `sections[0].buttons[1].command: found "x b", ` + bot + ignored},
		{
			"the same command", func(_ *api.Message, s *api.Section) { s.Buttons[2] = s.Buttons[1] },
			`sections[0].buttons[2].command: found "@Botkube x b", as in sections[0].buttons[1].command, want a different one, since it is also the ID in this row` + page + "blocks/actions-block",
		},
		{"26 elements", func(_ *api.Message, s *api.Section) {
			for i := range 22 {
				s.Buttons = append(s.Buttons, api.Button{Name: "a", Command: fmt.Sprint("{{BotName}} x ", i)})
			}
		}, "sections[0].buttons: found 26 buttons without a description and selects, want at most 25" + page + "blocks/actions-block"},

		{"a select without a name", func(_ *api.Message, s *api.Section) { s.Selects.Items[0].Name = "" }, "sections[0].selects.items[0].name: found nothing, want a text of at most 150 characters" + page + "block-elements/select-menu-element"},
		{"a long ID", func(_ *api.Message, s *api.Section) { s.Selects.Items[0].Command = "{{BotName}}" + long(248) }, "sections[0].selects.items[0].command: found 256 characters, want at most 255" + page + "block-elements/select-menu-element"},
		{"a select without a bot", func(_ *api.Message, s *api.Section) { s.Selects.Items[0].Command = "" }, `sections[0].selects.items[0].command: found nothing, ` + bot + ignored},
		{"no groups", func(_ *api.Message, s *api.Section) {
			s.Selects.Items[0].OptionGroups, s.Selects.Items[0].InitialOption = nil, nil
		}, "sections[0].selects.items[0].optionGroups: found no group, want at least one, or an external select" + page + "block-elements/select-menu-element"},
		{"101 groups", func(_ *api.Message, s *api.Section) {
			item := &s.Selects.Items[0]
			for i := range 99 {
				item.OptionGroups = append(item.OptionGroups, api.OptionGroup{Name: "a", Options: options(fmt.Sprint(i))})
			}
		}, "sections[0].selects.items[0].optionGroups: found 101 groups, want at most 100" + page + "block-elements/select-menu-element"},
		{"a group without a name", func(_ *api.Message, s *api.Section) { s.Selects.Items[0].OptionGroups[0].Name = "" }, "sections[0].selects.items[0].optionGroups[0].name: found nothing, want a text of at most 75 characters" + page + "composition-objects/option-group-object"},
		{"an empty group", func(_ *api.Message, s *api.Section) { s.Selects.Items[0].OptionGroups[1].Options = nil }, "sections[0].selects.items[0].optionGroups[1].options: found no option, want at least one" + page + "composition-objects/option-group-object"},
		{"101 options", func(_ *api.Message, s *api.Section) {
			for i := range 100 {
				s.Selects.Items[0].OptionGroups[1].Options = append(s.Selects.Items[0].OptionGroups[1].Options, options(fmt.Sprint(i))...)
			}
		}, "sections[0].selects.items[0].optionGroups[1].options: found 101 options, want at most 100" + page + "composition-objects/option-group-object"},
		{"an option without a name", func(_ *api.Message, s *api.Section) { s.Selects.Items[0].OptionGroups[1].Options[0].Name = "" }, "sections[0].selects.items[0].optionGroups[1].options[0].name: found nothing, want a text of at most 75 characters" + page + "composition-objects/option-object"},
		{"a long value", func(_ *api.Message, s *api.Section) { s.Selects.Items[0].OptionGroups[1].Options[0].Value = long(151) }, "sections[0].selects.items[0].optionGroups[1].options[0].value: found 151 characters, want at most 150" + page + "composition-objects/option-object"},
		{"another initial option", func(_ *api.Message, s *api.Section) { s.Selects.Items[0].InitialOption.Name = "B" }, `sections[0].selects.items[0].initialOption: found "a", want one of the options, with the same name and value` + page + "block-elements/select-menu-element"},
		{"options of an external select", func(_ *api.Message, s *api.Section) {
			s.Selects.Items[1].OptionGroups = []api.OptionGroup{{Options: options("a")}}
		}, "sections[0].selects.items[1].optionGroups: found 1 group, want none in an external select\n" +
			"  hint: Slack asks Botkube for the options, and Botkube does not answer: pkg/bot/slack_renderer.go in Botkube."},
		{"the same block", func(m *api.Message, _ *api.Section) {
			m.Sections = append(m.Sections, api.Section{Base: api.Base{Header: "a"}, Selects: api.Selects{ID: "block"}})
		}, `sections[1].selects.id: found "block", as in sections[0].selects.id, want an ID that is unique in the message` + page + "blocks/actions-block"},

		{"a multi-select without a description", func(_ *api.Message, s *api.Section) { s.MultiSelect.Description.Plaintext = "" }, "sections[0].multiSelect.description: found nothing, want a text" + page + "blocks/section-block"},
		{"another selected option", func(_ *api.Message, s *api.Section) { s.MultiSelect.InitialOptions = options("x") }, `sections[0].multiSelect.initialOptions[0]: found "x", want one of the options, with the same name and value` + page + "block-elements/multi-select-menu-element"},
		{"a multi-select without a bot", func(_ *api.Message, s *api.Section) { s.MultiSelect.Command = "edit" }, `sections[0].multiSelect.command: found "edit", ` + bot + ignored},

		{"a long label", func(_ *api.Message, s *api.Section) { s.PlaintextInputs[0].Text = long(2001) }, "sections[0].plaintextInputs[0].text: found 2001 characters, want at most 2000" + page + "blocks/input-block"},
		{"a long placeholder", func(m *api.Message, _ *api.Section) { m.PlaintextInputs[0].Placeholder = long(151) }, "plaintextInputs[0].placeholder: found 151 characters, want at most 150" + page + "block-elements/plain-text-input-element"},
		{
			"the same text field", func(m *api.Message, s *api.Section) { s.PlaintextInputs[0] = m.PlaintextInputs[0] },
			`plaintextInputs[0].command: found "@Botkube x --filter=", as in sections[0].plaintextInputs[0].command, want an ID that is unique in the message` + page + "blocks/input-block",
		},
		{"a text field without a bot", func(m *api.Message, _ *api.Section) { m.PlaintextInputs[0].Command = "filter" }, `plaintextInputs[0].command: found "filter", ` + bot + ignored},
	} {
		m := valid()
		tt.change(&m, &m.Sections[0])
		if diff := cmp.Diff(tt.want, chat.Check(m).Error()); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.name, diff)
		}
	}
}
