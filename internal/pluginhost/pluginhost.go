//go:build unix

package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Kind says which of Botkube's two plugin interfaces a plugin serves.
// The values are the names by which Botkube's plugin manager dispenses them.
type Kind string

// The kinds of plugins that Botkube knows.
const (
	Source   Kind = "source"
	Executor Kind = "executor"
)

// maxMessage is the size in bytes above which an answer of the plugin is refused. Metadata
// ends up in an index that every Botkube loads whole, so a larger one is a mistake.
const maxMessage = 1 << 20

// Metadata is what a plugin tells of itself.
type Metadata = api.MetadataOutput

// Config says which plugin to start, and how.
type Config struct {
	// Path is the plugin's binary. It must be executable on this machine.
	Path string
	// Kind is what the plugin is expected to be. If it is empty, Metadata finds it out.
	Kind Kind
	// Timeout bounds the start (from fork to gRPC connection), and the calls for Metadata
	// and Help, each by itself. It must be positive.
	Timeout time.Duration
	// Env is the environment of the plugin, which then works in the caller's directory, as
	// Botkube's plugins work in Botkube's. Without it, the plugin is trusted with nothing.
	Env []string
	// Log, if there is one, gets each line that the plugin writes to its stderr and, after
	// its start, to its stdout, as it comes: one at a time, and none after Run has returned.
	Log func(Line)
	// Grace is how long the plugin may take to end when it is asked to, as Botkube does. go-plugin
	// waits for two seconds at most. With none, it is killed at once.
	Grace time.Duration
}

// Error says why a plugin could not be started or did not answer as it should.
type Error struct {
	// Found and Want describe the failure: what the plugin did, and what Botkube needs.
	Found, Want string
	// Stderr holds the last lines that the plugin wrote to its stderr, oldest first.
	Stderr []string
}

func (e *Error) Error() string { return fmt.Sprintf("found %s, want %s", e.Found, e.Want) }

// Plugin is a running plugin, usable inside the function given to [Run].
type Plugin struct {
	cfg    Config
	proc   *process
	client plugin.ClientProtocol
	conn   *grpc.ClientConn
	impl   interface {
		Metadata(context.Context) (Metadata, error)
	}
}

// Run starts a plugin, calls fn with it, and kills it with all its children before it
// returns, whatever fn does. It returns an [*Error] when the plugin is at fault, the
// context's error when ctx ended, and fn's own error otherwise.
func Run(ctx context.Context, cfg Config, fn func(context.Context, *Plugin) error) error {
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return err
	}
	// The name is short because a Unix socket's path, which go-plugin puts below this
	// directory, may have no more than 103 bytes on some systems.
	dir, err := os.MkdirTemp("", "ph")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	out := newOutput(cfg.Log)
	p := &Plugin{cfg: cfg, proc: newProcess(path, dir, cfg.Env)}
	client := newClient(p, dir, out)
	err = p.start(ctx, client)
	grace := cfg.Grace
	if err == nil {
		err = fn(ctx, p)
	} else {
		grace = 0
	}
	// go-plugin's own Kill asks the plugin to shut down and waits for an answer that a
	// hanging plugin never gives, so its time is bounded by a kill.
	if grace == 0 {
		p.proc.kill()
	}
	last := time.AfterFunc(grace, p.proc.kill)
	client.Kill()
	last.Stop()
	p.proc.kill()
	out.close(p.conn != nil)

	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if fault := new(Error); errors.As(err, &fault) {
		fault.Stderr = out.tail.lines()
	}
	return err
}

// newClient configures go-plugin's client as Botkube's manager does (createGRPCClient in
// its pkg/plugin/manager.go), except that the process is p's own.
func newClient(p *Plugin, dir string, out *output) *plugin.Client {
	return plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  executor.ProtocolVersion, // source.ProtocolVersion is the same
			MagicCookieKey:   api.HandshakeConfig.MagicCookieKey,
			MagicCookieValue: api.HandshakeConfig.MagicCookieValue,
		},
		Plugins: plugin.PluginSet{
			string(Source):   &source.Plugin{},
			string(Executor): &executor.Plugin{},
		},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		RunnerFunc:       p.proc.runner,
		SkipHostEnv:      true,
		// start has a deadline of its own, which ends before this one.
		StartTimeout:     p.cfg.Timeout + time.Second,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: dir},
		Logger:           out.watchStdio(),
		Stderr:           out.writer(Stderr),
		// A Go plugin's stdout and stderr come over gRPC after its handshake.
		SyncStderr: out.writer(Stderr),
		SyncStdout: out.writer(Stdout),
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		},
	})
}

const wantHandshake = "a go-plugin handshake of a Botkube plugin (protocol version 3, gRPC)"

// start performs the handshake and connects. go-plugin takes no context here, so the
// deadline kills the process, upon which go-plugin returns.
func (p *Plugin) start(parent context.Context, client *plugin.Client) error {
	ctx, cancel := context.WithTimeout(parent, p.cfg.Timeout)
	defer cancel()
	defer context.AfterFunc(ctx, p.proc.kill)()

	conn, err := client.Client()
	if ctx.Err() != nil {
		return &Error{
			Found: fmt.Sprintf("no connection within %s after its start", p.cfg.Timeout),
			Want:  wantHandshake,
		}
	}
	if err != nil {
		return &Error{Found: p.describe(err), Want: wantHandshake}
	}
	p.client, p.conn = conn, conn.(*plugin.GRPCClient).Conn
	if p.cfg.Kind == "" {
		return nil
	}
	return p.dispense(p.cfg.Kind)
}

// dispense gets Botkube's own client for a kind of plugin. It asks nothing of the plugin.
func (p *Plugin) dispense(kind Kind) error {
	raw, err := p.client.Dispense(string(kind))
	if err != nil {
		return err
	}
	var ok bool
	if p.impl, ok = raw.(interface {
		Metadata(context.Context) (Metadata, error)
	}); !ok {
		return fmt.Errorf("go-plugin dispensed a %T", raw)
	}
	return nil
}

// Kind is what the plugin is. It is empty if it was to be found out and Metadata has not
// answered yet.
func (p *Plugin) Kind() Kind { return p.cfg.Kind }

// Metadata asks the plugin for its metadata.
func (p *Plugin) Metadata(parent context.Context) (Metadata, error) {
	ctx, cancel := context.WithTimeout(parent, p.cfg.Timeout)
	defer cancel()

	md, err := p.metadata(ctx)
	if err == nil || parent.Err() != nil {
		return md, err
	}
	want := "an answer to Metadata as a source gives it"
	switch p.cfg.Kind {
	case Executor:
		want = "an answer to Metadata as an executor gives it"
	case "":
		want = "an answer to Metadata as a source or an executor gives it"
	}
	switch status.Code(err) {
	case codes.DeadlineExceeded:
		return md, &Error{Found: fmt.Sprintf("no answer within %s", p.cfg.Timeout), Want: want}
	case codes.ResourceExhausted:
		return md, &Error{
			Found: status.Convert(err).Message(),
			Want:  fmt.Sprintf("metadata of at most %d bytes", maxMessage),
		}
	case codes.Unimplemented:
		if p.cfg.Kind == "" {
			return md, &Error{Found: "a plugin that answers as neither", Want: want}
		}
		if other, ok := p.answersAsOther(ctx); ok {
			return md, &Error{Found: fmt.Sprintf("a plugin that answers as %s", other), Want: want}
		}
	}
	return md, &Error{Found: p.describe(err), Want: want}
}

// metadata asks as a source and as an executor where it is not known what the plugin is.
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

// Exited tells whether the plugin has ended by itself.
func (p *Plugin) Exited() bool {
	select {
	case <-p.proc.ended:
		return p.proc.end() != "" // unless it was killed
	default:
		return false
	}
}

// Wait waits until the plugin ends by itself, which is an [*Error] whatever its status, or
// until ctx ends.
func (p *Plugin) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-p.proc.ended:
		return p.fault(ctx, io.EOF, "a plugin that goes on")
	}
}

// answersAsOther tells whether the plugin serves the interface that it should not.
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

// describe says what went wrong: what go-plugin or gRPC reports, and how the plugin ended
// if it did so by itself.
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

// fault judges the error that a call ended with: it is of the context, of a plugin that is
// gone, or a [*Refusal], the plugin's own.
func (p *Plugin) fault(ctx context.Context, err error, want string) error {
	code := status.Code(err)
	if d, ok := ctx.Deadline(); ok && !d.After(time.Now()) {
		// The plugin knows the deadline, too, and its word of it may come before that of ctx.
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if code == codes.Unavailable || p.Exited() {
		if state := p.proc.end(); state != "" {
			return &Error{Found: "a plugin that ended with " + state, Want: want}
		}
		return &Error{Found: p.describe(err), Want: want}
	}
	return &Refusal{Code: code.String(), Message: status.Convert(err).Message()}
}
