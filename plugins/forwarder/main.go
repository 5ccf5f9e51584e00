// Forwarder is a Botkube source that turns an incoming webhook request into a message.
package main

import (
	"context"
	_ "embed"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
)

const (
	name        = "forwarder"
	description = "Turns each request to Botkube's incoming webhook into a message."
)

// Set at link time, for a release with
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

// forwarder implements the source's side of Botkube's plugin protocol.
type forwarder struct{}

// Metadata describes the plugin; it ends up in the plugin index.
func (forwarder) Metadata(context.Context) (api.MetadataOutput, error) {
	return api.MetadataOutput{
		Version:          version,
		Description:      description,
		DocumentationURL: documentationURL(),
		JSONSchema:       api.JSONSchema{Value: configSchema},
		ExternalRequest: api.ExternalRequestMetadata{
			Payload: api.ExternalRequestPayload{JSONSchema: api.JSONSchema{Value: payloadSchema}},
		},
	}, nil
}

// Stream sends no events: they all come from HandleExternalRequest. Botkube logs an error for a stream that closes,
// so the channel stays open until ctx ends. A wrong config is an error.
func (forwarder) Stream(ctx context.Context, in source.StreamInput) (source.StreamOutput, error) {
	if err := checkConfigs(in.Configs...); err != nil {
		return source.StreamOutput{}, err
	}
	events := make(chan source.Event)
	context.AfterFunc(ctx, func() { close(events) })
	return source.StreamOutput{Event: events}, nil
}

// HandleExternalRequest returns the event that a request to the incoming webhook asks for.
// A wrong config or payload is an error, which Botkube passes on to the one who sent the request.
func (forwarder) HandleExternalRequest(
	_ context.Context, in source.ExternalRequestInput,
) (source.ExternalRequestOutput, error) {
	if err := checkConfigs(in.Config); err != nil {
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
	source.Serve(map[string]plugin.Plugin{name: &source.Plugin{Source: forwarder{}}})
}
