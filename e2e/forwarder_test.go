package e2e_test

import (
	"strings"
	"testing"

	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
)

// request sends the forwarder a request as Botkube's incoming webhook does.
func request(b *botkube, payload string) (api.Message, error) {
	b.t.Helper()
	out, err := b.source("forwarder").HandleExternalRequest(b.t.Context(), source.ExternalRequestInput{
		Payload: []byte(payload),
		Config:  &source.Config{RawYAML: []byte("null\n")}, // what Botkube passes for no config
	})
	return out.Event.Message, err
}

// A bad payload is an error for its sender, and does not affect the next request.
func TestForwarderHandlesRequests(t *testing.T) {
	_, indexURL := publishDist(t)
	b := (&botkube{t: t, indexURL: indexURL, sources: []string{"forwarder"}}).mustStart()

	handles := func(t *testing.T) {
		t.Helper()
		got, err := request(b, `{"message": "deployed v1.2.3"}`)
		const want = "*Incoming webhook event:* deployed v1.2.3"
		if err != nil || got.BaseBody.Plaintext != want {
			t.Errorf("found the message %q, error %v; want %q", got.BaseBody.Plaintext, err, want)
		}
	}
	handles(t)
	for payload, reason := range map[string]string{
		"":                 "want a JSON object",
		"deployed":         "want a JSON object",
		`["deployed"]`:     "want a JSON object",
		`{}`:               "message: found nothing in {}",
		`{"message": " "}`: "want a string that is not blank",
		`{"message": 5}`:   "message: found 5, want",
	} {
		t.Run(payload, func(t *testing.T) {
			got, err := request(b, payload)
			if err == nil || !strings.Contains(err.Error(), reason) {
				t.Errorf("found the message %+v, error %v; want an error with %q", got, err, reason)
			}
			handles(t)
		})
	}
}

// The forwarder's stream stays open. Events come only from requests.
func TestForwarderStreamStaysOpen(t *testing.T) {
	_, indexURL := publishDist(t)
	b := (&botkube{t: t, indexURL: indexURL, sources: []string{"forwarder", "ticker"}}).mustStart()

	events := b.stream(t.Context(), "forwarder", "null\n")
	b.next(b.stream(t.Context(), "ticker", "interval: 1s")) // enough time for the stream to end
	b.silent(events)
	if err := lineWith(b.log(), "canceling streaming"); err == nil {
		t.Error("the stream has ended")
	}
}
