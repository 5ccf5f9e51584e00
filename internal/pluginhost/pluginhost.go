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

	"github.com/hashicorp/go-hclog"
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
	// Kind is what the plugin is expected to be.
	Kind Kind
	// Timeout bounds the start (from fork to gRPC connection), and each call by itself.
	// It must be positive.
	Timeout time.Duration
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
	cfg  Config
	proc *process
	conn *grpc.ClientConn
	impl interface {
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

	log := &tail{}
	p := &Plugin{cfg: cfg, proc: newProcess(path, dir)}
	client := newClient(p, dir, log)
	err = p.start(ctx, client)
	if err == nil {
		err = fn(ctx, p)
	}
	// The plugin is killed before go-plugin's own Kill, which would ask it to shut down
	// and wait for an answer that a hanging plugin never gives.
	p.proc.kill()
	client.Kill()

	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if fault := new(Error); errors.As(err, &fault) {
		fault.Stderr = log.lines()
	}
	return err
}

// newClient configures go-plugin's client as Botkube's manager does (createGRPCClient in
// its pkg/plugin/manager.go), except that the process is p's own.
func newClient(p *Plugin, dir string, log *tail) *plugin.Client {
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
		Logger:           hclog.NewNullLogger(),
		Stderr:           log,
		SyncStderr:       log, // a Go plugin's stderr comes over gRPC after its handshake
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
	raw, err := conn.Dispense(string(p.cfg.Kind))
	if err != nil {
		return err
	}
	var ok bool
	if p.impl, ok = raw.(interface {
		Metadata(context.Context) (Metadata, error)
	}); !ok {
		return fmt.Errorf("go-plugin dispensed a %T", raw)
	}
	p.conn = conn.(*plugin.GRPCClient).Conn
	return nil
}

// Metadata asks the plugin for its metadata.
func (p *Plugin) Metadata(parent context.Context) (Metadata, error) {
	ctx, cancel := context.WithTimeout(parent, p.cfg.Timeout)
	defer cancel()

	md, err := p.impl.Metadata(ctx)
	if err == nil || parent.Err() != nil {
		return md, err
	}
	want := "an answer to Metadata as a source gives it"
	if p.cfg.Kind == Executor {
		want = "an answer to Metadata as an executor gives it"
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
		if other, ok := p.answersAsOther(ctx); ok {
			return md, &Error{Found: fmt.Sprintf("a plugin that answers as %s", other), Want: want}
		}
	}
	return md, &Error{Found: p.describe(err), Want: want}
}

// Help asks an executor for its help.
func (p *Plugin) Help(parent context.Context) error {
	ctx, cancel := context.WithTimeout(parent, p.cfg.Timeout)
	defer cancel()

	helper, ok := p.impl.(interface {
		Help(context.Context) (api.Message, error)
	})
	if !ok {
		return fmt.Errorf("a %s has no help", p.cfg.Kind)
	}
	_, err := helper.Help(ctx)
	const want = "an answer to Help"
	switch {
	case err == nil || parent.Err() != nil:
		return err
	case status.Code(err) == codes.DeadlineExceeded:
		return &Error{Found: fmt.Sprintf("no answer within %s", p.cfg.Timeout), Want: want}
	}
	return &Error{Found: p.describe(err), Want: want}
}

// ErrRefused says that a source answered that it does not stream.
var ErrRefused = errors.New("refused")

// ProbeStream opens the stream of a source without a config, as Botkube does for a source
// that has none, and closes it again when the first event comes or the time given is over.
// An error that the source answers is an [ErrRefused]: it may need a config or a cluster.
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
	case p.proc.end(endGrace) != "" || status.Code(err) == codes.Unavailable:
		return &Error{Found: p.describe(err), Want: "a source that opens its stream or says why not"}
	}
	return fmt.Errorf("%w: %s", ErrRefused, status.Convert(err).Message())
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
	if state := p.proc.end(endGrace); state != "" {
		found += ", and the plugin ended with " + state
	}
	return found
}
