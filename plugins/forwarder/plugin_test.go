package main

import (
	"testing"
	"testing/synctest"
	"time"

	"botkube-plugins/internal/pluginkit/plugintest"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestHandleExternalRequestOverGRPC(t *testing.T) {
	client := plugintest.ServeSource(t, server{})
	for _, tt := range payloadCases(t) {
		for _, config := range []*source.Config{nil, {RawYAML: []byte("null\n")}} {
			t.Run(tt.name, func(t *testing.T) {
				in := source.ExternalRequestInput{Config: config, Payload: []byte(tt.payload)}
				got, err := client.HandleExternalRequest(t.Context(), in)
				var want source.ExternalRequestOutput
				if tt.wantErr == "" {
					want.Event.Message = api.Message{
						Type:     api.BaseBodyWithFilterMessage,
						BaseBody: api.Body{Plaintext: "*Incoming webhook event:* " + tt.want},
					}
				}
				if diff := cmp.Diff(tt.wantErr, status.Convert(err).Message()); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("output (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestStreamSendsNothing(t *testing.T) {
	for _, tt := range configCases(t) {
		if tt.WantErr != "" {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			out, err := server{}.Stream(t.Context(), source.StreamInput{Configs: plugintest.SourceConfigs(tt.Configs...)})
			if err != nil {
				t.Fatal(err)
			}
			select {
			case event, open := <-out.Event:
				t.Errorf("%s: found the event %v before the end (channel open: %v)", tt.Name, event, open)
			case <-time.After(24 * time.Hour):
			}
		})
	}
}

func TestStreamEndsWithItsContext(t *testing.T) {
	for _, tt := range configCases(t) {
		if tt.WantErr == "" {
			plugintest.CheckStreamEnds(t, server{}, 0, tt.Configs...)
		}
	}
}

func TestStreamEndsOverGRPC(t *testing.T) {
	stream, cancel := plugintest.OpenStream(t, server{}, "null")
	cancel()
	if _, err := stream.Recv(); status.Code(err) != codes.Canceled {
		t.Errorf("found the error %v, want code %v", err, codes.Canceled)
	}
}

func TestMetadata(t *testing.T) {
	plugintest.CheckSourceMetadata(t, server{}, "forwarder", api.MetadataOutput{
		Description: "Turns each request to Botkube's incoming webhook into a message.",
		JSONSchema:  api.JSONSchema{Value: configSchema},
		ExternalRequest: api.ExternalRequestMetadata{
			Payload: api.ExternalRequestPayload{JSONSchema: api.JSONSchema{Value: payloadSchema}},
		},
	})
}
