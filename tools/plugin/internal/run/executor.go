//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
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
	if r.opts.Command != nil {
		return r.execute(ctx, p, configs, *r.opts.Command)
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
		err = r.execute(ctx, p, configs, command)
		if wrong := new(commandError); errors.As(err, &wrong) && r.prompt.interactive() {
			r.Error(err)
		} else if err != nil {
			return err
		}
	}
}

// commandError is an error of one command. The next command may work.
type commandError struct{ error }

func (e *commandError) Unwrap() error { return e.error }

// execute answers one command as Botkube does (DefaultExecutor.Execute in its
// pkg/execute/executor.go).
func (r *runner) execute(ctx context.Context, p *pluginhost.Plugin, configs [][]byte, command string) error {
	command = strings.TrimSpace(command)
	words := strings.Fields(command)
	switch {
	case len(words) == 0:
		return nil
	case command == "help" || words[0] == r.opts.Name && len(words) > 1 && words[1] == "help":
		message, err := p.Help(ctx)
		if err != nil {
			return err
		}
		return r.answer(pluginhost.ExecuteOutput{Message: message})
	case words[0] != r.opts.Name:
		return &commandError{problem.WithHint(
			fmt.Errorf("found a command that begins with %q, want one that begins with %q, the plugin's name", words[0], r.opts.Name),
			"Botkube finds the plugin by its name. If the name is different, give it with --name.",
		)}
	}
	out, err := p.Execute(ctx, pluginhost.ExecuteInput{
		Command: command, Configs: configs, Interactive: !r.opts.NoInteractivity, User: "you", WebhookURL: r.webhookURL,
	})
	if refusal := new(pluginhost.Refusal); errors.As(err, &refusal) {
		return &commandError{fmt.Errorf("the executor returned an error: %s", refusal.Message)}
	}
	if err != nil {
		return err
	}
	return r.answer(out)
}

func (r *runner) answer(out pluginhost.ExecuteOutput) error {
	if r.opts.JSON {
		return r.ReportLine(out)
	}
	// As in Botkube, the first message may be empty.
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
