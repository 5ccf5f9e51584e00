package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"botkube-plugins/internal/pluginkit/plugintest"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/source"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestExternalRequestIsUnimplemented(t *testing.T) {
	client := plugintest.ServeSource(t, server{})
	_, err := client.HandleExternalRequest(t.Context(), source.ExternalRequestInput{Payload: []byte("{}")})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("found the error %v, want code %v", err, codes.Unimplemented)
	}
}

func TestStreamOverGRPC(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), plugintest.Patience)
	defer cancel()
	stream, err := plugintest.ServeSource(t, server{}).OpenStream(ctx, "interval: 1s")
	if err != nil {
		t.Fatal(err)
	}
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
		t.Fatal("found no goroutine in tick, so its end cannot be observed")
	}
	cancel()
	for end := time.Now().Add(plugintest.Patience); ticking(t); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("tick continues without its client")
		}
	}
}

func TestMetadata(t *testing.T) {
	plugintest.CheckSourceMetadata(t, server{}, "ticker", api.MetadataOutput{
		Description: `Sends the message "Ticker Event" each time the configured interval has passed.`,
		JSONSchema:  api.JSONSchema{Value: configSchema},
	})
}

func TestBinaryStaysSmall(t *testing.T) {
	const limit = 14 * 1000 * 1000
	info, err := os.Stat(plugintest.Build(t, "linux", "amd64"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", info.Size())
	if info.Size() > limit {
		t.Errorf("found %d bytes, want at most %d: a new import is large", info.Size(), limit)
	}
}

func ticking(t *testing.T) bool {
	t.Helper()
	var dump bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&dump, 1); err != nil {
		t.Fatal(err)
	}
	return strings.Contains(dump.String(), "plugins/ticker.tick+")
}
