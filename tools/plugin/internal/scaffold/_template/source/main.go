// Command myplugin is a Botkube source that sends one message when it starts.
package main

import (
	"context"
	_ "embed"

	"botkube-plugins/internal/pluginkit"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
)

const (
	name        = "myplugin"
	description = "Sends one message when it starts."
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

// Stream sends events until ctx ends. Then it closes the channel. An invalid config is an error.
func (server) Stream(ctx context.Context, in source.StreamInput) (source.StreamOutput, error) {
	cfg, err := mergeConfigs(in.Configs)
	if err != nil {
		return source.StreamOutput{}, err
	}
	events := make(chan source.Event)
	go watch(ctx, cfg, events)
	return source.StreamOutput{Event: events}, nil
}

// watch sends the events. Replace it with the plugin's own work. It must return when ctx ends, and
// not before, because Botkube does not restart a stream that has ended (Dispatch in its
// internal/source/dispatcher.go).
func watch(ctx context.Context, cfg config, events chan<- source.Event) {
	defer close(events)
	select {
	case events <- source.Event{Message: api.NewPlaintextMessage(cfg.message, true)}:
		<-ctx.Done()
	case <-ctx.Done():
	}
}

func main() {
	// Botkube finds the plugin by its type; the key is only a label.
	source.Serve(map[string]plugin.Plugin{name: &source.Plugin{Source: server{}}})
}
