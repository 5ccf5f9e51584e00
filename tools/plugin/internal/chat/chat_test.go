//go:build unix

package chat_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/tools/plugin/internal/chat"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
)

func options(values ...string) (items []api.OptionItem) {
	for _, value := range values {
		items = append(items, api.OptionItem{Name: strings.ToUpper(value), Value: value})
	}
	return items
}

func message() api.Message {
	return api.Message{
		Sections: []api.Section{{
			PlaintextInputs: api.LabelInputs{{Command: "{{BotName}} x reason ", Text: "Reason"}},
			Buttons: api.Buttons{
				{Name: "Plain", Command: "{{BotName}} x plain"},
				{Name: "Described", Command: "{{BotName}} x described", Description: "first"},
				{Name: "Docs", URL: "https://example.com"},
				{Name: "Nobody's", Command: "x nobody"},
			},
			Selects: api.Selects{ID: "block", Items: []api.Select{
				{
					Type: api.StaticSelect, Command: "{{BotName}} x get", InitialOption: &options("a")[0],
					OptionGroups: []api.OptionGroup{{Options: options("a", "b")}, {Options: options("c")}},
				},
				{Type: api.ExternalSelect, InitialOption: &options("none")[0], OptionGroups: []api.OptionGroup{{Options: options("none")}}},
			}},
			MultiSelect: api.MultiSelect{Command: "{{BotName}} x edit", Options: options("d", "e"), InitialOptions: options("e")},
		}},
		PlaintextInputs: api.LabelInputs{{Command: "{{BotName}} x --filter=", DispatchedAction: api.DispatchInputActionOnEnter}},
	}
}

// Each control sends what resolveBlockActionCommand in Botkube's pkg/bot/slack_socket.go makes of
// it, and they are numbered in the order of renderSection in its pkg/bot/slack_renderer.go.
func TestPress(t *testing.T) {
	var c chat.Chat
	m := c.Add(message(), nil)
	for i, want := range []struct{ text, sends string }{
		{"it is slow", ""}, // in the state, until another control is used
		{"", "@Botkube x described"},
		{"", "@Botkube x get a"},
		{"", "@Botkube x get b"},
		{"", "@Botkube x get c"},
		{"", "@Botkube x plain"},
		{"", ""}, // opens a page
		{"", "x nobody"},
		{"", "@Botkube x edit e,d"},
		{"", "@Botkube x edit d"},
		{` "two"  words `, `@Botkube x --filter="\"two\"  words"`},
	} {
		press, err := c.Press(i+1, want.text)
		if err != nil || press.Text != want.sends || press.Of != m || press.State == nil {
			t.Errorf("%d: found %q of %p, error %v; want %q of %p", i+1, press.Text, press.Of, err, want.sends, m)
		}
		if wantURL := map[int]string{7: "https://example.com"}[i+1]; press.URL != wantURL {
			t.Errorf("%d: found the URL %q, want %q", i+1, press.URL, wantURL)
		}
	}
	for _, number := range []int{-1, 0, 12} {
		if _, err := c.Press(number, ""); err == nil || !strings.Contains(err.Error(), "at most 11") {
			t.Errorf("%d: found error %v, want one with the highest number", number, err)
		}
	}
	if _, err := c.Press(2, "text"); err == nil || !strings.Contains(err.Error(), "only text fields") {
		t.Errorf("found error %v, want one about the text", err)
	}
}

// The state has every control that keeps a value, as Slack's payload has, without the bot's name in
// the IDs of the controls, but with it in those of blocks.
func TestState(t *testing.T) {
	var c chat.Chat
	c.Add(message(), nil)
	for number, text := range map[int]string{1: "it is slow", 5: "", 9: ""} {
		if _, err := c.Press(number, text); err != nil {
			t.Fatal(err)
		}
	}
	press, err := c.Press(6, "")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for block, actions := range press.State.Values {
		for id, action := range actions {
			var values []string
			for _, o := range action.SelectedOptions {
				values = append(values, o.Value)
			}
			text, err := json.Marshal([]any{action.Type, action.Value, action.SelectedOption.Value, values})
			if err != nil {
				t.Fatal(err)
			}
			found[block+" / "+id] = string(text)
		}
	}
	want := map[string]string{
		"@Botkube x reason  / x reason":      `["plain_text_input","it is slow","",null]`,
		"@Botkube x --filter= / x --filter=": `["plain_text_input","","",null]`,
		"block / x get":                      `["static_select","","c",null]`,
		"block / generated-1":                `["external_select","","none",null]`,
		"generated-2 / x edit":               `["multi_static_select","","",["e","d"]]`,
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

// A message takes the numbers of the one that it replaces, and keeps what is selected and typed.
// The controls of other messages stay.
func TestReplace(t *testing.T) {
	var c chat.Chat
	first, last := c.Add(api.Message{Sections: []api.Section{{Buttons: api.Buttons{{Name: "A", Command: "a"}}}}}, nil), c.Add(message(), nil)
	for number, text := range map[int]string{2: "it is slow", 6: ""} {
		if _, err := c.Press(number, text); err != nil {
			t.Fatal(err)
		}
	}
	next := message()
	next.Sections[0].Selects.Items[0].InitialOption = nil
	replaced := c.Add(next, last)
	if got := slices.Collect(maps.Values(replaced.Numbers)); len(got) != 11 || slices.Min(got) != 2 || slices.Max(got) != 12 {
		t.Errorf("found the numbers %v, want 2 to 12", got)
	}
	if got := replaced.Texts[&replaced.Sections[0].PlaintextInputs[0]]; got != "it is slow" {
		t.Errorf("found the text %q, want the old one", got)
	}
	press, err := c.Press(7, "")
	if err != nil || press.State.Values["block"]["x get"].SelectedOption.Value != "c" || replaced.Sections[0].Selects.Items[0].InitialOption.Value != "c" {
		t.Errorf("found %+v, error %v; want that c is still selected", press.State, err)
	}
	c.Add(api.Message{}, replaced)
	if press, err := c.Press(1, ""); err != nil || press.Of != first {
		t.Errorf("found %+v, error %v; want the first message", press, err)
	}
	if press, err := c.Press(2, ""); err == nil {
		t.Errorf("found %+v, want an error, since the message is replaced", press)
	}
	// Botkube shows only the body of such a message, or nothing.
	for _, typ := range []api.MessageType{api.BaseBodyWithFilterMessage, api.SkipMessage} {
		m := message()
		if m.Type = typ; len(c.Add(m, nil).Numbers) != 0 {
			t.Errorf("%s: found numbers of controls, want none", typ)
		}
	}
}
