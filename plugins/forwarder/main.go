// Forwarder is a Botkube source that turns an incoming webhook request into a message.
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
	name        = "forwarder"
	description = "Turns each request to Botkube's incoming webhook into a message."
)

// A release sets these at link time:
//
//	-ldflags "-X main.version=v1.2.3 -X main.docsBase=https://github.com/OWNER/REPO/tree/v1.2.3"
var (
	version  = "dev"
	docsBase = ""
)

var (
	//go:embed config_schema.json
	configSchema string
	//go:embed payload_schema.json
	payloadSchema string
)

// server implements Botkube's interface for sources.
type server struct{}

// Metadata describes the plugin in the plugin index.
func (server) Metadata(context.Context) (api.MetadataOutput, error) {
	md := pluginkit.Metadata(name, description, version, docsBase, configSchema)
	md.ExternalRequest.Payload.JSONSchema.Value = payloadSchema
	return md, nil
}

// Stream sends no events; HandleExternalRequest returns them. Botkube logs an error when a stream
// ends, so the channel stays open until ctx ends. An invalid config is an error.
func (server) Stream(ctx context.Context, in source.StreamInput) (source.StreamOutput, error) {
	if err := pluginkit.MergeConfigs(in.Configs); err != nil {
		return source.StreamOutput{}, err
	}
	events := make(chan source.Event)
	context.AfterFunc(ctx, func() { close(events) })
	return source.StreamOutput{Event: events}, nil
}

// HandleExternalRequest returns the event for a request to the incoming webhook. An invalid config
// or payload is an error, which Botkube returns to the sender of the request.
func (server) HandleExternalRequest(
	_ context.Context, in source.ExternalRequestInput,
) (source.ExternalRequestOutput, error) {
	if err := pluginkit.MergeConfigs([]*source.Config{in.Config}); err != nil {
		return source.ExternalRequestOutput{}, err
	}
	message, err := parsePayload(in.Payload)
	if err != nil {
		return source.ExternalRequestOutput{}, err
	}
	return source.ExternalRequestOutput{
		Event: source.Event{Message: api.NewPlaintextMessage("*Incoming webhook event:* "+message, true)},
	}, nil
}

func main() {
	// Botkube finds the plugin by its type; the key is only a label.
	source.Serve(map[string]plugin.Plugin{name: &source.Plugin{Source: server{}}})
}
