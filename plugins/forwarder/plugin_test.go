package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// patience is the deadline for what takes no time at all.
const patience = 10 * time.Second

func TestWrongConfigIsRejected(t *testing.T) {
	client := connect(t)
	for _, tt := range configCases() {
		if tt.wantErr == "" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := rawStream(t, ctx, client, tt.input).Recv()
			if diff := cmp.Diff(tt.wantErr, status.Convert(err).Message()); diff != "" {
				t.Errorf("error of Stream (-want +got):\n%s", diff)
			}
			_, err = request(t, client, tt.input, `{"message": "hello"}`)
			if diff := cmp.Diff(tt.wantErr, status.Convert(err).Message()); diff != "" {
				t.Errorf("error of HandleExternalRequest (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHandleExternalRequest(t *testing.T) {
	client := connect(t)
	for _, tt := range payloadCases() {
		t.Run(tt.name, func(t *testing.T) {
			got, err := request(t, client, "null", tt.input)
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

func TestHandleExternalRequestNeedsNoConfig(t *testing.T) {
	input := source.ExternalRequestInput{Payload: []byte(`{"message": "hello"}`)}
	got, err := dispense(t, connect(t)).HandleExternalRequest(t.Context(), input)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := got.Event.Message.BaseBody.Plaintext, "*Incoming webhook event:* hello"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStreamSendsNothingUntilCancelled(t *testing.T) {
	for _, tt := range configCases() {
		if tt.wantErr != "" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				out, err := forwarder{}.Stream(ctx, source.StreamInput{Configs: configs(tt.input)})
				if err != nil {
					t.Fatal(err)
				}
				select {
				case event, open := <-out.Event:
					t.Errorf("got %v, open: %v, before the end", event, open)
				case <-time.After(24 * time.Hour):
				}
				cancel()
				synctest.Wait()
				select {
				case event, open := <-out.Event:
					if open {
						t.Errorf("got %v after the end", event)
					}
				default:
					t.Error("the channel is still open")
				}
			})
		})
	}
}

func TestStreamEndsOverGRPC(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stream := rawStream(t, ctx, connect(t), "null")
	cancel()
	if _, err := stream.Recv(); status.Code(err) != codes.Canceled {
		t.Errorf("error %v, want code %v", err, codes.Canceled)
	}
}

func TestMetadata(t *testing.T) {
	checkMetadata(t, dispense(t, connect(t)), "dev", "https://docs.botkube.io/plugins/")
}

func TestBinary(t *testing.T) {
	client := plugin.NewClient(&plugin.ClientConfig{ // as Botkube's plugin manager does it
		Plugins:          map[string]plugin.Plugin{name: &source.Plugin{}},
		Cmd:              exec.Command(build(t)),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  source.ProtocolVersion,
			MagicCookieKey:   api.HandshakeConfig.MagicCookieKey,
			MagicCookieValue: api.HandshakeConfig.MagicCookieValue,
		},
	})
	t.Cleanup(client.Kill)
	connection, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	checkMetadata(t, dispense(t, connection), "v1.2.3", "https://example.com/repo/tree/v1.2.3/plugins/forwarder")
}

// connect serves the plugin in this process over go-plugin's gRPC.
func connect(t *testing.T) *plugin.GRPCClient {
	t.Helper()
	plugins := map[string]plugin.Plugin{name: &source.Plugin{Source: forwarder{}}}
	client, server := plugin.TestPluginGRPCConn(t, false, plugins)
	t.Cleanup(func() {
		_ = client.Close() // tells the server to stop
		<-server.DoneCh
	})
	return client
}

func dispense(t *testing.T, client plugin.ClientProtocol) source.Source {
	t.Helper()
	dispensed, err := client.Dispense(name)
	if err != nil {
		t.Fatal(err)
	}
	return dispensed.(source.Source)
}

func request(t *testing.T, client *plugin.GRPCClient, config, payload string) (source.ExternalRequestOutput, error) {
	t.Helper()
	return dispense(t, client).HandleExternalRequest(t.Context(), source.ExternalRequestInput{
		Config:  &source.Config{RawYAML: []byte(config)},
		Payload: []byte(payload),
	})
}

// rawStream is for what Botkube's own client hides: it only logs the error that ends a stream.
func rawStream(t *testing.T, ctx context.Context, client *plugin.GRPCClient, config string) source.Source_StreamClient {
	t.Helper()
	request := &source.StreamRequest{Configs: configs(config), Context: &source.StreamContext{}}
	stream, err := source.NewSourceClient(client.Conn).Stream(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

func checkMetadata(t *testing.T, client source.Source, version, documentationURL string) {
	t.Helper()
	want := api.MetadataOutput{
		Version:          version,
		Description:      "Turns each request to Botkube's incoming webhook into a message.",
		DocumentationURL: documentationURL,
		JSONSchema:       schemaFile(t, "config_schema.json"),
		ExternalRequest: api.ExternalRequestMetadata{
			Payload: api.ExternalRequestPayload{JSONSchema: schemaFile(t, "payload_schema.json")},
		},
		Dependencies: map[string]api.Dependency{},
	}
	got, err := client.Metadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := got.Validate(); err != nil {
		t.Errorf("Botkube finds it invalid: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

func schemaFile(t *testing.T, path string) api.JSONSchema {
	t.Helper()
	schema, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return api.JSONSchema{Value: string(schema)}
}

// build builds the plugin the way a release does.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	const ldflags = "-s -w -X main.version=v1.2.3 -X main.docsBase=https://example.com/repo/tree/v1.2.3"
	command := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", ldflags, "-o", binary, ".")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return binary
}
