//go:build unix

package chat

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
)

// The sources of the rules: pages of Slack's reference, and files of Botkube.
const (
	blocksPage      = "block-kit/blocks"
	actionsPage     = "block-kit/blocks/actions-block"
	sectionPage     = "block-kit/blocks/section-block"
	inputPage       = "block-kit/blocks/input-block"
	buttonPage      = "block-kit/block-elements/button-element"
	selectPage      = "block-kit/block-elements/select-menu-element"
	multiSelectPage = "block-kit/block-elements/multi-select-menu-element"
	textInputPage   = "block-kit/block-elements/plain-text-input-element"
	optionPage      = "block-kit/composition-objects/option-object"
	groupPage       = "block-kit/composition-objects/option-group-object"
	viewPage        = "views/modal-views"

	rendererFile = "pkg/bot/slack_renderer.go"
	platformFile = "pkg/bot/slack_socket.go"
)

// maxText is the size in bytes from which Botkube sends a message as a file without its controls
// (slackMaxMessageSize in its pkg/bot/slack_socket.go).
const maxText = 3001

// Check returns what prevents a message from being shown on Slack as the plugin wants: what Slack
// rejects, by its Block Kit reference, and what Botkube's platform for Slack changes or ignores.
func Check(m pluginhost.Message) problem.List {
	if m.Type == Skipped || m.Type == BaseBodyOnly || len(m.Sections)+len(m.PlaintextInputs) == 0 {
		return nil // it has no blocks (RenderInteractiveMessage)
	}
	m.ReplaceBotNamePlaceholder(BotName)
	c := &checker{ids: map[string]string{}}
	if m.Type == "form" {
		c.slack("type", `"form"`, "another one in the answer to a button", viewPage, "Botkube opens a dialog without a title")
	}
	if size := size(m); size >= maxText && hasControls(m) {
		c.botkube("", fmt.Sprintf("at least %d bytes of text", size), fmt.Sprintf("less than %d", maxText), platformFile,
			"Botkube sends it as a file, without the buttons and options")
	}
	c.body("baseBody", m.BaseBody)
	blocks := count(m.BaseBody.Plaintext) + count(m.BaseBody.CodeBlock)
	for i := range m.Sections {
		s := &m.Sections[i]
		if i > 0 && s.Style.Divider != "none" {
			blocks++
		}
		blocks += c.section(fmt.Sprintf("sections[%d].", i), s)
	}
	blocks += len(m.PlaintextInputs)
	for i, in := range m.PlaintextInputs {
		c.input(fmt.Sprintf("plaintextInputs[%d].", i), in)
	}
	if !m.Timestamp.IsZero() {
		blocks++
	}
	c.most("", blocks, "blocks", 50, blocksPage)
	return c.problems
}

// checker collects problems.
type checker struct {
	problems problem.List
	ids      map[string]string // fields by the IDs of blocks
}

// slack adds what Slack rejects.
func (c *checker) slack(field, found, want, page, why string) {
	hint := "Slack rejects the message"
	if why != "" {
		hint = why + ", which Slack rejects"
	}
	c.add(field, found, want, hint+": https://docs.slack.dev/reference/"+page)
}

// botkube adds what Botkube's platform for Slack does not do as the plugin wants.
func (c *checker) botkube(field, found, want, file, hint string) {
	c.add(field, found, want, hint+": "+file+" in Botkube.")
}

// add keeps the first problem.MaxKept problems.
func (c *checker) add(field, found, want, hint string) {
	if len(c.problems) < problem.MaxKept {
		c.problems = append(c.problems, problem.Problem{Field: cmp.Or(field, "message"), Found: found, Want: want, Hint: hint})
	}
}

// most checks a number.
func (c *checker) most(field string, n int, of string, limit int, page string) {
	if n > limit {
		c.slack(field, fmt.Sprintf("%d %s", n, of), fmt.Sprintf("at most %d", limit), page, "")
	}
}

// length checks the length of a text that may be empty.
func (c *checker) length(field, text string, limit int, page string) {
	c.most(field, utf8.RuneCountInString(text), "characters", limit, page)
}

// text checks the length of a text that must not be empty.
func (c *checker) text(field, text string, limit int, page string) {
	if text == "" {
		c.slack(field, problem.Nothing, fmt.Sprintf("a text of at most %d characters", limit), page, "")
	}
	c.length(field, text, limit, page)
}

// formatted checks a text that Botkube passes to fmt.Sprintf as the format (mdTextSection).
func (c *checker) formatted(field, text string) {
	if strings.Contains(text, "%") {
		c.botkube(field, problem.Quote(text), "a text without %", rendererFile, "Botkube takes the text for a format and garbles it")
	}
}

// command checks a command that Botkube receives when a control is used.
func (c *checker) command(field, command string) {
	if !strings.HasPrefix(command, BotName) {
		c.botkube(field, problem.Quote(command), "a command that begins with {{BotName}}", platformFile, "Botkube ignores it")
	}
}

// unique checks the ID of a block, which must be unique in the message. Slack generates an empty one.
func (c *checker) unique(field, id, page string) {
	if id == "" {
		return
	}
	if other := c.ids[id]; other != "" {
		c.slack(field, problem.Quote(id)+", as in "+other, "an ID that is unique in the message", page, "")
	}
	c.ids[id] = field
	c.length(field, id, 255, page)
}

func (c *checker) body(field string, b pluginhost.Body) {
	c.formatted(field+".plaintext", b.Plaintext)
	c.formatted(field+".codeBlock", b.CodeBlock)
}

// count is 1 for a part that is a block of the message.
func count(text string) int { return min(1, len(text)) }

// hasControls reports whether a message has buttons or options.
func hasControls(m pluginhost.Message) bool {
	for _, s := range m.Sections {
		if len(s.Buttons)+len(s.Selects.Items)+len(s.MultiSelect.Options) > 0 {
			return true
		}
	}
	return false
}

// size is the least size of the text that Botkube makes of a message (RenderMessage in its
// pkg/bot/interactive/markdown.go), without headings and list marks.
func size(m pluginhost.Message) (n int) {
	add := func(texts ...string) {
		for _, text := range texts {
			n += len(text)
		}
	}
	add(m.BaseBody.Plaintext, m.BaseBody.CodeBlock)
	for _, s := range m.Sections {
		add(s.Header, s.Description, s.Body.Plaintext, s.Body.CodeBlock)
		for _, field := range s.TextFields {
			add(field.Key, field.Value)
		}
		for _, list := range s.BulletLists {
			add(list.Title)
			add(list.Items...)
		}
		for _, option := range s.MultiSelect.Options {
			add(option.Value)
		}
		for _, item := range s.Selects.Items {
			for _, group := range item.OptionGroups {
				add(group.Name)
				for _, option := range group.Options {
					add(option.Value)
				}
			}
		}
		for _, b := range s.Buttons {
			if b.URL != "" {
				add(b.Name, b.URL)
			} else {
				add(b.Command)
			}
		}
		for _, item := range s.Context {
			add(item.Text)
		}
	}
	return n
}
