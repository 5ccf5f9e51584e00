package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"runtime/pprof"
	"strings"
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

func TestExternalRequestIsUnimplemented(t *testing.T) {
	client := plugintest.ServeSource(t, server{})
	_, err := client.HandleExternalRequest(t.Context(), source.ExternalRequestInput{Payload: []byte("{}")})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("found the error %v, want code %v", err, codes.Unimplemented)
	}
}

func TestStreamOverGRPC(t *testing.T) {
	stream, cancel := plugintest.OpenStream(t, server{}, "interval: 1s")
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

// The tests of Stream below run in synctest bubbles: time advances only when all goroutines wait, so
// times are exact, and a goroutine that outlives its bubble fails the test.

var wantEvent = source.Event{Message: api.Message{
	Type:     api.BaseBodyWithFilterMessage,
	BaseBody: api.Body{Plaintext: "Ticker Event"},
}}

func TestInvalidConfigStartsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// This context never ends, so a goroutine that Stream started would outlive the bubble.
		in := source.StreamInput{Configs: plugintest.SourceConfigs("interval: 5")}
		out, err := server{}.Stream(context.Background(), in)
		if err == nil || out.Event != nil {
			t.Errorf("found the channel %v and the error %v, want only an error", out.Event, err)
		}
	})
}

// The stream ends before the first event, while an event waits for its receiver, and later.
func TestStreamEndsWithItsContext(t *testing.T) {
	plugintest.CheckStreamEnds(t, server{}, 0)
	plugintest.CheckStreamEnds(t, server{}, 2)
}

func TestStreamKeepsTheInterval(t *testing.T) {
	tests := []struct {
		name    string
		configs []string
		want    []time.Duration
	}{
		{name: "default", want: []time.Duration{time.Minute, 2 * time.Minute, 3 * time.Minute}},
		{
			name: "configured", configs: []string{"interval: 1500ms"},
			want: []time.Duration{1500 * time.Millisecond, 3 * time.Second, 4500 * time.Millisecond},
		},
		{
			name: "last config wins", configs: []string{"interval: 5s", "interval: 7s", "null"},
			want: []time.Duration{7 * time.Second, 14 * time.Second, 21 * time.Second},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				events := stream(t, tt.configs...)
				var got []time.Duration
				for range tt.want {
					if diff := cmp.Diff(wantEvent, <-events); diff != "" {
						t.Errorf("event (-want +got):\n%s", diff)
					}
					got = append(got, time.Since(start))
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("times (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestStreamHoldsOneEventForASlowReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		events := stream(t)
		time.Sleep(10*time.Minute + 30*time.Second)
		var got []time.Duration
		for range 3 {
			<-events
			got = append(got, time.Since(start))
		}
		want := []time.Duration{10*time.Minute + 30*time.Second, 11 * time.Minute, 12 * time.Minute}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("times (-want +got):\n%s", diff)
		}
	})
}

func stream(t *testing.T, configs ...string) <-chan source.Event {
	t.Helper()
	out, err := server{}.Stream(t.Context(), source.StreamInput{Configs: plugintest.SourceConfigs(configs...)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Event
}
