//go:build unix

package pluginhost

import (
	"context"
	"fmt"

	"botkube-plugins/internal/problem"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Message is what a plugin wants to be shown.
type Message = api.Message

type (
	// Body is a text and a block of code.
	Body = api.Body
	// Section is a part of a message.
	Section = api.Section
	// Button runs a command or opens a page.
	Button = api.Button
	// MultiSelect is a choice of several options.
	MultiSelect = api.MultiSelect
	// Select is a choice of one option.
	Select = api.Select
	// OptionItem is an option of a choice.
	OptionItem = api.OptionItem
	// LabelInput is a field for text.
	LabelInput = api.LabelInput
)

// ExecuteOutput is what an executor answers to a command.
type ExecuteOutput = executor.ExecuteOutput

// maxMessages is how many further messages of an answer Botkube takes
// (maxMessageNumberForSingleCommandExecution in its pkg/api/executor/grpc_adapter.go).
const maxMessages = 15

// ExecuteInput is what Botkube calls an executor with (PluginExecutor.Execute in its
// pkg/execute/plugin_executor.go).
type ExecuteInput struct {
	// Command begins with the plugin's name.
	Command string
	// Configs are YAML, in the order in which they are bound; Botkube leaves out empty ones.
	Configs [][]byte
	// Interactive tells whether messages may have buttons and the like.
	Interactive bool
	// User is who wrote the command.
	User string
	// WebhookURL is the base URL of Botkube's incoming webhook.
	WebhookURL string
}

// Execute has an executor answer a command, for as long as it takes. An error that it
// answers is a [*Refusal].
func (p *Plugin) Execute(ctx context.Context, in ExecuteInput) (ExecuteOutput, error) {
	request := &executor.ExecuteRequest{
		Command: in.Command,
		Context: &executor.ExecuteContext{
			IsInteractivitySupported: in.Interactive,
			Message: &executor.MessageContext{
				Text: in.Command,
				User: &executor.UserContext{Mention: "@" + in.User, DisplayName: in.User},
			},
			IncomingWebhook: &executor.IncomingWebhookContext{BaseSourceURL: in.WebhookURL + "/sources/v1"},
		},
	}
	for _, config := range in.Configs {
		request.Configs = append(request.Configs, &executor.Config{RawYAML: config})
	}
	response, err := executor.NewExecutorClient(p.conn).Execute(ctx, request, anySize)
	if err != nil {
		return ExecuteOutput{}, p.fault(ctx, err, "an answer to the command")
	}
	var out ExecuteOutput
	if out.Message, err = decode[Message](response.GetMessage(), "message"); err != nil {
		return out, err
	}
	raws := response.GetMessages()
	for _, raw := range raws[:min(len(raws), maxMessages)] {
		message, err := decode[Message](raw, "message")
		if err != nil {
			return out, err
		}
		out.Messages = append(out.Messages, message)
	}
	return out, nil
}

// Help asks an executor for its help.
func (p *Plugin) Help(parent context.Context) (Message, error) {
	ctx, cancel := context.WithTimeout(parent, p.cfg.Timeout)
	defer cancel()

	helper, ok := p.impl.(interface {
		Help(context.Context) (Message, error)
	})
	if !ok {
		return Message{}, fmt.Errorf("a %s has no help", p.cfg.Kind)
	}
	message, err := helper.Help(ctx)
	const want = "an answer to Help"
	switch {
	case err == nil || parent.Err() != nil:
		return message, err
	case status.Code(err) == codes.DeadlineExceeded:
		return message, problem.Problem{Found: fmt.Sprintf("no answer within %s", p.cfg.Timeout), Want: want}
	}
	return message, problem.Problem{Found: p.describe(err), Want: want}
}
