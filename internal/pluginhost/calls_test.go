package pluginhost_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/testplugin"

	"github.com/google/go-cmp/cmp"
)

// use starts a plugin as plugin run does: with the full environment, and without a kind.
func use(t *testing.T, file string, log func(pluginhost.Line), fn calls) error {
	t.Helper()
	path := testplugin.Link(t, t.TempDir(), file+"_linux_amd64")
	tmp := tempDir(t)
	err := pluginhost.Run(t.Context(), pluginhost.Config{
		Path: path, Timeout: ample, Env: os.Environ(), Dir: ".", DependencyDir: pluginhost.DependencyDir(path), Log: log, Grace: 2 * time.Second,
	}, func(ctx context.Context, p *pluginhost.Plugin) error {
		if _, err := p.Metadata(ctx); err != nil {
			return err
		}
		return fn(ctx, p)
	})
	wantEmpty(t, tmp)
	pid, recordErr := testplugin.Recorded(path, "self")
	if recordErr != nil || testplugin.Alive(pid) {
		t.Errorf("the plugin %d is alive, or not recorded: %v", pid, recordErr)
	}
	return err
}

func TestKindIsDetected(t *testing.T) {
	for file, want := range map[string]pluginhost.Kind{
		"source_good": pluginhost.Source, "executor_good": pluginhost.Executor,
		"source_other": pluginhost.Executor, // despite its name
	} {
		t.Run(file, func(t *testing.T) {
			err := use(t, file, nil, func(_ context.Context, p *pluginhost.Plugin) error {
				if got := p.Kind(); got != want {
					t.Errorf("kind is %q, want %q", got, want)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wantFault(t, use(t, "source_neither", nil, nil),
		"a plugin that answers as neither", "a source's or an executor's answer to Metadata", "started neither")
}

func stream(in pluginhost.SourceInput, emit func(pluginhost.Event, []byte) error) calls {
	return func(ctx context.Context, p *pluginhost.Plugin) error { return p.Stream(ctx, in, emit) }
}

const endedWith2 = "a plugin that ended with exit status 2"

var errEnough = errors.New("enough")

func TestStream(t *testing.T) {
	in := pluginhost.SourceInput{
		Config: []byte("a: 1\n"), SourceName: "mine", ClusterName: "local", Interactive: true, WebhookURL: "http://localhost:2115",
	}
	for file, want := range map[string]string{
		"source_told":      "mine on local, interactive true, http://localhost:2115/sources/v1/mine, config a: 1",
		"source_big-event": strings.Repeat("big", 1<<20), // larger than the limit for other answers
	} {
		t.Run(file, func(t *testing.T) {
			err := use(t, file, nil, stream(in, func(event pluginhost.Event, raw []byte) error {
				if got := event.Message.BaseBody.Plaintext; got != want {
					t.Errorf("the event is %.100q, want %.100q", got, want)
				}
				if !strings.Contains(string(raw), `"plaintext":"`+want[:3]) {
					t.Errorf("the raw event is %.100s", raw)
				}
				return errEnough
			}))
			if !errors.Is(err, errEnough) {
				t.Errorf("error is %v, want %v", err, errEnough)
			}
		})
	}
}

func TestStreamEnds(t *testing.T) {
	none := stream(pluginhost.SourceInput{Config: []byte("null")}, func(pluginhost.Event, []byte) error { return nil })
	if err := use(t, "source_close-stream", nil, none); err != nil {
		t.Errorf("a stream that is closed: %v", err)
	}
	refusal := new(pluginhost.Refusal)
	err := use(t, "source_refuse-stream", nil, none)
	if !errors.As(err, &refusal) || refusal.Message != "interval: found nothing, want a duration" || refusal.Unimplemented() {
		t.Errorf("error is %v, want the plugin's own", err)
	}
	if err = use(t, "source_no-stream", nil, none); !errors.As(err, &refusal) || !refusal.Unimplemented() {
		t.Errorf("error is %v, want one of an unimplemented call", err)
	}
}

func TestStreamOfAPluginThatCrashes(t *testing.T) {
	none := stream(pluginhost.SourceInput{Config: []byte("null")}, func(pluginhost.Event, []byte) error { return nil })
	for want, fn := range map[string]calls{
		"a source that keeps streaming": none,
		"a plugin that keeps running": func(ctx context.Context, p *pluginhost.Plugin) error {
			go func() { _ = none(ctx, p) }() // returns when the plugin ends
			return p.Wait(ctx)
		},
	} {
		exited := false
		err := use(t, "source_crash-later", nil, func(ctx context.Context, p *pluginhost.Plugin) error {
			err := fn(ctx, p)
			exited = p.Exited()
			return err
		})
		wantFault(t, err, endedWith2, want, "started crash-later", "panic: nil map of pods", stackTrace)
		if !exited {
			t.Error("the plugin is not known to have ended")
		}
	}
}

func TestHandleExternalRequest(t *testing.T) {
	err := use(t, "source_requests", nil, func(ctx context.Context, p *pluginhost.Plugin) error {
		in := pluginhost.SourceInput{Config: []byte("a: 1"), SourceName: "mine", ClusterName: "local"}
		event, raw, err := p.HandleExternalRequest(ctx, in, []byte(`{"do":"it"}`))
		const want = `{"do":"it"} mine on local, interactive false, /sources/v1/mine, config a: 1`
		if got := event.Message.BaseBody.Plaintext; got != want || len(raw) == 0 || err != nil {
			t.Errorf("found %q and error %v, want %q", got, err, want)
		}
		refusal := new(pluginhost.Refusal)
		_, _, err = p.HandleExternalRequest(ctx, in, []byte(`{"do":"fail"}`))
		if !errors.As(err, &refusal) || refusal.RPC() != "rpc error: code = Unknown desc = the request fails" {
			t.Errorf("error is %v, want that of the plugin", err)
		}
		_, _, err = p.HandleExternalRequest(ctx, in, []byte(`{"do":"crash"}`))
		return err
	})
	wantFault(t, err, endedWith2, "an answer to the request", "panic: nil map of requests", stackTrace)
}

func TestExecute(t *testing.T) {
	err := use(t, "executor_good", nil, func(ctx context.Context, p *pluginhost.Plugin) error {
		in := pluginhost.ExecuteInput{
			Command: "good day", Configs: [][]byte{[]byte("a: 1"), []byte("b: 2")}, Interactive: true,
			User: "you", WebhookURL: "http://localhost:2115",
		}
		out, err := p.Execute(ctx, in)
		const want = `"good day" by you, interactive true, http://localhost:2115/sources/v1, config a: 1, config b: 2`
		if got := out.Message.BaseBody.CodeBlock; got != want || err != nil {
			t.Errorf("found %q and error %v, want %q", got, err, want)
		}
		in.State = &pluginhost.FormState{Values: map[string]map[string]pluginhost.FormAction{"block": {"action": {Value: "typed"}}}}
		in.Text = "@Botkube good day"
		out, err = p.Execute(ctx, in)
		const withState = `, message "@Botkube good day", state {"block":{"action":{`
		if got := out.Message.BaseBody.CodeBlock; !strings.Contains(got, withState) || !strings.Contains(got, `"value":"typed"`) || err != nil {
			t.Errorf("found %q and error %v, want in it %q", got, err, withState)
		}
		in.Interactive = false
		if out, err = p.Execute(ctx, in); strings.Contains(out.Message.BaseBody.CodeBlock, "typed") || err != nil {
			t.Errorf("found %q and error %v, want no state, as in Botkube", out.Message.BaseBody.CodeBlock, err)
		}
		in.Command = "good many"
		if out, err = p.Execute(ctx, in); len(out.Messages) != 15 || err != nil {
			t.Errorf("found %d messages and error %v, want 15, as in Botkube", len(out.Messages), err)
		}
		message, err := p.Help(ctx)
		if got := message.BaseBody.Plaintext; got != "help" || err != nil {
			t.Errorf("the help is %q, error %v", got, err)
		}
		in.Command = "good fail"
		if _, err = p.Execute(ctx, in); !errors.Is(err, pluginhost.ErrRefused) || err.Error() != "refused: the command fails" {
			t.Errorf("error is %v, want that of the plugin", err)
		}
		in.Command = "good crash"
		_, err = p.Execute(ctx, in)
		return err
	})
	wantFault(t, err, endedWith2, "an answer to the command", "panic: nil map of commands", stackTrace)
}

func TestUnreadableAnswers(t *testing.T) {
	err := use(t, "source_unreadable", nil, stream(pluginhost.SourceInput{}, func(pluginhost.Event, []byte) error {
		t.Error("found an event")
		return nil
	}))
	wantFault(t, err, "an answer that Botkube cannot read (invalid character 'a' looking for beginning of value)",
		"the JSON of a Botkube event", "started unreadable")
	err = use(t, "executor_unreadable", nil, func(ctx context.Context, p *pluginhost.Plugin) error {
		_, err := p.Execute(ctx, pluginhost.ExecuteInput{Command: "unreadable"})
		return err
	})
	wantFault(t, err, "an answer that Botkube cannot read (json: cannot unmarshal array into Go value of type api.Message)",
		"the JSON of a Botkube message", "started unreadable")
}

// Lines from the pipe and lines from gRPC arrive in no particular order.
func TestLogHasEachLineOnce(t *testing.T) {
	var mu sync.Mutex
	lines := map[pluginhost.Stream][]string{}
	err := use(t, "source_chatty", func(line pluginhost.Line) {
		mu.Lock()
		defer mu.Unlock()
		text := line.Text
		if rest, ok := strings.CutPrefix(text, `{"@level":`); ok {
			text, _, _ = strings.Cut(rest, `,"@timestamp"`)
		}
		lines[line.Stream] = append(lines[line.Stream], text)
	}, stream(pluginhost.SourceInput{}, func(pluginhost.Event, []byte) error {
		live := testplugin.Eventually(func() bool {
			mu.Lock()
			defer mu.Unlock()
			return slices.Contains(lines[pluginhost.Stderr], "on stderr") && len(lines[pluginhost.Stdout]) > 0
		})
		if !live {
			t.Error("the lines do not arrive while the plugin runs")
		}
		return errEnough
	}))
	if !errors.Is(err, errEnough) {
		t.Error(err)
	}
	slices.Sort(lines[pluginhost.Stderr])
	want := map[pluginhost.Stream][]string{
		pluginhost.Stdout: {"on stdout"},
		pluginhost.Stderr: {
			`"debug","@message":"a detail","@module":"test"`, `"debug","@message":"plugin address"`,
			`"info","@message":"watching","@module":"test"`, "on stderr", "started chatty", "without an end",
		},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestPluginGetsTheFullEnvironment(t *testing.T) {
	t.Setenv("KUBECONFIG", "/root/.kube/config")
	tempDir(t)
	path := testplugin.Link(t, t.TempDir(), "source_env_linux_amd64")
	err := pluginhost.Run(t.Context(), pluginhost.Config{
		Path: path, Timeout: ample, Env: os.Environ(), Dir: ".", DependencyDir: pluginhost.DependencyDir(path),
	},
		func(ctx context.Context, p *pluginhost.Plugin) error {
			md, err := p.Metadata(ctx)
			cwd, _ := os.Getwd()
			for _, want := range []string{
				`"KUBECONFIG=/root/.kube/config"`, `"HOME=` + os.Getenv("HOME") + `"`, `"CWD=` + cwd + `"`,
				`"PLUGIN_DEPENDENCY_DIR=` + path + `_deps"`,
			} {
				if !strings.Contains(md.Description, want) {
					t.Errorf("found no %s in the environment", want)
				}
			}
			return err
		})
	if err != nil {
		t.Error(err)
	}
}

// lateContext ends some time after its deadline, as any context can on a busy machine.
type lateContext struct {
	context.Context
	deadline time.Time
}

func (c lateContext) Deadline() (time.Time, bool) { return c.deadline, true }

// The plugin knows the deadline too, and may end the call first.
func TestDeadlineEndsCallBeforeContext(t *testing.T) {
	err := use(t, "executor_good", nil, func(ctx context.Context, p *pluginhost.Plugin) error {
		deadline := time.Now().Add(short)
		ctx, cancel := context.WithDeadline(ctx, deadline.Add(short))
		defer cancel()
		_, err := p.Execute(lateContext{ctx, deadline}, pluginhost.ExecuteInput{Command: "hang hang"})
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v, want %v", err, context.DeadlineExceeded)
	}
}

// A plugin that does not end when asked is killed with its children.
func TestGraceIsBounded(t *testing.T) {
	tempDir(t)
	path := testplugin.Link(t, t.TempDir(), "executor_child_linux_amd64")
	start := time.Now()
	err := pluginhost.Run(t.Context(), pluginhost.Config{Path: path, Timeout: ample, Grace: short},
		func(ctx context.Context, p *pluginhost.Plugin) error {
			if _, err := p.Metadata(ctx); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(ctx, short)
			defer cancel()
			_, err := p.Execute(ctx, pluginhost.ExecuteInput{Command: "child hang"})
			return err
		})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v, want %v", err, context.DeadlineExceeded)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
	pid := childOf(t, path)
	if !testplugin.Eventually(func() bool { return !testplugin.Alive(pid) }) {
		t.Errorf("child %d is still alive", pid)
	}
}
