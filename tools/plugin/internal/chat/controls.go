//go:build unix

package chat

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"botkube-plugins/internal/pluginhost"
)

// The names of the types in the state, which are Slack's.
const (
	staticSelect   = "static_select"
	externalSelect = "external_select"
	multiSelect    = "multi_static_select"
	plainTextInput = "plain_text_input"
)

var errNoText = errors.New("found a text, want only a number: only text fields have a text")

// withoutText rejects a text.
func withoutText(press func() Press) func(string) (Press, error) {
	return func(text string) (Press, error) {
		if text != "" {
			return Press{}, errNoText
		}
		return press(), nil
	}
}

// addButtons adds the buttons with or without a description. A press sends the button's command
// (resolveBlockActionCommand in Botkube's pkg/bot/slack_socket.go). A button with only a URL sends
// nothing.
func (c *Chat) addButtons(m *Message, buttons pluginhost.Buttons, described bool) {
	for i := range buttons {
		if b := &buttons[i]; (b.Description != "") == described {
			c.add(m, b, withoutText(func() Press { return Press{Text: b.Command, URL: b.URL} }))
		}
	}
}

// addSelects adds the options of selects. A selected option sends the command and the option's
// value. An external select has only its initial option, since Botkube offers none.
func (c *Chat) addSelects(m *Message, s *pluginhost.Selects) {
	if len(s.Items) == 0 {
		return
	}
	block := c.id(s.ID)
	for i := range s.Items {
		item := &s.Items[i]
		id := c.id(ActionID(item.Command))
		value := pluginhost.FormAction{Type: staticSelect}
		if IsExternal(*item) {
			value.Type = externalSelect
		}
		if item.InitialOption == nil {
			item.InitialOption = find(item, m.old[block][id].SelectedOption.Value)
		}
		if item.InitialOption != nil {
			value.SelectedOption = pluginhost.NewFormOption(*item.InitialOption)
		}
		m.set(block, id, value)
		for i := range item.OptionGroups {
			for j := range item.OptionGroups[i].Options {
				if option := &item.OptionGroups[i].Options[j]; !IsExternal(*item) {
					c.add(m, option, withoutText(func() Press {
						value.SelectedOption = pluginhost.NewFormOption(*option)
						m.set(block, id, value)
						return Press{Text: item.Command + " " + option.Value}
					}))
				}
			}
		}
	}
}

// find returns the option of a select with a value, or nil.
func find(s *pluginhost.Select, value string) *pluginhost.OptionItem {
	for _, group := range s.OptionGroups {
		for i := range group.Options {
			if group.Options[i].Value == value {
				return &group.Options[i]
			}
		}
	}
	return nil
}

// addMultiSelect adds the options of a multi-select. A press selects an option or takes it back,
// and sends the command and the values of all that are selected.
func (c *Chat) addMultiSelect(m *Message, s *pluginhost.MultiSelect) {
	if len(s.Options) == 0 {
		return
	}
	block, id := c.id(""), c.id(ActionID(s.Command))
	value := pluginhost.FormAction{Type: multiSelect}
	for _, option := range s.InitialOptions {
		value.SelectedOptions = append(value.SelectedOptions, pluginhost.NewFormOption(option))
	}
	m.set(block, id, value)
	for i := range s.Options {
		option := &s.Options[i]
		c.add(m, option, withoutText(func() Press {
			now := m.values[block][id]
			others := slices.DeleteFunc(slices.Clone(now.SelectedOptions), func(o pluginhost.FormOption) bool { return o.Value == option.Value })
			if len(others) == len(now.SelectedOptions) {
				others = append(others, pluginhost.NewFormOption(*option))
			}
			now.SelectedOptions = others
			m.set(block, id, now)
			var values []string
			for _, o := range others {
				values = append(values, o.Value)
			}
			return Press{Text: s.Command + " " + strings.Join(values, ",")}
		}))
	}
}

// addInput adds a text field. Unless its action is dispatched, a text sends nothing: it is in the
// state when another control is used.
func (c *Chat) addInput(m *Message, in *pluginhost.LabelInput) {
	block, id := c.id(in.Command), c.id(ActionID(in.Command))
	if was := m.old[block][id].Value; was != "" {
		m.Texts[in] = was
	}
	m.set(block, id, pluginhost.FormAction{Type: plainTextInput, Value: m.Texts[in]})
	c.add(m, in, func(text string) (Press, error) {
		m.Texts[in] = text
		m.set(block, id, pluginhost.FormAction{Type: plainTextInput, Value: text})
		if in.DispatchedAction == "" {
			return Press{}, nil
		}
		return Press{Text: fmt.Sprintf("%s%q", in.Command, strings.TrimSpace(text))}, nil
	})
}

// ActionID is the ID in the state of the control with a command (removeBotNameFromIDs in Botkube's
// pkg/bot/slack_socket.go).
func ActionID(command string) string {
	return strings.TrimSpace(strings.TrimPrefix(command, BotName))
}

// IsExternal reports whether a select is external (convertToSlackSelectType in Botkube's
// pkg/bot/slack_renderer.go).
func IsExternal(s pluginhost.Select) bool { return s.Type == "external" }

func (m *Message) set(block, id string, value pluginhost.FormAction) {
	if m.values[block] == nil {
		m.values[block] = map[string]pluginhost.FormAction{}
	}
	m.values[block][id] = value
}
