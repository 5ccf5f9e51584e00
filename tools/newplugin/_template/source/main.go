// Command myplugin is a Botkube source that sends one message when it is started.
package main

import (
	"context"
	_ "embed"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
)

const (
	name        = "myplugin"
	description = "Sends one message when it is started."
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

// server implements the source's side of Botkube's plugin protocol.
type server struct {
	source.HandleExternalRequestUnimplemented
}

// Metadata describes the plugin; it ends up in the plugin index.
func (server) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{
		Version:          version,
		Description:      description,
		DocumentationURL: documentationURL(),
		JSONSchema:       api.JSONSchema{Value: configSchema},
	}, nil
}

// Stream sends events until ctx ends; then it closes the channel. A wrong config is an error.
func (server) Stream(ctx context.Context, in source.StreamInput) (source.StreamOutput, error) {
	cfg, err := mergeConfigs(in.Configs)
	if err != nil {
		return source.StreamOutput{}, err
	}
	events := make(chan source.Event)
	go watch(ctx, cfg, events)
	return source.StreamOutput{Event: events}, nil
}

// watch is where the plugin's own work begins: put here what is to be watched. It must return when ctx ends, and not
// before: a stream that has ended Botkube does not start again (Dispatch in its internal/source/dispatcher.go).
func watch(ctx context.Context, cfg config, events chan<- source.Event) {
	defer close(events)
	select {
	case events <- source.Event{Message: api.NewPlaintextMessage(cfg.Message, true)}:
		<-ctx.Done()
	case <-ctx.Done():
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
	source.Serve(map[string]plugin.Plugin{name: &source.Plugin{Source: server{}}})
}
