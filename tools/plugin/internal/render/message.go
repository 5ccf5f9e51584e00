// Package render shows the messages and log lines of plugins as text for people.
package render

import (
	"fmt"
	"strings"
	"time"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
)

// botName replaces Botkube's placeholder for the name of its bot.
const botName = "@Botkube"

// The message types that are shown in a special way (MessageType in Botkube's pkg/api/message.go).
const (
	baseBodyOnly = "baseBodyWithFilter"
	skipped      = "skipMessage"
)

// Message renders a message with all its parts, including those that only some platforms show. The
// text does not end with a line end.
func Message(m pluginhost.Message, style cli.Style) string {
	m.ReplaceBotNamePlaceholder(botName)
	p := &page{style: style}
	if m.Type == skipped {
		return style.Dim("(a message that Botkube does not send: " + skipped + ")")
	}
	p.notes(m)
	p.body(m.BaseBody)
	if m.Type != baseBodyOnly { // Botkube shows only the body of this type
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
	style cli.Style
	lines []string
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
	if m.Type != "" && m.Type != baseBodyOnly {
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

func (p *page) section(s *pluginhost.Section) {
	if s.Header != "" {
		p.line(p.style.Bold(inline(s.Header)))
	}
	for _, field := range s.TextFields {
		p.line(p.style.Bold(inline(field.Key)+":") + " " + inline(field.Value))
	}
	p.text(s.Description)
	p.body(s.Body)
	for _, list := range s.BulletLists {
		if list.Title != "" {
			p.line(p.style.Bold(inline(list.Title)))
		}
		for _, item := range list.Items {
			p.line("  • " + inline(item))
		}
	}
	for _, button := range s.Buttons {
		p.button(button)
	}
	p.multiSelect(s.MultiSelect)
	for _, choice := range s.Selects.Items {
		p.choice(choice)
	}
	p.inputs(s.PlaintextInputs)
	for _, item := range s.Context {
		p.line(p.style.Dim(inline(item.Text)))
	}
}

// button shows the command or URL of a button, and its description if that is different.
func (p *page) button(b pluginhost.Button) {
	target := b.Command
	if b.URL != "" {
		target = b.URL
	}
	line := p.style.Bold("["+inline(b.Name)+"]") + " " + inline(target)
	if b.Description != "" && b.Description != target {
		line += p.style.Dim(" (" + inline(b.Description) + ")")
	}
	p.line(line)
}

func (p *page) multiSelect(m pluginhost.MultiSelect) {
	if len(m.Options) == 0 {
		return
	}
	p.body(m.Description)
	p.line(p.style.Bold(inline(m.Name)+":") + p.command(m.Command))
	for _, option := range m.Options {
		box := "[ ]"
		for _, initial := range m.InitialOptions {
			if initial.Value == option.Value {
				box = "[x]"
			}
		}
		p.line("  " + box + " " + p.option(option))
	}
}

func (p *page) choice(s pluginhost.Select) {
	p.line(p.style.Bold(inline(s.Name)+":") + p.command(s.Command))
	if len(s.OptionGroups) == 0 && s.InitialOption != nil {
		p.line("  (•) " + p.option(*s.InitialOption))
	}
	for _, group := range s.OptionGroups {
		if group.Name != "" {
			p.line("  " + inline(group.Name))
		}
		for _, option := range group.Options {
			dot := "( )"
			if s.InitialOption != nil && s.InitialOption.Value == option.Value {
				dot = "(•)"
			}
			p.line("  " + dot + " " + p.option(option))
		}
	}
}

func (p *page) option(o pluginhost.OptionItem) string {
	if o.Name == o.Value || o.Value == "" {
		return inline(o.Name)
	}
	return inline(o.Name) + p.style.Dim(" ("+inline(o.Value)+")")
}

func (p *page) inputs(inputs []pluginhost.LabelInput) {
	for _, in := range inputs {
		p.line(p.style.Bold(inline(in.Text)+":") + fmt.Sprintf(" [%s]", inline(in.Placeholder)) + p.command(in.Command))
	}
}

func (p *page) command(command string) string {
	if command == "" {
		return ""
	}
	return " " + p.style.Dim(inline(command))
}

// inline puts a text on one line.
func inline(text string) string {
	return strings.Join(strings.FieldsFunc(problem.Escape(text), func(r rune) bool { return r == '\n' }), " ")
}
