//go:build unix

package pluginhost

import (
	"context"
	"encoding/json"
	"fmt"

	"botkube-plugins/internal/problem"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/slack-go/slack"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Message is a message for the user.
type Message = api.Message

type (
	// Body is text and a code block.
	Body = api.Body
	// Section is a part of a message.
	Section = api.Section
	// Button runs a command or opens a page.
	Button = api.Button
	// Buttons are the buttons of a section.
	Buttons = api.Buttons
	// Selects are the selects of a section.
	Selects = api.Selects
	// MultiSelect is a choice of several options.
	MultiSelect = api.MultiSelect
	// Select is a choice of one of several options.
	Select = api.Select
	// OptionItem is an option of a Select or MultiSelect.
	OptionItem = api.OptionItem
	// LabelInput is a text field.
	LabelInput = api.LabelInput
)

type (
	// FormState is what is selected and typed in the controls of a message: values by the IDs of
	// their blocks and of the controls.
	FormState = slack.BlockActionStates
	// FormAction is the value of one control.
	FormAction = slack.BlockAction
	// FormOption is a selected option.
	FormOption = slack.OptionBlockObject
)

// NewFormOption returns an option as the state of a message has it.
func NewFormOption(o OptionItem) FormOption {
	return *slack.NewOptionBlockObject(o.Value, slack.NewTextBlockObject(slack.PlainTextType, o.Name, false, false), nil)
}

// ExecuteOutput is an executor's answer to a command.
type ExecuteOutput = executor.ExecuteOutput

// maxMessages is how many further messages Botkube accepts in an answer
// (maxMessageNumberForSingleCommandExecution in its pkg/api/executor/grpc_adapter.go).
const maxMessages = 15

// ExecuteInput is the input that Botkube calls an executor with (PluginExecutor.Execute in its
// pkg/execute/plugin_executor.go).
type ExecuteInput struct {
	// Command begins with the plugin's name.
	Command string
	// Text is the user's message, which is the command after the bot's name.
	Text string
	// Configs are YAML, in the order in which they are bound. Botkube omits empty ones.
	Configs [][]byte
	// Interactive reports whether messages may have buttons and other controls.
	Interactive bool
	// User is the name of the user who wrote the command.
	User string
	// State is the state of the message of which the user pressed a control, or nil. As in Botkube,
	// it is passed only if Interactive is true.
	State *FormState
	// WebhookURL is the base URL of Botkube's incoming webhook.
	WebhookURL string
}

// Execute sends a command to an executor and waits for its answer without a deadline. An error that
// the executor returns is a [*Refusal].
func (p *Plugin) Execute(ctx context.Context, in ExecuteInput) (ExecuteOutput, error) {
	request := &executor.ExecuteRequest{
		Command: in.Command,
		Context: &executor.ExecuteContext{
			IsInteractivitySupported: in.Interactive,
			Message: &executor.MessageContext{
				Text: in.Text,
				User: &executor.UserContext{Mention: "@" + in.User, DisplayName: in.User},
			},
			IncomingWebhook: &executor.IncomingWebhookContext{BaseSourceURL: in.WebhookURL + "/sources/v1"},
		},
	}
	for _, config := range in.Configs {
		request.Configs = append(request.Configs, &executor.Config{RawYAML: config})
	}
	if in.Interactive && in.State != nil {
		state, err := json.Marshal(in.State)
		if err != nil {
			return ExecuteOutput{}, err
		}
		request.Context.SlackState = state
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
