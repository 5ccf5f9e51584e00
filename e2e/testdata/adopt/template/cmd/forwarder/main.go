package main

import (
	"context"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
)

// version is set by GoReleaser.
var version = "dev"

type forwarder struct{}

// Metadata describes the plugin.
func (forwarder) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{Version: version, Description: "Shows incoming webhooks."}, nil
}

// Stream sends nothing: all messages answer a webhook.
func (forwarder) Stream(ctx context.Context, _ source.StreamInput) (source.StreamOutput, error) {
	events := make(chan source.Event)
	context.AfterFunc(ctx, func() { close(events) })
	return source.StreamOutput{Event: events}, nil
}

// HandleExternalRequest shows the payload.
func (forwarder) HandleExternalRequest(_ context.Context, in source.ExternalRequestInput) (source.ExternalRequestOutput, error) {
	message := api.NewCodeBlockMessage(string(in.Payload), true)
	return source.ExternalRequestOutput{Event: source.Event{Message: message}}, nil
}

func main() {
	source.Serve(map[string]plugin.Plugin{"forwarder": &source.Plugin{Source: forwarder{}}})
}
