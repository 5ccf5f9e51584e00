//go:build unix

package testplugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
)

type metadata struct {
	before func()
	out    api.MetadataOutput
}

// describe puts a value into the description.
func (m *metadata) describe(value any) {
	text, err := json.Marshal(value)
	check(err)
	m.out.Description = string(text)
}

func (m *metadata) Metadata(context.Context) (api.MetadataOutput, error) {
	if m.before != nil {
		m.before()
	}
	return m.out, nil
}

type sourcePlugin struct {
	*metadata
	source.HandleExternalRequestUnimplemented
	behavior string
	log      hclog.Logger // created before go-plugin's server replaces stderr
}

func newSource(meta *metadata, behavior string) sourcePlugin {
	log := hclog.New(&hclog.LoggerOptions{Name: "test", Output: os.Stderr, JSONFormat: true, Level: hclog.Debug})
	return sourcePlugin{metadata: meta, behavior: behavior, log: log}
}

// Stream sends nothing, unless the plugin's behavior says otherwise.
func (p sourcePlugin) Stream(ctx context.Context, in source.StreamInput) (source.StreamOutput, error) {
	events := make(chan source.Event, 1)
	switch p.behavior {
	case "refuse-stream":
		return source.StreamOutput{}, errors.New("interval: found nothing, want a duration")
	case "crash-stream":
		panic("nil map of informers")
	case "exit-stream":
		// It writes to the stderr of the process, because go-plugin's server loses lines that it
		// has not sent yet.
		fmt.Fprintln(os.NewFile(2, "stderr"), "no cluster")
		exit(0)
	case "hang-stream":
		time.Sleep(time.Hour)
	case "freeze-stream": // does not end when it is asked to
		check(syscall.Kill(os.Getpid(), syscall.SIGSTOP))
	case "event-stream":
		events <- source.Event{Message: api.NewPlaintextMessage("an event", false)}
	case "form-stream":
		events <- source.Event{Message: form("")}
	case "close-stream":
		close(events)
	case "no-stream":
		return source.StreamUnimplemented{}.Stream(ctx, in)
	case "crash-later":
		time.AfterFunc(200*time.Millisecond, func() { panic("nil map of pods") })
	case "big-event":
		events <- source.Event{Message: api.NewPlaintextMessage(strings.Repeat("big", 1<<20), false)}
	case "told": // sends its input
		events <- source.Event{Message: api.NewPlaintextMessage(received(in.Context.CommonSourceContext, in.Configs...), false)}
	case "chatty": // writes lines in every way in which they can arrive
		p.log.Info("watching", "resource", "pods", "in", "all namespaces")
		p.log.Debug("a detail")
		fmt.Println("on stdout")
		note("on stderr\n")
		note("without an end")
		events <- source.Event{Message: api.NewPlaintextMessage("an event", false)}
	}
	return source.StreamOutput{Event: events}, nil
}

// HandleExternalRequest returns its input, unless the payload says otherwise.
func (p sourcePlugin) HandleExternalRequest(ctx context.Context, in source.ExternalRequestInput) (source.ExternalRequestOutput, error) {
	if p.behavior != "requests" {
		return p.HandleExternalRequestUnimplemented.HandleExternalRequest(ctx, in)
	}
	switch payload := string(in.Payload); payload {
	case `{"do":"fail"}`:
		return source.ExternalRequestOutput{}, errors.New("the request fails")
	case `{"do":"crash"}`:
		panic("nil map of requests")
	default:
		text := payload + " " + received(in.Context.CommonSourceContext, in.Config)
		return source.ExternalRequestOutput{Event: source.Event{Message: api.NewPlaintextMessage(text, false)}}, nil
	}
}

func received(in source.CommonSourceContext, configs ...*source.Config) string {
	parts := []string{fmt.Sprintf("%s on %s, interactive %t, %s",
		in.SourceName, in.ClusterName, in.IsInteractivitySupported, in.IncomingWebhook.FullURLForSource)}
	for _, c := range configs {
		parts = append(parts, "config "+strings.TrimSpace(string(c.GetRawYAML())))
	}
	return strings.Join(parts, ", ")
}

type executorPlugin struct {
	*metadata
	behavior string
}

// Execute returns its input, unless the command's second word says otherwise.
func (p executorPlugin) Execute(_ context.Context, in executor.ExecuteInput) (executor.ExecuteOutput, error) {
	_, what, _ := strings.Cut(in.Command, " ")
	if p.behavior == "form" {
		return executor.ExecuteOutput{Message: form(what)}, nil
	}
	switch what {
	case "fail":
		return executor.ExecuteOutput{}, errors.New("the command fails")
	case "crash":
		panic("nil map of commands")
	case "hang":
		note("hanging\n")
		time.Sleep(time.Hour)
	case "nothing":
		return executor.ExecuteOutput{}, nil
	case "many":
		out := executor.ExecuteOutput{}
		for i := range 20 {
			out.Messages = append(out.Messages, api.NewPlaintextMessage(fmt.Sprint("message ", i+1), false))
		}
		return out, nil
	}
	parts := []string{fmt.Sprintf("%q by %s, interactive %t, %s", in.Command, in.Context.Message.User.DisplayName,
		in.Context.IsInteractivitySupported, in.Context.IncomingWebhook.BaseSourceURL)}
	for _, c := range in.Configs {
		parts = append(parts, "config "+strings.TrimSpace(string(c.RawYAML)))
	}
	if len(in.Context.SlackState.Values) > 0 { // go-plugin's server sets the state
		state, err := json.Marshal(in.Context.SlackState.Values)
		check(err)
		parts = append(parts, fmt.Sprintf("message %q, state %s", in.Context.Message.Text, state))
	}
	return executor.ExecuteOutput{Message: api.NewCodeBlockMessage(strings.Join(parts, ", "), true)}, nil
}

// form answers with buttons, and writes a line before it replaces them.
func form(what string) api.Message {
	if what != "" {
		note("still here\n")
		time.Sleep(500 * time.Millisecond) // so that the host has the line before the answer
	}
	return api.Message{ReplaceOriginal: what != "", Sections: []api.Section{{Buttons: api.Buttons{
		{Name: "Again", Command: "{{BotName}} form again"},
		{Name: "Nobody's", Command: "form nobody"},
		{Name: "Pods", Command: "{{BotName}} kubectl get pods"},
		{Name: "Docs", URL: "https://example.com"},
	}}, {
		PlaintextInputs: api.LabelInputs{{Command: "{{BotName}} form filter=", Text: "Filter", DispatchedAction: api.DispatchInputActionOnEnter}},
		Selects: api.Selects{Items: []api.Select{{
			Name: "Kind", Command: "{{BotName}} form get",
			OptionGroups: []api.OptionGroup{{Name: "Kinds", Options: []api.OptionItem{{Name: "Pods", Value: "pods"}}}},
		}}},
	}}}
}

func (p executorPlugin) Help(context.Context) (api.Message, error) {
	switch p.behavior {
	case "hang-help":
		note("looking for a manual\n")
		time.Sleep(time.Hour)
	case "crash-help":
		panic("nil map of topics")
	case "refuse-help":
		return api.Message{}, errors.New("no help")
	}
	return api.NewPlaintextMessage("help", false), nil
}
