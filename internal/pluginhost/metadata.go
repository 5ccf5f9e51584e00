//go:build unix

package pluginhost

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"botkube-plugins/internal/problem"

	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Metadata asks the plugin for its metadata.
func (p *Plugin) Metadata(parent context.Context) (Metadata, error) {
	ctx, cancel := context.WithTimeout(parent, p.cfg.Timeout)
	defer cancel()

	md, err := p.metadata(ctx)
	if err == nil || parent.Err() != nil {
		return md, err
	}
	want := "a source's answer to Metadata"
	switch p.cfg.Kind {
	case Executor:
		want = "an executor's answer to Metadata"
	case "":
		want = "a source's or an executor's answer to Metadata"
	}
	switch status.Code(err) {
	case codes.DeadlineExceeded:
		return md, problem.Problem{Found: fmt.Sprintf("no answer within %s", p.cfg.Timeout), Want: want}
	case codes.ResourceExhausted:
		return md, problem.Problem{
			Found: status.Convert(err).Message(),
			Want:  fmt.Sprintf("metadata of at most %d bytes", maxMessage),
		}
	case codes.Unimplemented:
		if p.cfg.Kind == "" {
			return md, problem.Problem{Found: "a plugin that answers as neither", Want: want}
		}
		if other, ok := p.answersAsOther(ctx); ok {
			return md, problem.Problem{Found: fmt.Sprintf("a plugin that answers as %s", other), Want: want}
		}
	}
	return md, problem.Problem{Found: p.describe(err), Want: want}
}

// metadata asks the plugin as a source and as an executor if the kind is not known.
func (p *Plugin) metadata(ctx context.Context) (Metadata, error) {
	if p.cfg.Kind != "" {
		return p.impl.Metadata(ctx)
	}
	var err error
	for _, kind := range []Kind{Source, Executor} {
		if err := p.dispense(kind); err != nil {
			return Metadata{}, err
		}
		var md Metadata
		if md, err = p.impl.Metadata(ctx); err == nil {
			p.cfg.Kind = kind
			return md, nil
		}
		if status.Code(err) != codes.Unimplemented {
			break
		}
	}
	return Metadata{}, err
}

// Exited reports whether the plugin has ended by itself.
func (p *Plugin) Exited() bool {
	select {
	case <-p.proc.ended:
		return p.proc.end() != "" // end is empty if the host killed the plugin
	default:
		return false
	}
}

// Wait waits until the plugin ends by itself or ctx ends. If the plugin ends, the error is a
// [problem.Problem], regardless of the exit status.
func (p *Plugin) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.proc.ended:
		return p.fault(ctx, io.EOF, "a plugin that keeps running")
	}
}

// answersAsOther reports whether the plugin serves the other interface, and which one that is.
func (p *Plugin) answersAsOther(ctx context.Context) (Kind, bool) {
	var err error
	other := Executor
	if p.cfg.Kind == Executor {
		other = Source
		_, err = source.NewSourceClient(p.conn).Metadata(ctx, nil)
	} else {
		_, err = executor.NewExecutorClient(p.conn).Metadata(ctx, nil)
	}
	return other, err == nil
}

// describe returns the error of go-plugin or gRPC, and how the plugin ended if it ended by itself.
func (p *Plugin) describe(err error) string {
	msg := err.Error()
	if s, ok := status.FromError(err); ok {
		msg = s.Message()
	}
	found := fmt.Sprintf("the error %q", strings.Join(strings.Fields(msg), " "))
	if state := p.proc.end(); state != "" {
		found += ", and the plugin ended with " + state
	}
	return found
}

// fault classifies the error of a call: it is the context's error, the problem of a plugin that has
// ended, or an error that the plugin returned, which is a [*Refusal].
func (p *Plugin) fault(ctx context.Context, err error, want string) error {
	code := status.Code(err)
	if d, ok := ctx.Deadline(); ok && !d.After(time.Now()) {
		// The plugin knows the deadline too, and may end the call before ctx ends.
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if code == codes.Unavailable || p.Exited() {
		if state := p.proc.end(); state != "" {
			return problem.Problem{Found: "a plugin that ended with " + state, Want: want}
		}
		return problem.Problem{Found: p.describe(err), Want: want}
	}
	return &Refusal{Code: code.String(), Message: status.Convert(err).Message()}
}
