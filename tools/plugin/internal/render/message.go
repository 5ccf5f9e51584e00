// Package render shows the messages and log lines of plugins as text for people.
package render

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/plugin/internal/chat"
)

// Message renders a message with all its parts, including those that only some platforms show, in
// the order in which Slack shows them. A control shows what it sends to Botkube: OPTION and TEXT
// stand for what the user selects and types. A control with a number begins with it. The text does
// not end with a line end.
func Message(m *chat.Message, style cli.Style) string {
	m.ReplaceBotNamePlaceholder(chat.BotName)
	p := &page{style: style, numbers: m.Numbers, texts: m.Texts}
	switch m.Type {
	case chat.Skipped:
		return style.Dim("(a message that Botkube does not send: " + chat.Skipped + ")")
	case chat.BaseBodyOnly: // Botkube shows only the body of this type
		p.body(m.BaseBody)
	default:
		p.notes(m.Message)
		p.body(m.BaseBody)
		for i := range m.Sections {
			p.gap()
			p.section(&m.Sections[i])
		}
		p.inputs(m.PlaintextInputs)
		if !m.Timestamp.IsZero() {
			p.gap()
			p.line(style.Dim(m.Timestamp.Format(time.RFC1123)))
		}
	}
	if len(p.lines) == 0 {
		return style.Dim("(an empty message)")
	}
	return strings.Join(p.lines, "\n")
}

// page collects lines.
type page struct {
	style   cli.Style
	numbers map[any]int // of controls
	texts   map[*pluginhost.LabelInput]string
	lines   []string
}

func (p *page) line(text string) { p.lines = append(p.lines, text) }

// gap adds an empty line, except at the top.
func (p *page) gap() {
	if n := len(p.lines); n > 0 && p.lines[n-1] != "" {
		p.line("")
	}
}

// text adds text without the blank lines at its end.
func (p *page) text(text string) {
	if text = strings.TrimRight(text, "\n "); text != "" {
		p.lines = append(p.lines, strings.Split(problem.Escape(text), "\n")...)
	}
}

func (p *page) code(text string) {
	if text = strings.Trim(text, "\n"); text == "" {
		return
	}
	for line := range strings.SplitSeq(problem.Escape(text), "\n") {
		p.line("    " + line)
	}
}

func (p *page) body(b pluginhost.Body) {
	p.text(b.Plaintext)
	p.code(b.CodeBlock)
}

func (p *page) notes(m pluginhost.Message) {
	var notes []string
	if m.Type != "" {
		notes = append(notes, problem.Escape(string(m.Type)))
	}
	if m.OnlyVisibleForYou {
		notes = append(notes, "only visible for you")
	}
	if m.ReplaceOriginal {
		notes = append(notes, "replaces the original message")
	}
	if m.UserHandle != "" {
		notes = append(notes, "to the user "+inline(m.UserHandle))
	}
	if m.ParentActivityID != "" {
		notes = append(notes, "in the thread of "+inline(m.ParentActivityID))
	}
	if len(notes) > 0 {
		p.line(p.style.Dim("(" + strings.Join(notes, ", ") + ")"))
	}
}

// section has the order of renderSection in Botkube's pkg/bot/slack_renderer.go.
func (p *page) section(s *pluginhost.Section) {
	if s.Header != "" {
		p.line(p.style.Bold(inline(s.Header)))
	}
	p.text(s.Description)
	for _, field := range s.TextFields {
		p.line(p.style.Bold(inline(field.Key)+":") + " " + inline(field.Value))
	}
	p.body(s.Body)
	p.inputs(s.PlaintextInputs)
	for _, list := range s.BulletLists {
		if list.Title != "" {
			p.line(p.style.Bold(inline(list.Title)))
		}
		for _, item := range list.Items {
			p.line("  • " + inline(item))
		}
	}
	p.buttons(s.Buttons, true)
	for i := range s.Selects.Items {
		p.choice(&s.Selects.Items[i])
	}
	p.buttons(s.Buttons, false)
	p.multiSelect(&s.MultiSelect)
	for _, item := range s.Context {
		p.line(p.style.Dim(inline(item.Text)))
	}
}

// number begins the line of a control that has a number.
func (p *page) number(control any) string {
	if n, ok := p.numbers[control]; ok {
		return p.style.Bold(fmt.Sprint(n)) + " "
	}
	return ""
}

// buttons shows the commands or URLs of the buttons with or without a description, and the
// descriptions that are different.
func (p *page) buttons(buttons pluginhost.Buttons, described bool) {
	for i := range buttons {
		b := &buttons[i]
		if (b.Description != "") != described {
			continue
		}
		target := b.Command
		if b.URL != "" {
			target = b.URL
		}
		line := p.number(b) + p.style.Bold("["+inline(b.Name)+"]") + " " + inline(target)
		if b.Description != "" && b.Description != target {
			line += p.style.Dim(" (" + inline(b.Description) + ")")
		}
		p.line(line)
	}
}

func (p *page) multiSelect(m *pluginhost.MultiSelect) {
	if len(m.Options) == 0 {
		return
	}
	p.body(m.Description)
	p.line(p.style.Bold(inline(m.Name)+":") + p.command(m.Command, " OPTION,OPTION"))
	for i := range m.Options {
		option := &m.Options[i]
		box := "[ ]"
		for _, initial := range m.InitialOptions {
			if initial.Value == option.Value {
				box = "[x]"
			}
		}
		p.option(box, option)
	}
}

func (p *page) choice(s *pluginhost.Select) {
	command := s.Command
	if chat.IsExternal(*s) {
		command = "" // it sends nothing
	}
	p.line(p.style.Bold(inline(s.Name)+":") + p.command(command, " OPTION"))
	if len(s.OptionGroups) == 0 && s.InitialOption != nil {
		p.option("(•)", s.InitialOption)
	}
	for _, group := range s.OptionGroups {
		if group.Name != "" {
			p.line("  " + inline(group.Name))
		}
		for i := range group.Options {
			option := &group.Options[i]
			dot := "( )"
			if s.InitialOption != nil && s.InitialOption.Value == option.Value {
				dot = "(•)"
			}
			p.option(dot, option)
		}
	}
}

func (p *page) option(box string, o *pluginhost.OptionItem) {
	line := "  " + p.number(o) + box + " " + inline(o.Name)
	if o.Name != o.Value && o.Value != "" {
		line += p.style.Dim(" (" + inline(o.Value) + ")")
	}
	p.line(line)
}

func (p *page) inputs(inputs []pluginhost.LabelInput) {
	for i := range inputs {
		in := &inputs[i]
		line := p.number(in) + p.style.Bold(inline(in.Text)+":") + fmt.Sprintf(" [%s]", inline(cmp.Or(p.texts[in], in.Placeholder)))
		if in.DispatchedAction == "" {
			p.line(line + p.style.Dim(" (sent with the next button)"))
		} else {
			p.line(line + p.command(in.Command, `"TEXT"`))
		}
	}
}

// command shows a command that is sent with something at its end.
func (p *page) command(command, end string) string {
	if command == "" {
		return ""
	}
	return " " + p.style.Dim(inline(command)+end)
}

// inline puts a text on one line.
func inline(text string) string {
	return strings.Join(strings.FieldsFunc(problem.Escape(text), func(r rune) bool { return r == '\n' }), " ")
}
