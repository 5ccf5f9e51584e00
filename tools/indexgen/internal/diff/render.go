package diff

import (
	"fmt"
	"strings"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/jsonschema"
	"botkube-plugins/internal/problem"
)

// Text renders the plugins for a terminal or a log. reason says why breaking changes are permitted; it
// may be empty.
func Text(plugins []Plugin, reason string, style cli.Style) string {
	var b strings.Builder
	for _, p := range plugins {
		fmt.Fprintf(&b, "%s\n", style.Bold(p.title()))
		for _, c := range p.Changes {
			fmt.Fprintf(&b, "  %s  %s\n", paint(c.Verdict, style), c.Text)
		}
	}
	b.WriteString(summary(plugins) + "\n")
	if reason != "" {
		b.WriteString("permitted: " + problem.OneLine(reason) + "\n")
	}
	return b.String()
}

func paint(v jsonschema.Verdict, style cli.Style) string {
	text := fmt.Sprintf("%-10s", v)
	switch v {
	case jsonschema.Breaking:
		return style.Red(text)
	case jsonschema.Unknown:
		return style.Yellow(text)
	default:
		return style.Green(text)
	}
}

// title names a plugin with its versions. It is safe to print.
func (p Plugin) title() string {
	title := p.Name
	switch {
	case p.Old == "" || p.Old == p.New:
		title += " " + problem.Label(p.New)
	case p.New == "":
		title += " " + problem.Label(p.Old)
	default:
		title += " " + problem.Label(p.Old) + " → " + problem.Label(p.New)
	}
	if p.Verdict == jsonschema.Breaking && p.NewMajor {
		title += " (a new major version)"
	}
	return title
}

// summary counts the plugins.
func summary(plugins []Plugin) string {
	if len(plugins) == 0 {
		return "no plugin changes"
	}
	counts := map[jsonschema.Verdict]int{}
	for _, p := range plugins {
		counts[p.Verdict]++
	}
	var parts []string
	for _, v := range []jsonschema.Verdict{jsonschema.Breaking, jsonschema.Unknown, jsonschema.Compatible} {
		if counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	return fmt.Sprintf("%s changed: %s", problem.Count(len(plugins), "plugin"), strings.Join(parts, ", "))
}

// maxMarkdown is about how many bytes Markdown returns. GitHub limits release notes to 125,000
// characters, and has other things to show in them.
const maxMarkdown = 60_000

// Markdown renders the plugins as a section of release notes. reason is as in Text.
func Markdown(plugins []Plugin, reason string) string {
	var b strings.Builder
	b.WriteString("## What changes for operators\n")
	if len(plugins) == 0 {
		b.WriteString("\nNo plugin changes.\n")
	}
	if reason != "" {
		fmt.Fprintf(&b, "\nThis release breaks what worked before, because: %s\n", span(problem.OneLine(reason)))
	}
	left := 0
	for _, p := range plugins {
		if b.Len() >= maxMarkdown {
			left++
			continue
		}
		fmt.Fprintf(&b, "\n%s\n\n", span(p.title()))
		for i, c := range p.Changes {
			if b.Len() >= maxMarkdown {
				fmt.Fprintf(&b, "- and %s\n", problem.Count(len(p.Changes)-i, "more change"))
				break
			}
			fmt.Fprintf(&b, "- **%s**: %s\n", c.Verdict, span(c.Text))
		}
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n%s changed.\n", problem.Count(left, "more plugin"))
	}
	return b.String()
}

// span shows text from outside as code, in which GitHub sees no HTML, no link and no name to notify.
func span(text string) string { return "`" + strings.ReplaceAll(text, "`", "'") + "`" }
