package render

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
)

// Line renders a line that a plugin wrote. It returns "" for the line that go-plugin's server
// writes when it starts. A message of hclog may have several lines; each is marked as the plugin's.
func Line(line pluginhost.Line, style cli.Style) string {
	prefix := style.Dim("plugin |") + " "
	if line.Stream == pluginhost.Stdout {
		prefix = style.Dim("plugin, stdout |") + " "
	}
	entry := map[string]any{}
	if json.Unmarshal([]byte(line.Text), &entry) != nil {
		return prefix + problem.Escape(line.Text)
	}
	level, _ := entry["@level"].(string)
	message, isLog := entry["@message"].(string)
	if !isLog || level == "" { // JSON, but not from hclog
		return prefix + problem.Escape(line.Text)
	}
	if level == "debug" && message == "plugin address" {
		return ""
	}
	text := problem.Escape(message)
	if module, _ := entry["@module"].(string); module != "" {
		text = problem.Escape(module) + ": " + text
	}
	for _, key := range slices.Sorted(maps.Keys(entry)) {
		if !strings.HasPrefix(key, "@") {
			text += style.Dim(problem.Escape(fmt.Sprintf(" %s=%s", key, logValue(entry[key]))))
		}
	}
	return prefix + paint(level, style) + " " + strings.ReplaceAll(text, "\n", "\n"+prefix)
}

func logValue(value any) string {
	if text, ok := value.(string); ok && text != "" && !strings.ContainsAny(text, " \t\n\"=") {
		return text
	}
	text, _ := json.Marshal(value) // cannot fail: it was read from JSON
	return string(text)
}

func paint(level string, style cli.Style) string {
	name := fmt.Sprintf("%-5s", strings.ToUpper(problem.Line(level)))
	switch level {
	case "error":
		return style.Red(name)
	case "warn":
		return style.Yellow(name)
	}
	return style.Bold(name)
}
