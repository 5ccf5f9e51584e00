package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"botkube-plugins/internal/testplugin"

	"github.com/creack/pty"
)

// erased is what is printed to replace some rows.
func erased(rows string) string { return `\x1b\[` + rows + `A\x1b\[J` }

// Each control has a number. Using it sends what Slack would send, with the state of the form, and
// each step of the form takes the place of the one before.
func TestControls(t *testing.T) {
	plugins := buildPlugins(t)
	x := onTerminal(t, "NO_COLOR=1", plugins+"/restart")
	x.shows(`@Botkube $`)
	x.types("1\r")
	x.shows(`error: found 1, want a command: no message here has a control with a number\r\n@Botkube $`)
	x.types("restart\r")
	x.shows(`type the number of a button or an option, or "NUMBER TEXT" for a text field\r\n` +
		`\d\d:\d\d:\d\d\r\n\(only visible for you\)\r\n\r\nRestart a deployment\r\n(?s:.*)\r\n  1 \( \) shop\r\n(?s:.*)\r\n  2 \( \) staging\r\n\r\n@Botkube $`)
	x.types("1\r")
	x.shows(erased("1") + `@Botkube restart namespace shop\r\n` + erased("12") + `@Botkube restart namespace shop\r\n` +
		`\d\d:\d\d:\d\d\r\n\(only visible for you, replaces the original message\)\r\n(?s:.*)  1 \(•\) shop\r\n(?s:.*)  3 \( \) cart\r\n(?s:.*)@Botkube $`)
	x.types("3\r")
	x.shows(erased("16") + `@Botkube restart deployment cart\r\n(?s:.*)  1 \(•\) shop\r\n(?s:.*)  3 \(•\) cart\r\n(?s:.*)\r\n` +
		`5 Reason: \[why it must restart \(optional\)\] \(sent with the next button\)\r\n6 \[Continue\] @Botkube restart confirm shop cart\r\n(?s:.*)@Botkube $`)
	x.types("6 now\r")
	x.shows(`error: found a text, want only a number: only text fields have a text\r\n@Botkube $`)
	x.types("5 it is slow\r")
	x.shows(`5 it is slow\r\n(?s:.*)\r\n5 Reason: \[it is slow\] (?s:.*)@Botkube $`)
	x.types("6\r")
	x.shows(erased("1") + `@Botkube restart confirm shop cart\r\n` + erased(`\d+`) + `@Botkube restart confirm shop cart\r\n(?s:.*)\r\n` +
		`Reason: it is slow\r\n1 \[Restart\] @Botkube restart run shop cart "it is slow"\r\n2 \[Back\] @Botkube restart choose shop cart\r\n(?s:.*)@Botkube $`)
	x.types("3\r")
	x.shows(`error: found 3, want the number of a button, an option or a text field, at most 2\r\n@Botkube $`)
	x.types("1\r")
	x.shows(`\r\nDone\.\r\n\r\n\d\d:\d\d:\d\d you restarted cart in shop: it is slow\r\n@Botkube $`)
	x.types(ctrlD)
	x.ends()
}

// Without buttons, there are no numbers.
func TestNoControlsWithoutInteractivity(t *testing.T) {
	plugins := buildPlugins(t)
	x := onTerminal(t, "NO_COLOR=1", "--no-interactivity", plugins+"/restart")
	x.shows(`@Botkube $`)
	x.types("help\r")
	x.shows(`\r\n\[Choose a deployment\] @Botkube restart\r\n\r\n@Botkube $`)
	x.types("1\r")
	x.shows(`error: found a command that begins with "1", want one that begins with "restart"`)
	x.types(ctrlD)
	x.ends()
}

// What the plugin prints between two steps of a form stays: the next step is then shown below it.
// A command that does not begin with the bot's name is not sent, and Botkube's own commands and
// those of other plugins are not answered here.
func TestControlsOfATalkingPlugin(t *testing.T) {
	t.Setenv("TMPDIR", "/tmp")
	plugin := testplugin.Link(t, t.TempDir(), "executor_form")
	x := onTerminal(t, "NO_COLOR=1", plugin)
	x.shows(`@Botkube $`)
	x.types("form\r")
	x.shows(`1 \[Again\] @Botkube form again\r\n(?s:.*)@Botkube $`)
	x.types("1\r")
	x.shows(erased("1") + `@Botkube form again\r\nplugin \| still here\r\n\d\d:\d\d:\d\d\r\n\(replaces the original message\)(?s:.*)@Botkube $`)
	x.types("2\r")
	x.shows(`error: found the command "form nobody", want one that begins with the bot's name\r\n  hint: Botkube ignores it\.`)
	x.types("3\r")
	x.shows(`@Botkube kubectl get pods\r\nerror: found a command that begins with "kubectl"`)
	x.types("4\r")
	x.shows(`Slack opens https://example\.com\r\n@Botkube $`)
	x.types(ctrlD)
	x.ends()
	if strings.Count(x.output(), "still here") != 1 {
		t.Errorf("found the plugin's line erased or repeated in %q", x.output())
	}
}

// A form that does not fit on the screen is not erased: the next one is shown below it.
func TestControlsOnASmallTerminal(t *testing.T) {
	x := onTerminal(t, "NO_COLOR=1", buildPlugins(t)+"/restart")
	if err := pty.Setsize(x.file, &pty.Winsize{Rows: 10, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	x.shows(`@Botkube $`)
	x.types("restart\r")
	x.shows(`2 \( \) staging\r\n\r\n@Botkube $`)
	x.types("1\r")
	x.shows(erased("1") + `@Botkube restart namespace shop\r\n\d\d:\d\d:\d\d\r\n\(only visible for you, replaces`)
	x.shows(`4 \( \) checkout\r\n\r\n@Botkube $`)
	x.types(ctrlD)
	x.ends()
}

// The page about messages shows what a terminal shows after a press.
func TestDocumentedControls(t *testing.T) {
	page, err := os.ReadFile("../../docs/messages.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "\n```text\n")
	want, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("found no block of text")
	}
	x := onTerminal(t, "NO_COLOR=1", buildPlugins(t)+"/restart")
	x.shows(`@Botkube $`)
	x.types("restart\r")
	x.shows(`2 \( \) staging\r\n\r\n@Botkube $`)
	x.types("1\r")
	x.shows(`4 \( \) checkout\r\n\r\n@Botkube $`)
	x.types(ctrlD)
	x.ends()
	got := regexp.MustCompile(`\d\d:\d\d:\d\d`).ReplaceAllString(strings.ReplaceAll(x.output(), "\r\n", "\n"), "12:00:00")
	if !strings.Contains(got, want) {
		t.Errorf("found %q, want in it what docs/messages.md shows:\n%s", got, want)
	}
}
