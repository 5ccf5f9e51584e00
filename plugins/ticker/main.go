// Ticker is a Botkube source that sends a message at a fixed interval.
package main

import (
	"context"
	_ "embed"
	"time"

	"botkube-plugins/internal/pluginkit"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
)

const (
	name        = "ticker"
	description = `Sends the message "Ticker Event" each time the configured interval has passed.`
)

// A release sets these at link time:
//
//	-ldflags "-X main.version=v1.2.3 -X main.docsBase=https://github.com/OWNER/REPO/tree/v1.2.3"
var (
	version  = "dev"
	docsBase = ""
)

//go:embed config_schema.json
var configSchema string

// server implements Botkube's interface for sources.
type server struct {
	source.HandleExternalRequestUnimplemented
}

// Metadata describes the plugin in the plugin index.
func (server) Metadata(context.Context) (api.MetadataOutput, error) {
	return pluginkit.Metadata(name, description, version, docsBase, configSchema), nil
}

// Stream sends an event each time the configured interval has passed. When ctx ends, it closes
// the channel. An invalid config is an error.
func (server) Stream(ctx context.Context, in source.StreamInput) (source.StreamOutput, error) {
	cfg, err := mergeConfigs(in.Configs)
	if err != nil {
		return source.StreamOutput{}, err
	}
	events := make(chan source.Event)
	go tick(ctx, cfg.interval, events)
	return source.StreamOutput{Event: events}, nil
}

// tick sends an event each time the interval has passed. It drops ticks while the receiver has
// not taken the last event, so at most one event is waiting.
func tick(ctx context.Context, interval time.Duration, events chan<- source.Event) {
	defer close(events)
	t := time.NewTicker(interval)
	defer t.Stop()

	event := source.Event{Message: api.NewPlaintextMessage("Ticker Event", true)}
	var due chan<- source.Event // nil, which blocks a send, unless an event is due
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			due = events
		case due <- event:
			due = nil
		}
	}
}

func main() {
	// Botkube finds the plugin by its type; the key is only a label.
	source.Serve(map[string]plugin.Plugin{name: &source.Plugin{Source: server{}}})
}
