//go:build unix

package chat

import (
	"fmt"
	"slices"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
)

// section checks a section and returns how many blocks Botkube makes of it (renderSection in its
// pkg/bot/slack_renderer.go).
func (c *checker) section(at string, s *pluginhost.Section) (blocks int) {
	c.formatted(at+"description", s.Description)
	c.body(at+"body", s.Body)
	blocks = count(s.Header) + count(s.Description) + count(s.Body.Plaintext) + count(s.Body.CodeBlock)
	blocks += min(1, len(s.TextFields))
	c.fields(at+"textFields", s)
	for i, in := range s.PlaintextInputs {
		blocks++
		c.input(fmt.Sprintf("%splaintextInputs[%d].", at, i), in)
	}
	if s.BulletLists.AreItemsDefined() {
		blocks++
		for i, list := range s.BulletLists {
			c.formatted(fmt.Sprintf("%sbulletLists[%d].title", at, i), list.Title)
			for j, item := range list.Items {
				c.formatted(fmt.Sprintf("%sbulletLists[%d].items[%d]", at, i, j), item)
			}
		}
	}
	blocks += c.actions(at, s)
	if len(s.MultiSelect.Options) > 0 {
		blocks++
		c.multiSelect(at+"multiSelect.", &s.MultiSelect)
	}
	for _, item := range s.Context {
		blocks += count(item.Text)
	}
	return blocks
}

// fields checks the text fields, which are one block.
func (c *checker) fields(at string, s *pluginhost.Section) {
	filled := 0
	for i, field := range s.TextFields {
		if field.IsEmpty() {
			continue // Botkube omits it
		}
		filled++
		c.length(fmt.Sprintf("%s[%d]", at, i), fmt.Sprintf("*%s:* %s", field.Key, field.Value), 2000, sectionPage)
	}
	if filled == 0 && len(s.TextFields) > 0 {
		c.slack(at, "only empty fields", "one with a text", sectionPage, "")
	}
	c.most(at, filled, "fields", 10, sectionPage)
}

// actions checks the selects and buttons. Each button with a description is a block, and all
// others are one block together with the selects.
func (c *checker) actions(at string, s *pluginhost.Section) (blocks int) {
	elements := len(s.Selects.Items)
	ids := map[string]string{}
	element := func(field, id string) {
		if other := ids[id]; other != "" && id != "" {
			c.slack(field, problem.Quote(id)+", as in "+other, "a different one, since it is also the ID in this row", actionsPage, "")
		}
		ids[id] = field
	}
	for i := range s.Buttons {
		b, field := &s.Buttons[i], fmt.Sprintf("%sbuttons[%d].", at, i)
		c.button(field, b)
		if b.Description != "" {
			blocks++
			continue
		}
		elements++
		if b.Command != "" {
			element(field+"command", b.Command[:min(len(b.Command), 250)]) // maxActionIDLen
		} else {
			element(field+"url", b.URL[:min(len(b.URL), 250)])
		}
	}
	for i := range s.Selects.Items {
		item, field := &s.Selects.Items[i], fmt.Sprintf("%sselects.items[%d].", at, i)
		c.choice(field, item)
		element(field+"command", item.Command)
	}
	c.unique(at+"selects.id", s.Selects.ID, actionsPage)
	c.most(at+"buttons", elements, "buttons without a description and selects", 25, actionsPage)
	return blocks + min(1, elements)
}

func (c *checker) button(at string, b *pluginhost.Button) {
	c.text(at+"name", b.Name, 75, buttonPage)
	c.length(at+"description", b.Description, 3000, sectionPage)
	c.length(at+"command", b.Command, 2000, buttonPage)
	c.length(at+"url", b.URL, 3000, buttonPage)
	if b.URL == "" {
		c.command(at+"command", b.Command)
	}
}

func (c *checker) choice(at string, s *pluginhost.Select) {
	c.text(at+"name", s.Name, 150, selectPage)
	c.length(at+"command", s.Command, 255, selectPage)
	if IsExternal(*s) {
		if len(s.OptionGroups) > 0 {
			c.botkube(at+"optionGroups", problem.Count(len(s.OptionGroups), "group"), "none in an external select", rendererFile,
				"Slack asks Botkube for the options, and Botkube does not answer")
		}
		return
	}
	c.command(at+"command", s.Command)
	if len(s.OptionGroups) == 0 {
		c.slack(at+"optionGroups", "no group", "at least one, or an external select", selectPage, "")
	}
	c.most(at+"optionGroups", len(s.OptionGroups), "groups", 100, selectPage)
	var all []pluginhost.OptionItem
	for i, group := range s.OptionGroups {
		field := fmt.Sprintf("%soptionGroups[%d].", at, i)
		c.text(field+"name", group.Name, 75, groupPage)
		if len(group.Options) == 0 {
			c.slack(field+"options", "no option", "at least one", groupPage, "")
		}
		c.options(field+"options", group.Options, groupPage)
		all = append(all, group.Options...)
	}
	if o := s.InitialOption; o != nil && !slices.Contains(all, *o) {
		c.slack(at+"initialOption", problem.Quote(o.Value), "one of the options, with the same name and value", selectPage, "")
	}
}

func (c *checker) multiSelect(at string, m *pluginhost.MultiSelect) {
	c.text(at+"name", m.Name, 150, multiSelectPage)
	c.length(at+"command", m.Command, 255, multiSelectPage)
	c.command(at+"command", m.Command)
	if m.Description.Plaintext == "" && m.Description.CodeBlock == "" {
		c.slack(at+"description", problem.Nothing, "a text", sectionPage, "")
	}
	c.options(at+"options", m.Options, multiSelectPage)
	for i, o := range m.InitialOptions {
		if !slices.Contains(m.Options, o) {
			c.slack(fmt.Sprintf("%sinitialOptions[%d]", at, i), problem.Quote(o.Value), "one of the options, with the same name and value", multiSelectPage, "")
		}
	}
}

func (c *checker) options(at string, options []pluginhost.OptionItem, page string) {
	c.most(at, len(options), "options", 100, page)
	for i, o := range options {
		field := fmt.Sprintf("%s[%d].", at, i)
		c.text(field+"name", o.Name, 75, optionPage)
		c.length(field+"value", o.Value, 150, optionPage)
	}
}

func (c *checker) input(at string, in pluginhost.LabelInput) {
	c.length(at+"text", in.Text, 2000, inputPage)
	c.length(at+"placeholder", in.Placeholder, 150, textInputPage)
	c.unique(at+"command", in.Command, inputPage)
	if in.DispatchedAction != "" {
		c.command(at+"command", in.Command)
	}
}
