package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/bot"
	"github.com/kubeshop/botkube/pkg/bot/interactive"
)

// marker is the text of the part that is looked for in what a platform shows. The time is the
// marker of timestamps.
const marker = "the-part"

var markedTime = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)

// parts are messages with one part each, by the names in docs/messages.md.
func parts() map[string]api.Message {
	section := func(s api.Section) api.Message { return api.Message{Sections: []api.Section{s}} }
	button := func(b api.Button) api.Message { return section(api.Section{Buttons: api.Buttons{b}}) }
	selects := func(s api.Select) api.Message {
		return section(api.Section{Selects: api.Selects{Items: []api.Select{s}}})
	}
	multi := func(m api.MultiSelect) api.Message {
		m.Options = append(m.Options, api.OptionItem{Name: "a", Value: "a"})
		return section(api.Section{MultiSelect: m})
	}
	inputs := api.LabelInputs{{Text: marker}}
	item := api.OptionItem{Name: marker, Value: "value"}
	value := api.OptionItem{Name: "name", Value: marker}
	return map[string]api.Message{
		"BaseBody.Plaintext":         {BaseBody: api.Body{Plaintext: marker}, Sections: []api.Section{{}}},
		"BaseBody.CodeBlock":         {BaseBody: api.Body{CodeBlock: marker}, Sections: []api.Section{{}}},
		"PlaintextInputs":            {PlaintextInputs: inputs, Sections: []api.Section{{}}},
		"Timestamp":                  {Timestamp: markedTime, Sections: []api.Section{{}}},
		"Section.Header":             section(api.Section{Base: api.Base{Header: marker}}),
		"Section.Description":        section(api.Section{Base: api.Base{Description: marker}}),
		"Section.TextFields":         section(api.Section{TextFields: api.TextFields{{Key: "key", Value: marker}}}),
		"Section.Body.Plaintext":     section(api.Section{Base: api.Base{Body: api.Body{Plaintext: marker}}}),
		"Section.Body.CodeBlock":     section(api.Section{Base: api.Base{Body: api.Body{CodeBlock: marker}}}),
		"Section.PlaintextInputs":    section(api.Section{PlaintextInputs: inputs}),
		"Section.BulletLists":        section(api.Section{BulletLists: api.BulletLists{{Title: "title", Items: []string{marker}}}}),
		"Section.Context":            section(api.Section{Context: api.ContextItems{{Text: marker}}}),
		"Button.Name":                button(api.Button{Name: marker, Command: "command"}),
		"Button.Command":             button(api.Button{Name: "name", Command: marker}),
		"Button.URL":                 button(api.Button{Name: "name", URL: marker}),
		"Button.Description":         button(api.Button{Name: "name", Command: "command", Description: marker}),
		"Button.Style":               button(api.Button{Name: "name", Command: "command", Style: marker}),
		"Select.Name":                selects(api.Select{Name: marker}),
		"Select.OptionGroups.Name":   selects(api.Select{OptionGroups: []api.OptionGroup{{Name: marker}}}),
		"Select.Options.Name":        selects(api.Select{OptionGroups: []api.OptionGroup{{Options: []api.OptionItem{item}}}}),
		"Select.Options.Value":       selects(api.Select{OptionGroups: []api.OptionGroup{{Options: []api.OptionItem{value}}}}),
		"Select.InitialOption":       selects(api.Select{InitialOption: &item}),
		"MultiSelect.Name":           multi(api.MultiSelect{Name: marker}),
		"MultiSelect.Description":    multi(api.MultiSelect{Description: api.Body{Plaintext: marker}}),
		"MultiSelect.Options.Name":   multi(api.MultiSelect{Options: []api.OptionItem{item}}),
		"MultiSelect.Options.Value":  multi(api.MultiSelect{Options: []api.OptionItem{value}}),
		"MultiSelect.InitialOptions": multi(api.MultiSelect{InitialOptions: []api.OptionItem{item}}),
	}
}

// shows reports which platforms show the part of a message: Slack, and Mattermost and Discord, which
// have messages of text and cards of a single section. It fails if the last two disagree.
func shows(t *testing.T, name string, m api.Message) (slack, text, card bool) {
	t.Helper()
	has := func(v any) bool {
		encoded, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, mark := range []string{marker, "2031", "1924992000"} {
			if strings.Contains(string(encoded), mark) {
				return true
			}
		}
		return false
	}
	if name == "Button.Style" { // the renderer for Slack knows only some
		m.Sections[0].Buttons[0].Style = api.ButtonStyleDanger
		encoded, err := json.Marshal(bot.NewSlackRenderer().RenderAsSlackBlocks(interactive.CoreMessage{Message: m}))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(encoded), `"style":"danger"`), false, false
	}
	in := interactive.CoreMessage{Message: m}
	slack = has(bot.NewSlackRenderer().RenderAsSlackBlocks(in))
	text = has(bot.NewDiscordRenderer().MessageToMarkdown(in))
	if has(bot.NewMattermostRenderer().MessageToMarkdown(in)) != text {
		t.Errorf("%s: the texts of Mattermost and Discord differ", name)
	}
	in.Type = api.NonInteractiveSingleSection
	embed, err := bot.NewDiscordRenderer().NonInteractiveSectionToCard(in)
	if err != nil {
		t.Fatal(err)
	}
	attachment, err := bot.NewMattermostRenderer().NonInteractiveSectionToCard(in)
	if err != nil {
		t.Fatal(err)
	}
	if card = has(embed); has(attachment) != card {
		t.Errorf("%s: the cards of Mattermost and Discord differ", name)
	}
	return slack, text, card
}

var row = regexp.MustCompile("(?m)^\\| `([A-Za-z.]+)` +\\| (yes|no)[^|]*\\| (yes|no)[^|]*\\| (yes|no)[^|]*\\|(?: (yes|no)[^|]*\\|)?$")

// table returns the cells of one table of docs/messages.md, by the names of its rows.
func table(t *testing.T, heading string) map[string][]bool {
	t.Helper()
	text, err := os.ReadFile("../docs/messages.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n### "+heading+"\n")
	if !found {
		t.Fatalf("found no heading %q", heading)
	}
	rest, _, _ = strings.Cut(rest, "\n### ")
	rows := map[string][]bool{}
	for _, match := range row.FindAllStringSubmatch(rest, -1) {
		for _, cell := range match[2:] {
			if cell != "" {
				rows[match[1]] = append(rows[match[1]], cell == "yes")
			}
		}
	}
	return rows
}

// The table says what Botkube's own renderers show.
func TestDocumentedParts(t *testing.T) {
	rows, parts := table(t, "Parts"), parts()
	for name, m := range parts {
		slack, text, card := shows(t, name, m)
		if got := rows[name]; len(got) != 3 || got[0] != slack || got[1] != text || got[2] != card {
			t.Errorf("%s: found %v in docs/messages.md, want Slack %t, text %t, card %t", name, got, slack, text, card)
		}
	}
	if len(rows) != len(parts) {
		t.Errorf("found %d rows, want %d", len(rows), len(parts))
	}
}

// The table says which fields the code of Botkube's platforms reads.
func TestDocumentedFields(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/kubeshop/botkube").Output()
	if err != nil {
		t.Fatal(err)
	}
	source := strings.TrimSpace(string(out))
	rows := table(t, "Delivery")
	if len(rows) != 5 {
		t.Errorf("found %d rows, want 5", len(rows))
	}
	for field, cells := range rows {
		for i, file := range []string{"slack_socket.go", "slack_cloud.go", "mattermost.go", "discord.go"} {
			code, err := os.ReadFile(filepath.Join(source, "pkg/bot", file))
			if err != nil {
				t.Fatal(err)
			}
			reads := regexp.MustCompile(`(in|resp|msg|Message)\.` + field + `\b`).Match(code)
			if i >= len(cells) || cells[i] != reads {
				t.Errorf("%s: found %v in docs/messages.md, want that %s reads it: %t", field, cells, file, reads)
			}
		}
	}
}

// Botkube takes texts for formats, of which plugin run warns.
func TestRendererForSlack(t *testing.T) {
	encoded, err := json.Marshal(bot.NewSlackRenderer().RenderAsSlackBlocks(interactive.CoreMessage{Message: api.Message{
		Sections: []api.Section{{Base: api.Base{Header: "10%", Description: "50%", Body: api.Body{CodeBlock: "70%"}}}},
	}}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"*10%*", "50%!(NOVERB)", "70%!`(MISSING)"} {
		if !strings.Contains(string(encoded), want) {
			t.Errorf("found no %s in %s", want, encoded)
		}
	}
}
