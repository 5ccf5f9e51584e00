//go:build unix

package pluginhost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"botkube-plugins/internal/problem"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/kubeshop/botkube/pkg/api"
	"github.com/kubeshop/botkube/pkg/api/executor"
	"github.com/kubeshop/botkube/pkg/api/source"
	"google.golang.org/grpc"
)

// Kind is one of Botkube's two plugin interfaces. The values are the names by which Botkube's
// plugin manager dispenses them.
type Kind string

// The kinds of plugins that Botkube knows.
const (
	Source   Kind = "source"
	Executor Kind = "executor"
)

// maxMessage is the largest answer that is accepted, in bytes. Metadata ends up in an index
// that every Botkube loads completely, so more is a mistake.
const maxMessage = 1 << 20

// Metadata is a plugin's description of itself.
type Metadata = api.MetadataOutput

// Config defines which plugin to start, and how. With the zero values of Env, Dir and
// DependencyDir, the plugin sees nothing of this machine's environment and directories.
type Config struct {
	// Path is the plugin's binary. It must be executable on this machine, or by Exec.
	Path string
	// Exec is the command that runs the binary, such as an emulator: its program, as an absolute
	// path, and its first arguments. The path of the binary follows. If it is empty, the binary
	// runs by itself.
	Exec []string
	// Kind is the interface that the plugin must serve. If it is empty, Metadata detects it.
	Kind Kind
	// Timeout limits the start (from fork to gRPC connection), and each call of Metadata and
	// Help. It must be positive.
	Timeout time.Duration
	// Env is the plugin's environment, without the variables that Botkube and go-plugin set. If it
	// is nil, the plugin gets PATH, and its own temporary directory as HOME and TMPDIR.
	Env []string
	// Dir is the plugin's working directory. If it is empty, it is the plugin's own temporary
	// directory.
	Dir string
	// DependencyDir is the directory of the plugin's dependencies. If it is empty, the plugin
	// has none.
	DependencyDir string
	// Sandbox confines the plugin as far as this system can (Restrictions), and accepts only a
	// Unix socket in the plugin's own directory. Without it, the plugin is trusted.
	Sandbox bool
	// Log, if it is not nil, receives each line that the plugin writes to its stderr and, after its
	// start, to its stdout. It is called for one line at a time, and never after Run has returned.
	Log func(Line)
	// Grace is how long the plugin may take to end after it is asked to, in the way Botkube asks.
	// If it is 0, the plugin is killed at once. go-plugin waits at most two seconds.
	Grace time.Duration
}

// DependencyDir returns the directory in which Botkube puts the dependencies of the plugin with
// that binary (dependencyDirForBin in its pkg/plugin/manager.go).
func DependencyDir(path string) string { return path + "_deps" }

// Plugin is a running plugin. It is valid only in the function given to [Run].
type Plugin struct {
	cfg    Config
	proc   *process
	client plugin.ClientProtocol
	conn   *grpc.ClientConn
	impl   interface {
		Metadata(context.Context) (Metadata, error)
	}
}

// Run starts a plugin, calls fn with it, and ends it with all its children before it returns, even
// if fn fails. It returns a [problem.Problem] if the plugin is at fault, the context's error if ctx
// ended, fn's own error if fn failed, and otherwise an error of this machine, such as a lack of
// file descriptors or a temporary directory that cannot be removed.
func Run(ctx context.Context, cfg Config, fn func(context.Context, *Plugin) error) (err error) {
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return err
	}
	own, err := makeOwn()
	if err != nil {
		return err
	}
	defer func() {
		if left := removeOwn(own); left != nil {
			err = left
		}
	}()

	out := newOutput(cfg.Log)
	p := &Plugin{cfg: cfg, proc: newProcess(path, own, cfg)}
	client := newClient(p, own, out)
	if err = p.start(ctx, client); err == nil {
		err = fn(ctx, p)
		p.stop(client, cfg.Grace)
	} else {
		p.stop(client, 0)
	}
	out.close(p.conn != nil)

	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if fault, ok := errors.AsType[problem.Problem](err); ok {
		fault.Stderr = out.tail.lines()
		if cfg.Sandbox {
			fault.Hint = cmp.Or(fault.Hint, sandboxHint)
		}
		return fault
	}
	return err
}

const sandboxHint = "the plugin ran in a sandbox, without network, environment variables and other files; " +
	"--sandbox=off shows whether it needs them"

// stop asks the plugin to end, as Botkube does, and kills its process group after the grace period.
func (p *Plugin) stop(client *plugin.Client, grace time.Duration) {
	if grace <= 0 {
		p.proc.kill()
	}
	// client.Kill waits for an answer. If the plugin hangs, killing it ends the wait.
	defer time.AfterFunc(grace, p.proc.kill).Stop()
	client.Kill()
	p.proc.kill()
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
		// start has its own deadline, which ends before this one.
		StartTimeout:     p.cfg.Timeout + time.Second,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: dir},
		Logger:           hclog.NewNullLogger(),
		Stderr:           out.writer(Stderr),
		// After the handshake, a Go plugin's stdout and stderr arrive over gRPC.
		SyncStderr: out.writer(Stderr),
		SyncStdout: out.writer(Stdout),
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
			grpc.WithChainStreamInterceptor(out.watchStdio),
		},
	})
}

const wantHandshake = "a go-plugin handshake of a Botkube plugin (protocol version 3, gRPC)"

// start performs the handshake and connects. go-plugin takes no context here, so the
// deadline kills the process, and then go-plugin returns.
func (p *Plugin) start(parent context.Context, client *plugin.Client) error {
	ctx, cancel := context.WithTimeout(parent, p.cfg.Timeout)
	defer cancel()
	defer context.AfterFunc(ctx, p.proc.kill)()

	conn, err := client.Client()
	if ctx.Err() != nil {
		return problem.Problem{
			Found: fmt.Sprintf("no connection within %s after its start", p.cfg.Timeout),
			Want:  wantHandshake,
		}
	}
	if err != nil && p.proc.ID() == "" { // it has not been started
		if len(p.cfg.Exec) > 0 {
			return fmt.Errorf("cannot run the plugin: %w", err)
		}
		if local := localFault(p.proc.cmd.Path, err); local != nil {
			return local
		}
	}
	if err != nil {
		return problem.Problem{Found: p.describe(err), Want: wantHandshake}
	}
	p.client, p.conn = conn, conn.(*plugin.GRPCClient).Conn
	if p.cfg.Kind == "" {
		return nil
	}
	return p.dispense(p.cfg.Kind)
}

// dispense sets Botkube's own client for a kind of plugin. It does not call the plugin.
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

// Kind returns the plugin's kind. It is empty if the config has no kind and Metadata has not
// detected it yet.
func (p *Plugin) Kind() Kind { return p.cfg.Kind }
