// Package alerts implements a source that turns the webhooks of a monitoring system into messages.
package alerts

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
)

// Name is the name of the plugin.
const Name = "alerts"

// Source receives webhooks.
type Source struct{ version string }

// New returns a source that reports a version.
func New(version string) Source { return Source{version} }

// Metadata describes the plugin.
func (s Source) Metadata(context.Context) (api.MetadataOutput, error) {
	md := api.MetadataOutput{Version: s.version, Description: "Shows the alerts of a monitoring system."}
	md.ExternalRequest.Payload.JSONSchema.Value = `{"type": "object", "required": ["alert"]}`
	return md, nil
}

// Stream sends nothing: all messages answer a webhook.
func (Source) Stream(ctx context.Context, _ source.StreamInput) (source.StreamOutput, error) {
	events := make(chan source.Event)
	context.AfterFunc(ctx, func() { close(events) })
	return source.StreamOutput{Event: events}, nil
}

// HandleExternalRequest turns a webhook into a message.
func (Source) HandleExternalRequest(_ context.Context, in source.ExternalRequestInput) (source.ExternalRequestOutput, error) {
	var payload struct{ Alert string }
	if err := json.Unmarshal(in.Payload, &payload); err != nil {
		return source.ExternalRequestOutput{}, fmt.Errorf("cannot read the payload: %w", err)
	}
	message := api.NewPlaintextMessage("firing: "+payload.Alert, true)
	return source.ExternalRequestOutput{Event: source.Event{Message: message}}, nil
}
