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

// Event is what a source sends.
type Event = source.Event

// anySize lifts maxMessage: Botkube takes events and answers of every size.
var anySize = grpc.MaxCallRecvMsgSize(math.MaxInt32)

// ErrRefused says that a plugin answered with an error of its own.
var ErrRefused = errors.New("refused")

// Refusal is the error that a plugin answered with. It is an [ErrRefused].
type Refusal struct {
	// Code is gRPC's: "Unknown" for an error of Go that is nothing else.
	Code, Message string
}

func (r *Refusal) Error() string { return ErrRefused.Error() + ": " + r.Message }

// Is makes a Refusal an ErrRefused.
func (*Refusal) Is(target error) bool { return target == ErrRefused }

// RPC is the error as Botkube words it, since it passes on gRPC's.
func (r *Refusal) RPC() string {
	return fmt.Sprintf("rpc error: code = %s desc = %s", r.Code, r.Message)
}

// Unimplemented tells whether the plugin does not serve the call at all.
func (r *Refusal) Unimplemented() bool { return r.Code == codes.Unimplemented.String() }

// SourceInput is what Botkube calls a source with (commonSourceCtxForDispatch in its
// internal/source/dispatcher.go).
type SourceInput struct {
	// Config is YAML. Botkube gives each configured source a stream of its own, and the
	// config "null" to one without a config.
	Config                  []byte
	SourceName, ClusterName string
	// Interactive tells whether messages may have buttons and the like.
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

// Stream opens a stream of a source and gives each event to emit, decoded and as it came,
// until the source closes the stream, which is no error, or emit returns one. The error
// that the source answers, which Botkube's own client only logs, is a [*Refusal].
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

// HandleExternalRequest hands a request of the incoming webhook to a source and returns the
// event that it answers, decoded and as it came. An error that it answers is a [*Refusal].
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

// decode reads an answer as Botkube does, to which nothing is an empty one.
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

// ProbeStream opens the stream of a source without a config, as Botkube does for a source
// that has none, and closes it again when the first event comes or the time given is over.
// An error that the source answers is a [*Refusal]: it may need a config or a cluster.
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
