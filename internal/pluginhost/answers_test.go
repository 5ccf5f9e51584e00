package pluginhost_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"botkube-plugins/internal/pluginhost"
)

func help(ctx context.Context, p *pluginhost.Plugin) error {
	_, err := p.Help(ctx)
	return err
}

func TestHelp(t *testing.T) {
	if err := call(t, t.Context(), pluginhost.Executor, "good", ample, help); err != nil {
		t.Error(err)
	}
	const want = "an answer to Help"
	checkFailures(t, pluginhost.Executor, help, map[string]failure{
		"hang-help":   {enough, "no answer within 3s", want, []string{"started hang-help", "looking for a manual"}},
		"refuse-help": {ample, `the error "no help"`, want, []string{"started refuse-help"}},
		"crash-help": {
			ample, `the error "…", and the plugin ended with exit status 2`, want, []string{"panic: nil map of topics", stackTrace},
		},
	})
}

func probe(within time.Duration) calls {
	return func(ctx context.Context, p *pluginhost.Plugin) error { return p.ProbeStream(ctx, within) }
}

// A source opens its stream whether it sends nothing, sends an event or closes the stream.
func TestProbeStream(t *testing.T) {
	for behavior, within := range map[string]time.Duration{
		"good":         short,
		"hang-stream":  short,
		"event-stream": time.Hour,
		"close-stream": time.Hour,
	} {
		t.Run(behavior, func(t *testing.T) {
			if err := call(t, t.Context(), pluginhost.Source, behavior, ample, probe(within)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestProbeStreamRefused(t *testing.T) {
	err := call(t, t.Context(), pluginhost.Source, "refuse-stream", ample, probe(time.Hour))
	const want = "refused: interval: found nothing, want a duration"
	if !errors.Is(err, pluginhost.ErrRefused) || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func TestProbeStreamReportsCrash(t *testing.T) {
	const want = "a source that opens its stream or says why not"
	checkFailures(t, pluginhost.Source, probe(time.Hour), map[string]failure{
		"crash-stream": {
			ample, `the error "…", and the plugin ended with exit status 2`, want, []string{"panic: nil map of informers", stackTrace},
		},
		"exit-stream": {
			ample, `the error "…", and the plugin ended with exit status 0`, want, []string{"started exit-stream", "no cluster"},
		},
	})
}

func TestProbesEndWithContext(t *testing.T) {
	for behavior, fn := range map[string]calls{
		"hang-help":   help,
		"hang-stream": probe(time.Hour),
	} {
		t.Run(behavior, func(t *testing.T) {
			kind := pluginhost.Executor
			if behavior == "hang-stream" {
				kind = pluginhost.Source
			}
			interrupted := errors.New("interrupted")
			ctx, cancel := context.WithCancelCause(t.Context())
			err := call(t, ctx, kind, behavior, ample, func(ctx context.Context, p *pluginhost.Plugin) error {
				time.AfterFunc(short, func() { cancel(interrupted) })
				return fn(ctx, p)
			})
			if !errors.Is(err, interrupted) {
				t.Errorf("error is %v, want %v", err, interrupted)
			}
		})
	}
}
