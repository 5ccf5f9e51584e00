// Ticker is a Botkube source that sends a message each time an interval has passed.
package main

import (
	"context"
	_ "embed"
	"time"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
)

const (
	name        = "ticker"
	description = `Sends the message "Ticker Event" each time the configured interval has passed.`
)

// Set at link time, for a release with
//
//	-ldflags "-X main.version=v1.2.3 -X main.docsBase=https://github.com/OWNER/REPO/tree/v1.2.3"
var (
	version  = "dev"
	docsBase = ""
)

//go:embed config_schema.json
var configSchema string

// ticker implements the source's side of Botkube's plugin protocol.
type ticker struct {
	source.HandleExternalRequestUnimplemented
}

// Metadata describes the plugin; it ends up in the plugin index.
func (ticker) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{
		Version:          version,
		Description:      description,
		DocumentationURL: documentationURL(),
		JSONSchema:       api.JSONSchema{Value: configSchema},
	}, nil
}

// Stream sends an event each time the configured interval has passed, until ctx ends; then it closes the channel.
// A wrong config is an error.
func (ticker) Stream(ctx context.Context, in source.StreamInput) (source.StreamOutput, error) {
	cfg, err := parseConfigs(in.Configs)
	if err != nil {
		return source.StreamOutput{}, err
	}
	events := make(chan source.Event)
	go tick(ctx, cfg.interval, events)
	return source.StreamOutput{Event: events}, nil
}

// tick sends an event to events each interval. While a slow receiver has not taken the last one, further ticks
// are dropped, so at most one event is ever waiting.
func tick(ctx context.Context, interval time.Duration, events chan<- source.Event) {
	defer close(events)
	t := time.NewTicker(interval)
	defer t.Stop()

	event := source.Event{Message: api.NewPlaintextMessage("Ticker Event", true)}
	var due chan<- source.Event // nil, on which a send waits forever, unless an event is due
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

// documentationURL points to this plugin's directory in the very repository and tag it was built from, so that a fork
// needs no edit. A build that was not told where that is points to Botkube's own page on plugins.
func documentationURL() string {
	if docsBase == "" {
		return "https://docs.botkube.io/plugins/"
	}
	return docsBase + "/plugins/" + name
}

func main() {
	// Botkube dispenses a plugin by its type; the key only names it.
	source.Serve(map[string]plugin.Plugin{name: &source.Plugin{Source: ticker{}}})
}
