package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/tools/plugrun/internal/config"

	"sigs.k8s.io/yaml"
)

// executor has the plugin answer one command, or one after the other.
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
	if r.flags.hasCommand {
		return r.command(ctx, p, configs, r.flags.command)
	}
	defer r.prompt.close()
	for {
		command, err := r.prompt.next(ctx)
		if errors.Is(err, io.EOF) {
			return errDone
		}
		if err != nil {
			return err
		}
		err = r.command(ctx, p, configs, command)
		if wrong := new(commandError); errors.As(err, &wrong) && r.prompt.interactive() {
			r.report(err)
		} else if err != nil {
			return err
		}
	}
}

// commandError is of one command; others may still work.
type commandError struct{ error }

func (e *commandError) Unwrap() error { return e.error }

// command answers one command as Botkube does (DefaultExecutor.Execute in its
// pkg/execute/executor.go).
func (r *runner) command(ctx context.Context, p *pluginhost.Plugin, configs [][]byte, command string) error {
	command = strings.TrimSpace(command)
	words := strings.Fields(command)
	switch {
	case len(words) == 0:
		return nil
	case command == "help" || words[0] == r.name && len(words) > 1 && words[1] == "help":
		message, err := p.Help(ctx)
		if err != nil {
			return err
		}
		return r.answer(pluginhost.ExecuteOutput{Message: message})
	case words[0] != r.name:
		return &commandError{&hintError{
			fmt.Errorf("found a command that begins with %q, want one that begins with %q, the plugin's name", words[0], r.name),
			"Botkube finds the plugin by it. If the name is another, give it with --name.",
		}}
	}
	out, err := p.Execute(ctx, pluginhost.ExecuteInput{
		Command: command, Configs: configs, Interactive: !r.flags.noInteractivity, User: "you", WebhookURL: r.webhookURL,
	})
	if refusal := new(pluginhost.Refusal); errors.As(err, &refusal) {
		return &commandError{fmt.Errorf("the executor answered with the error: %s", refusal.Message)}
	}
	if err != nil {
		return err
	}
	return r.answer(out)
}

func (r *runner) answer(out pluginhost.ExecuteOutput) error {
	if r.flags.json {
		raw, err := json.Marshal(out)
		if err != nil {
			return err
		}
		return r.json(raw)
	}
	// As Botkube has it, the first message is there even if it is empty.
	if !out.Message.IsEmpty() || len(out.Messages) == 0 {
		if err := r.message("", out.Message); err != nil {
			return err
		}
	}
	for _, message := range out.Messages {
		if err := r.message("", message); err != nil {
			return err
		}
	}
	return nil
}
