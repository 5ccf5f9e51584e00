//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/plugin/internal/chat"
	"botkube-plugins/tools/plugin/internal/config"

	"sigs.k8s.io/yaml"
)

// executor sends the plugin one command, or reads commands and sends them one after the other.
func (r *runner) executor(ctx context.Context, p *pluginhost.Plugin, given []config.Config) error {
	var configs [][]byte
	for _, c := range given {
		if c.Value == nil {
			continue // as Botkube does (collectConfigs in its pkg/execute/plugin_executor.go)
		}
		text, err := yaml.Marshal(c.Value)
		if err != nil {
			return err
		}
		configs = append(configs, text)
	}
	e := &executor{runner: r, plugin: p, configs: configs, end: end{screen: r.screen}}
	if r.opts.Command != nil {
		return e.execute(ctx, *r.opts.Command, nil)
	}
	defer r.prompt.close()
	if r.prompt.interactive() && r.outStyle.Terminal && !r.opts.JSON && !r.opts.NoInteractivity {
		e.chat = &chat.Chat{}
	}
	for {
		line, err := r.prompt.next(ctx)
		if errors.Is(err, io.EOF) {
			return errDone
		}
		if err != nil {
			return err
		}
		err = e.line(ctx, line)
		if wrong := new(commandError); errors.As(err, &wrong) && r.prompt.interactive() {
			r.Error(err)
		} else if err != nil {
			return err
		}
	}
}

// executor is a running executor.
type executor struct {
	*runner
	plugin  *pluginhost.Plugin
	configs [][]byte
	chat    *chat.Chat // nil unless controls can be used
	hinted  bool       // whether the user knows how to use them
	end     end
}

// commandError is an error of one command. The next command may work.
type commandError struct{ error }

func (e *commandError) Unwrap() error { return e.error }

// line executes a command, or uses the control with a number.
func (e *executor) line(ctx context.Context, line string) error {
	word, text, _ := strings.Cut(strings.TrimSpace(line), " ")
	number, err := strconv.Atoi(word)
	if err != nil || e.chat == nil {
		return e.execute(ctx, line, nil)
	}
	return e.press(ctx, number, strings.TrimSpace(text), line)
}

// press uses a control. On the screen, the command that it sends takes the place of the line that
// was typed.
func (e *executor) press(ctx context.Context, number int, text, line string) error {
	press, err := e.chat.Press(number, text)
	if err != nil {
		return &commandError{err}
	}
	e.end.typed(promptText + problem.Escape(line))
	switch {
	case press.URL != "":
		e.Note("Slack opens %s", press.URL)
		if press.Text == "" {
			return nil
		}
	case press.Text == "":
		return e.end.replace(press.Of, press.Of) // what was typed is shown in it
	}
	command, ok := strings.CutPrefix(press.Text, chat.BotName)
	if !ok { // findAndTrimBotMention in Botkube's pkg/bot/slack_socket.go
		return &commandError{problem.WithHint(
			fmt.Errorf("found the command %q, want one that begins with the bot's name", press.Text),
			"Botkube ignores it. Begin it with {{BotName}}, which is api.MessageBotNamePlaceholder.",
		)}
	}
	if err := e.end.retype(problem.OneLine(press.Text)); err != nil {
		return err
	}
	return e.execute(ctx, command, &press)
}

// execute answers one command as Botkube does (DefaultExecutor.Execute in its
// pkg/execute/executor.go). The command is typed, or sent by a control.
func (e *executor) execute(ctx context.Context, command string, press *chat.Press) error {
	command = strings.TrimSpace(command)
	words := strings.Fields(command)
	switch {
	case len(words) == 0:
		return nil
	case command == "help" || words[0] == e.opts.Name && len(words) > 1 && words[1] == "help":
		message, err := e.plugin.Help(ctx)
		if err != nil {
			return err
		}
		return e.answer(pluginhost.ExecuteOutput{Message: message}, press)
	case words[0] != e.opts.Name:
		return &commandError{problem.WithHint(
			fmt.Errorf("found a command that begins with %q, want one that begins with %q, the plugin's name", words[0], e.opts.Name),
			"Botkube finds the plugin by its name. If the name is different, give it with --name.",
		)}
	}
	in := pluginhost.ExecuteInput{
		Command: command, Text: chat.BotName + " " + command,
		Configs: e.configs, Interactive: !e.opts.NoInteractivity, User: "you", WebhookURL: e.webhookURL,
	}
	if press != nil {
		in.Text, in.State = press.Text, press.State
	}
	out, err := e.plugin.Execute(ctx, in)
	if refusal := new(pluginhost.Refusal); errors.As(err, &refusal) {
		return &commandError{fmt.Errorf("the executor returned an error: %s", refusal.Message)}
	}
	if err != nil {
		return err
	}
	return e.answer(out, press)
}

func (e *executor) answer(out pluginhost.ExecuteOutput, press *chat.Press) error {
	if e.opts.JSON {
		return e.ReportLine(out)
	}
	messages := out.Messages
	// As in Botkube, the first message may be empty.
	if !out.Message.IsEmpty() || len(messages) == 0 {
		messages = append([]pluginhost.Message{out.Message}, messages...)
	}
	for _, message := range messages {
		if err := e.show(message, press); err != nil {
			return err
		}
	}
	return nil
}

// show shows a message. Only the answer to a press can replace another message (SocketSlack.send in
// Botkube's pkg/bot/slack_socket.go), and only if it is more than a body (filterMessage in its
// pkg/execute/plugin_executor.go).
func (e *executor) show(m pluginhost.Message, press *chat.Press) error {
	if !e.opts.NoInteractivity {
		e.check(m)
	}
	if e.chat == nil {
		return e.message("", &chat.Message{Message: m})
	}
	if press != nil && m.ReplaceOriginal && m.Type != chat.BaseBodyOnly && m.Type != chat.Skipped {
		return e.end.replace(press.Of, e.chat.Add(m, press.Of))
	}
	added := e.chat.Add(m, nil)
	if len(added.Numbers) > 0 && !e.hinted {
		e.Note(`type the number of a button or an option, or "NUMBER TEXT" for a text field`)
		e.hinted = true
	}
	return e.end.show(added)
}
