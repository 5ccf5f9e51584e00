//go:build unix

package plugintest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
)

type metadata struct {
	before func()
	out    api.MetadataOutput
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
	behaviour string
}

// Stream sends nothing, if it is not to misbehave.
func (p sourcePlugin) Stream(context.Context, source.StreamInput) (source.StreamOutput, error) {
	events := make(chan source.Event, 1)
	switch p.behaviour {
	case "refuse-stream":
		return source.StreamOutput{}, errors.New("interval: found nothing, want a duration")
	case "crash-stream":
		panic("nil map of informers")
	case "exit-stream":
		// To the process's own stderr: what go-plugin's server has yet to send is lost.
		fmt.Fprintln(os.NewFile(2, "stderr"), "no cluster")
		os.Exit(0)
	case "hang-stream":
		time.Sleep(time.Hour)
	case "event-stream":
		events <- source.Event{Message: api.NewPlaintextMessage("an event", false)}
	case "close-stream":
		close(events)
	}
	return source.StreamOutput{Event: events}, nil
}

type executorPlugin struct {
	*metadata
	behaviour string
}

func (executorPlugin) Execute(context.Context, executor.ExecuteInput) (executor.ExecuteOutput, error) {
	return executor.ExecuteOutput{}, nil
}

func (p executorPlugin) Help(context.Context) (api.Message, error) {
	switch p.behaviour {
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
