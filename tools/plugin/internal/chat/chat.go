//go:build unix

// Package chat keeps the messages of a chat, with what is selected and typed in them, as Slack and
// Botkube's platform for Slack do.
package chat

import (
	"fmt"
	"maps"

	"botkube-plugins/internal/pluginhost"
)

// BotName replaces Botkube's placeholder for the name of its bot.
const BotName = "@Botkube"

// The types of messages that Botkube treats in a special way (MessageType in its
// pkg/api/message.go).
const (
	BaseBodyOnly = "baseBodyWithFilter"
	Skipped      = "skipMessage"
)

// Chat numbers the controls of its messages.
type Chat struct {
	controls  []control // by number - 1; of no message if that is replaced
	generated int       // how many IDs
}

// control is a button, an option or a text field.
type control struct {
	of    *Message
	press func(text string) (Press, error)
}

// Message is a message in a chat.
type Message struct {
	pluginhost.Message
	// Numbers are the numbers of the message's controls, by pointers to its buttons, options and
	// text fields.
	Numbers map[any]int
	// Texts are the texts that were typed into text fields.
	Texts  map[*pluginhost.LabelInput]string
	values values
	old    values // of the message that this one replaces
}

// values are values of controls by the IDs of their blocks and of the controls.
type values map[string]map[string]pluginhost.FormAction

// Press is the use of a control.
type Press struct {
	// Of is the message with the control.
	Of *Message
	// Text is what Botkube receives as the user's message. It is empty if the control sends nothing.
	Text string
	// URL is the page that Slack opens.
	URL string
	// State is the state of the message.
	State *pluginhost.FormState
}

// Add adds a message. The message that it replaces is old, if that is not nil: its controls are
// gone, and those with the same block and action in the new message keep their values, as in Slack.
// An option that the new message selects takes precedence.
func (c *Chat) Add(m pluginhost.Message, old *Message) *Message {
	m.ReplaceBotNamePlaceholder(BotName)
	added := &Message{Message: m, Numbers: map[any]int{}, Texts: map[*pluginhost.LabelInput]string{}, values: values{}}
	if m.Type == Skipped || m.Type == BaseBodyOnly {
		return added
	}
	if old != nil {
		added.old = old.values
		for i, control := range c.controls {
			if control.of == old {
				c.controls[i].of = nil
			}
		}
	}
	for n := len(c.controls); n > 0 && c.controls[n-1].of == nil; n-- {
		c.controls = c.controls[:n-1]
	}
	c.addControls(added)
	return added
}

// want describes the numbers of the controls.
func (c *Chat) want() string {
	if len(c.controls) == 0 {
		return "a command: no message here has a control with a number"
	}
	return fmt.Sprintf("the number of a button, an option or a text field, at most %d", len(c.controls))
}

// Press uses the control with a number. The text is for a text field.
func (c *Chat) Press(number int, text string) (Press, error) {
	if number < 1 || number > len(c.controls) || c.controls[number-1].of == nil {
		return Press{}, fmt.Errorf("found %d, want %s", number, c.want())
	}
	used := c.controls[number-1]
	press, err := used.press(text)
	press.Of, press.State = used.of, used.of.state()
	return press, err
}

// addControls numbers the controls of a message in the order in which Slack shows them
// (renderSection in Botkube's pkg/bot/slack_renderer.go).
func (c *Chat) addControls(m *Message) {
	for i := range m.Sections {
		s := &m.Sections[i]
		for i := range s.PlaintextInputs {
			c.addInput(m, &s.PlaintextInputs[i])
		}
		c.addButtons(m, s.Buttons, true)
		c.addSelects(m, &s.Selects)
		c.addButtons(m, s.Buttons, false)
		c.addMultiSelect(m, &s.MultiSelect)
	}
	for i := range m.PlaintextInputs {
		c.addInput(m, &m.PlaintextInputs[i])
	}
}

func (c *Chat) add(m *Message, key any, press func(text string) (Press, error)) {
	c.controls = append(c.controls, control{m, press})
	m.Numbers[key] = len(c.controls)
}

// id returns the ID of a block or a control. Slack generates those that are missing.
func (c *Chat) id(id string) string {
	if id == "" {
		c.generated++
		id = fmt.Sprintf("generated-%d", c.generated)
	}
	return id
}

// state returns a copy of the values.
func (m *Message) state() *pluginhost.FormState {
	values := map[string]map[string]pluginhost.FormAction{}
	for block, actions := range m.values {
		values[block] = maps.Clone(actions)
	}
	return &pluginhost.FormState{Values: values}
}
