//go:build unix

package pluginhost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"botkube-plugins/internal/problem"

	"github.com/kubeshop/botkube/pkg/api/source"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Event is an event of a source.
type Event = source.Event

// anySize lifts maxMessage, because Botkube accepts events and answers of any size.
var anySize = grpc.MaxCallRecvMsgSize(math.MaxInt32)

// ErrRefused reports that a plugin returned an error.
var ErrRefused = errors.New("refused")

// Refusal is an error that a plugin returned. It matches [ErrRefused].
type Refusal struct {
	// Code is a gRPC code. It is "Unknown" for an ordinary Go error.
	Code, Message string
}

func (r *Refusal) Error() string { return ErrRefused.Error() + ": " + r.Message }

// Is reports whether target is ErrRefused.
func (*Refusal) Is(target error) bool { return target == ErrRefused }

// RPC returns the text that Botkube shows for the error: that of the gRPC error.
func (r *Refusal) RPC() string {
	return fmt.Sprintf("rpc error: code = %s desc = %s", r.Code, r.Message)
}

// Unimplemented reports whether the plugin does not implement the call.
func (r *Refusal) Unimplemented() bool { return r.Code == codes.Unimplemented.String() }

// SourceInput is the input that Botkube calls a source with (commonSourceCtxForDispatch in its
// internal/source/dispatcher.go).
type SourceInput struct {
	// Config is YAML. Botkube opens one stream for each configured source. It passes "null" to a
	// source without a config.
	Config                  []byte
	SourceName, ClusterName string
	// Interactive reports whether messages may have buttons and other controls.
	Interactive bool
	// WebhookURL is the base URL of Botkube's incoming webhook.
	WebhookURL string
}

func (in SourceInput) context() *source.SourceContext {
	return &source.SourceContext{
		IsInteractivitySupported: in.Interactive,
		ClusterName:              in.ClusterName,
		SourceName:               in.SourceName,
		IncomingWebhook: &source.IncomingWebhookContext{
			BaseURL:          in.WebhookURL,
			FullURLForSource: in.WebhookURL + "/sources/v1/" + in.SourceName,
		},
	}
}

// Stream opens a stream of a source and calls emit with each event, both decoded and raw. It
// returns nil when the source closes the stream, and the error of emit if emit fails. An error that
// the source returns, which Botkube's own client only logs, is a [*Refusal].
func (p *Plugin) Stream(parent context.Context, in SourceInput, emit func(event Event, raw []byte) error) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	stream, err := source.NewSourceClient(p.conn).Stream(ctx, &source.StreamRequest{
		Configs: []*source.Config{{RawYAML: in.Config}},
		Context: &source.StreamContext{SourceContext: in.context()},
	}, anySize)
	for err == nil {
		var response *source.StreamResponse
		if response, err = stream.Recv(); err != nil {
			break
		}
		event, err := decode[Event](response.GetEvent(), "event")
		if err != nil {
			return err
		}
		if err := emit(event, response.GetEvent()); err != nil {
			return err
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return p.fault(parent, err, "a source that keeps streaming")
}

// HandleExternalRequest sends a request of the incoming webhook to a source and returns its event,
// both decoded and raw. An error that the source returns is a [*Refusal].
func (p *Plugin) HandleExternalRequest(ctx context.Context, in SourceInput, payload []byte) (Event, []byte, error) {
	response, err := source.NewSourceClient(p.conn).HandleExternalRequest(ctx, &source.ExternalRequest{
		Payload: payload,
		Config:  &source.Config{RawYAML: in.Config},
		Context: &source.ExternalRequestContext{SourceContext: in.context()},
	}, anySize)
	if err != nil {
		return Event{}, nil, p.fault(ctx, err, "an answer to the request")
	}
	event, err := decode[Event](response.GetEvent(), "event")
	return event, response.GetEvent(), err
}

// decode reads an answer as Botkube does: no data is an empty answer.
func decode[T Event | Message](raw []byte, what string) (T, error) {
	var answer T
	if len(raw) == 0 {
		return answer, nil
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return answer, problem.Problem{
			Found: fmt.Sprintf("an answer that Botkube cannot read (%v)", err),
			Want:  "the JSON of a Botkube " + what,
		}
	}
	return answer, nil
}

// ProbeStream opens the stream of a source with the config that Botkube passes to a source without
// one. It closes the stream at the first event or after the given time. An error that the source
// returns is a [*Refusal]: the source may need a config or a cluster.
func (p *Plugin) ProbeStream(parent context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(parent, within)
	defer cancel()

	// Botkube's own client hides the error.
	stream, err := source.NewSourceClient(p.conn).Stream(ctx, &source.StreamRequest{
		Configs: []*source.Config{{RawYAML: []byte("null")}},
		Context: &source.StreamContext{SourceContext: &source.SourceContext{
			IncomingWebhook: &source.IncomingWebhookContext{},
		}},
	})
	if err == nil {
		_, err = stream.Recv()
	}
	switch {
	case parent.Err() != nil:
		return parent.Err()
	case err == nil, errors.Is(err, io.EOF), status.Code(err) == codes.DeadlineExceeded:
		return nil
	case p.proc.end() != "" || status.Code(err) == codes.Unavailable:
		return problem.Problem{Found: p.describe(err), Want: "a source that opens its stream or says why not"}
	}
	return &Refusal{Code: status.Code(err).String(), Message: status.Convert(err).Message()}
}
