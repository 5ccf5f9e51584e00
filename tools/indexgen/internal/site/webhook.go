package site

import (
	"context"
	"net/url"

	"botkube-plugins/index"
	"botkube-plugins/internal/jsonschema"
)

// webhook is what a source says about the requests to Botkube's incoming webhook.
type webhook struct {
	Fields jsonschema.Fields
	RefURL string
	// Command sends a valid request.
	Command string
	// Valid says that the request has a payload that the schema allows. Otherwise none was found.
	Valid bool
}

// newWebhook returns nil for a plugin that does not describe requests.
func newWebhook(ctx context.Context, e index.Entry) (*webhook, error) {
	schema := e.ExternalRequest.Payload.JSONSchema
	if schema == (index.JSONSchema{}) {
		return nil, nil
	}
	w := &webhook{Fields: jsonschema.FieldsOf(schema.Value), RefURL: schema.RefURL}
	payload, ok, err := jsonschema.Example(ctx, schema.Value)
	if err != nil {
		return nil, err
	}
	if w.Valid = ok; !ok {
		payload = "{}"
	}
	// The port of the service in Botkube's Helm chart, and incomingWebhookPathPrefix in its
	// internal/source/incoming_webhook.go.
	w.Command = "curl " + shellWord("http://botkube.botkube.svc.cluster.local:2115/sources/v1/"+url.PathEscape(e.Name)) + " -d " + shellWord(payload)
	return w, nil
}
