package e2e_test

import (
	"strings"
	"testing"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	commands "github.com/kubeshop/botkube/pkg/execute"
	"github.com/slack-go/slack"
)

// Botkube passes the state of the form to the plugin, and the plugin answers with the form of the
// next step, with everything that Botkube's renderer for Slack needs.
func TestRestartAsks(t *testing.T) {
	_, indexURL := publishDist(t)
	b := (&botkube{t: t, indexURL: indexURL, executors: []string{"restart"}}).mustStart()
	press := func(command string, actions map[string]slack.BlockAction) executor.ExecuteOutput {
		t.Helper()
		in := executor.ExecuteInput{Command: command}
		in.Context.IsInteractivitySupported = true
		in.Context.SlackState = &slack.BlockActionStates{Values: map[string]map[string]slack.BlockAction{"restart": actions}}
		in.Context.Message.User.DisplayName = "Ada"
		out, err := b.executor("restart").Execute(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := press("restart", nil).Message
	if len(first.Sections) != 1 || len(first.Sections[0].Selects.Items) != 1 || !first.OnlyVisibleForYou || first.ReplaceOriginal {
		t.Errorf("found %+v, want a new form with one drop-down", first)
	}
	actions := map[string]slack.BlockAction{"restart namespace": {SelectedOption: slack.OptionBlockObject{Value: "shop"}}}
	form := press("restart deployment cart", actions).Message
	if len(form.Sections) != 2 || !form.ReplaceOriginal {
		t.Fatalf("found %+v, want a form with a button, which replaces the first", form)
	}
	want := api.Button{Name: "Continue", Command: "{{BotName}} restart confirm shop cart", Style: api.ButtonStylePrimary}
	if got := form.Sections[1].Buttons[0]; got != want {
		t.Errorf("found %+v, want %+v", got, want)
	}
	// Botkube splits the command like a shell, and must not change it.
	actions["restart reason"] = slack.BlockAction{Value: `it's (very) "slow" “today”; \ --filter=x`}
	confirmation := press("restart confirm shop cart", actions).Message
	command := strings.TrimPrefix(confirmation.Sections[0].Buttons[0].Command, "{{BotName}} ")
	flags, err := commands.ParseFlags(command)
	if err != nil || flags.CleanCmd != command || flags.Filter != "" {
		t.Errorf("found %+v, error %v; want the command %s", flags, err, command)
	}
	out := press("restart run shop cart", nil)
	if len(out.Messages) != 1 || out.Messages[0].BaseBody.Plaintext != "Ada restarted cart in shop" {
		t.Errorf("found %+v, want an announcement", out)
	}
}
