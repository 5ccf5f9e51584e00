package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// patience is the deadline for what takes a second at most.
const patience = 10 * time.Second

func TestStreamErrorsReachTheClient(t *testing.T) {
	client := connect(t)
	for _, tt := range configCases() {
		if tt.wantErr == "" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := rawStream(t, ctx, client, tt.config).Recv()
			if diff := cmp.Diff("config 1 of 1: "+tt.wantErr, status.Convert(err).Message()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExternalRequestIsUnimplemented(t *testing.T) {
	_, err := dispense(t, connect(t)).HandleExternalRequest(t.Context(), source.ExternalRequestInput{Payload: []byte("{}")})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("error %v, want code %v", err, codes.Unimplemented)
	}
}

func TestStreamOverGRPC(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stream := rawStream(t, ctx, connect(t), "interval: 1s")
	response, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	var got source.Event
	if err := json.Unmarshal(response.Event, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantEvent, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}

	if !ticking(t) {
		t.Fatal("no goroutine is in tick, so its end cannot be observed")
	}
	cancel()
	for end := time.Now().Add(patience); ticking(t); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("tick goes on without its client")
		}
	}
}

func TestMetadata(t *testing.T) {
	checkMetadata(t, dispense(t, connect(t)), "dev", "https://docs.botkube.io/plugins/")
}

func TestBinary(t *testing.T) {
	client := plugin.NewClient(&plugin.ClientConfig{ // as Botkube's plugin manager does it
		Plugins:          map[string]plugin.Plugin{name: &source.Plugin{}},
		Cmd:              exec.Command(build(t, runtime.GOOS, runtime.GOARCH)),
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
	checkMetadata(t, dispense(t, connection), "v1.2.3", "https://example.com/repo/tree/v1.2.3/plugins/ticker")
}

func TestBinaryStaysSmall(t *testing.T) {
	const limit = 14 * 1000 * 1000
	info, err := os.Stat(build(t, "linux", "amd64"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", info.Size())
	if info.Size() > limit {
		t.Errorf("%d bytes, want at most %d: some new import is large", info.Size(), limit)
	}
}

// connect serves the plugin in this process over go-plugin's gRPC.
func connect(t *testing.T) *plugin.GRPCClient {
	t.Helper()
	plugins := map[string]plugin.Plugin{name: &source.Plugin{Source: ticker{}}}
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

func ticking(t *testing.T) bool {
	t.Helper()
	var dump bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&dump, 1); err != nil {
		t.Fatal(err)
	}
	return strings.Contains(dump.String(), "plugins/ticker.tick+")
}

func checkMetadata(t *testing.T, client source.Source, version, documentationURL string) {
	t.Helper()
	schema, err := os.ReadFile("config_schema.json")
	if err != nil {
		t.Fatal(err)
	}
	want := api.MetadataOutput{
		Version:          version,
		Description:      `Sends the message "Ticker Event" each time the configured interval has passed.`,
		DocumentationURL: documentationURL,
		JSONSchema:       api.JSONSchema{Value: string(schema)},
		Dependencies:     map[string]api.Dependency{},
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

// build builds the plugin the way a release does.
func build(t *testing.T, goos, goarch string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	const ldflags = "-s -w -X main.version=v1.2.3 -X main.docsBase=https://example.com/repo/tree/v1.2.3"
	command := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", ldflags, "-o", binary, ".")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return binary
}
