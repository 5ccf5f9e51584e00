package pluginhost_test

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"time"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/internal/testplugin"

	"github.com/google/go-cmp/cmp"
)

// call starts a plugin with a behavior, and calls fn with it.
func call(t *testing.T, ctx context.Context, kind pluginhost.Kind, behavior string, timeout time.Duration, fn func(context.Context, *pluginhost.Plugin) error) error {
	t.Helper()
	tempDir(t)
	path := testplugin.Link(t, t.TempDir(), string(kind)+"_"+behavior+"_linux_amd64")
	return pluginhost.Run(ctx, pluginhost.Config{Path: path, Kind: kind, Timeout: timeout}, fn)
}

func help(ctx context.Context, p *pluginhost.Plugin) error {
	_, err := p.Help(ctx)
	return err
}

func TestHelp(t *testing.T) {
	if err := call(t, t.Context(), pluginhost.Executor, "good", ample, help); err != nil {
		t.Error(err)
	}
	const want = "an answer to Help"
	for behavior, test := range map[string]struct {
		timeout time.Duration
		want    problem.Problem
	}{
		"hang-help": {enough, problem.Problem{
			Found:  "no answer within 3s",
			Want:   want,
			Stderr: []string{"started hang-help", "looking for a manual"},
		}},
		"refuse-help": {ample, problem.Problem{
			Found:  `the error "no help"`,
			Want:   want,
			Stderr: []string{"started refuse-help"},
		}},
		"crash-help": {ample, problem.Problem{
			Found:  `the error "…", and the plugin ended with exit status 2`,
			Want:   want,
			Stderr: []string{"panic: nil map of topics"}, // and a stack trace
		}},
	} {
		t.Run(behavior, func(t *testing.T) {
			wantFault(t, test.want, call(t, t.Context(), pluginhost.Executor, behavior, test.timeout, help))
		})
	}
}

// brokenConnection matches what gRPC reports after a plugin has ended; the wording depends on the
// kernel.
var brokenConnection = regexp.MustCompile(`^the error "[^"]*(EOF|connection reset by peer|broken pipe|closing|error while dialing)[^"]*"`)

// wantFault compares a fault. If want has one line of stderr, only the first line counts, since a
// stack trace varies.
func wantFault(t *testing.T, want problem.Problem, err error) {
	t.Helper()
	fault, ok := errors.AsType[problem.Problem](err)
	if !ok {
		t.Fatalf("error is %v, want a problem", err)
	}
	if n := len(want.Stderr); n == 1 && len(fault.Stderr) > n {
		fault.Stderr = fault.Stderr[:n]
	}
	fault.Found = brokenConnection.ReplaceAllString(fault.Found, `the error "…"`)
	if diff := cmp.Diff(want, fault); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func probe(within time.Duration) func(context.Context, *pluginhost.Plugin) error {
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
	for behavior, want := range map[string]problem.Problem{
		"crash-stream": {
			Found:  `the error "…", and the plugin ended with exit status 2`,
			Want:   want,
			Stderr: []string{"panic: nil map of informers"},
		},
		"exit-stream": {
			Found:  `the error "…", and the plugin ended with exit status 0`,
			Want:   want,
			Stderr: []string{"started exit-stream", "no cluster"},
		},
	} {
		t.Run(behavior, func(t *testing.T) {
			wantFault(t, want, call(t, t.Context(), pluginhost.Source, behavior, ample, probe(time.Hour)))
		})
	}
}

func TestProbesEndWithContext(t *testing.T) {
	for behavior, fn := range map[string]func(context.Context, *pluginhost.Plugin) error{
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
