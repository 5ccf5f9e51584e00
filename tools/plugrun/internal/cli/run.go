package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/tools/plugrun/internal/config"
	"botkube-plugins/tools/plugrun/internal/render"
	"botkube-plugins/tools/plugrun/internal/webhook"
)

const (
	// clusterName stands for Botkube's settings.clusterName.
	clusterName = "local"
	// repository stands for the name of the plugin's repository in Botkube's values.
	repository = "local"
	// inClusterURL is where Botkube's chart says that the incoming webhook is.
	inClusterURL = "http://botkube.botkube.svc.cluster.local:2115"
	// grace is how long the plugin may take to end when it is asked to.
	grace = 2 * time.Second
)

// runner runs a plugin, once or again and again.
type runner struct {
	*screen
	flags      *flags
	binary     string
	name       string // of the plugin
	prompt     *prompt
	hook       *webhook.Handler
	webhookURL string                 // the base URL of the incoming webhook
	schema     atomic.Pointer[string] // of the configs, as the plugin said last
}

func run(ctx context.Context, s *screen, in io.Reader, f *flags, binary string) error {
	r := &runner{
		screen: s, flags: f, binary: binary, name: f.name, hook: &webhook.Handler{}, webhookURL: inClusterURL,
	}
	if r.name == "" {
		r.name = pluginName(filepath.Base(binary))
	}
	r.prompt = newPrompt(s, in, r.name)
	if f.listen != "" {
		stop, err := r.serve()
		if err != nil {
			return err
		}
		defer stop()
	}
	err := r.start(ctx)
	endless := f.watch || !f.hasPayload && !f.hasCommand
	if errors.Is(err, errDone) || endless && ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return nil
	}
	return err
}

// errDone ends what would otherwise go on for ever.
var errDone = errors.New("done")

func (r *runner) start(ctx context.Context) error {
	if r.flags.watch {
		return r.watch(ctx)
	}
	if err := r.buildFirst(ctx); err != nil {
		return err
	}
	configs, err := r.loadConfigs()
	if err != nil {
		return err
	}
	return r.once(ctx, configs)
}

// pluginName takes a plugin's name out of that of its file, if it has one of Botkube's:
// source_ticker_linux_amd64, or source_v1.0.0_ticker in its cache.
func pluginName(file string) string {
	name := strings.TrimSuffix(file, ".exe")
	kind, rest, ok := strings.Cut(name, "_")
	if !ok || (kind != string(pluginhost.Source) && kind != string(pluginhost.Executor)) {
		return name
	}
	parts := strings.Split(rest, "_")
	if n := len(parts) - 2; n > 0 && index.KnownPlatform(index.Platform{OS: parts[n], Arch: parts[n+1]}) {
		return strings.Join(parts[:n], "_")
	}
	if len(parts) > 1 && strings.HasPrefix(parts[0], "v") {
		return strings.Join(parts[1:], "_")
	}
	return rest
}

// serve takes requests to the incoming webhook until it is stopped.
func (r *runner) serve() (stop func(), err error) {
	listener, err := net.Listen("tcp", r.flags.listen)
	if err != nil {
		return nil, err
	}
	r.webhookURL = "http://" + listener.Addr().String()
	server := &http.Server{Handler: r.hook, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends when it is stopped
	}()
	return func() {
		_ = server.Close()
		<-done
	}, nil
}

// loadConfigs reads the configs in their order.
func (r *runner) loadConfigs() ([]config.Config, error) {
	var configs []config.Config
	wrong := &problemsError{what: "config"}
	for i, f := range r.flags.configs {
		name, text := f.file, []byte(f.text)
		if f.file == "" {
			name = "config"
			if len(r.flags.configs) > 1 {
				name = fmt.Sprintf("config %d", i+1)
			}
		} else {
			var err error
			if text, err = os.ReadFile(f.file); err != nil {
				return nil, err
			}
		}
		c, problems := config.Parse(name, text)
		configs = append(configs, c)
		wrong.problems = append(wrong.problems, problems...)
	}
	if len(wrong.problems) > 0 {
		return nil, wrong
	}
	return configs, nil
}

// checkConfigs checks configs by the plugin's JSON Schema.
func (r *runner) checkConfigs(configs []config.Config, schema string) error {
	wrong := &problemsError{what: "config"}
	for _, c := range configs {
		problems, err := c.Check(schema)
		if err != nil {
			r.note("warning: %s is not checked, as the plugin's schema cannot be used: %v", c.Name, err)
		}
		wrong.problems = append(wrong.problems, problems...)
	}
	if len(wrong.problems) > 0 {
		return wrong
	}
	return nil
}

// once runs the plugin to its end.
func (r *runner) once(ctx context.Context, configs []config.Config) error {
	if _, err := os.Stat(r.binary); err != nil {
		return &hintError{err, "hint: build the plugin first, or have --build do it"}
	}
	hint := startRule
	err := pluginhost.Run(ctx, pluginhost.Config{
		Path: r.binary, Timeout: r.flags.timeout, Env: os.Environ(), Log: r.log, Grace: grace,
	}, func(ctx context.Context, p *pluginhost.Plugin) error {
		defer r.hook.Set(nil)
		err := r.use(ctx, p, configs)
		if hint = ""; p.Exited() {
			hint = restartRule
		}
		return err
	})
	if hint != "" && errors.As(err, new(*pluginhost.Error)) {
		return &hintError{err, hint}
	}
	return err
}

// startRule is what happens when Botkube's plugin manager cannot start a plugin.
const startRule = "Botkube itself would not start with this plugin."

// restartRule is what Botkube's health monitor does (pkg/plugin/health_monitor.go), with the
// defaults of its chart.
const restartRule = "Botkube would notice this within 10s (plugins.healthCheckInterval), start the plugin again, and\n" +
	"deactivate it after 10 restarts (plugins.restartPolicy: type DeactivatePlugin, threshold 10)."

// use has the started plugin do what the command line asks for.
func (r *runner) use(ctx context.Context, p *pluginhost.Plugin, configs []config.Config) error {
	md, err := p.Metadata(ctx)
	if err != nil {
		return err
	}
	r.note("%s %s %s is running", p.Kind(), r.name, render.Clean(md.Version))
	r.warn(md)
	r.schema.Store(&md.JSONSchema.Value)
	if err := r.checkConfigs(configs, md.JSONSchema.Value); err != nil {
		return err
	}
	// A plugin that ends by itself ends whatever is waited for.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(p.Wait(ctx)) }()

	if p.Kind() == pluginhost.Executor {
		if r.flags.hasPayload || r.flags.listen != "" {
			return usageError{errors.New("found an executor, want a source for --payload and --listen")}
		}
		return r.executor(ctx, p, configs)
	}
	if r.flags.hasCommand {
		return usageError{errors.New("found a source, want an executor for --command")}
	}
	return r.source(ctx, p, md, configs)
}

// warn tells what of the metadata needs attention before the plugin can work.
func (r *runner) warn(md pluginhost.Metadata) {
	if err := md.Validate(); err != nil {
		r.note("warning: found metadata that Botkube does not take, want it without: %v", err)
	}
	if url := md.JSONSchema.RefURL; url != "" {
		r.note("warning: no config is checked, as the schema is not in the plugin, but at %s", render.Clean(url))
	}
	dir := os.Getenv("PLUGIN_DEPENDENCY_DIR") // which wins in Botkube, too
	if path, err := filepath.Abs(r.binary); err == nil && dir == "" {
		dir = pluginhost.DependencyDir(path)
	}
	for _, name := range slices.Sorted(maps.Keys(md.Dependencies)) {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			continue
		}
		url, ok := md.Dependencies[name].URLs.For(runtime.GOOS, runtime.GOARCH)
		name := render.Clean(name)
		if ok {
			r.note("warning: found no %s in %s, want the plugin's dependency\n  hint: Botkube downloads it there from %s", name, dir, render.Clean(url))
		} else {
			r.note("warning: found no URL of the dependency %s for %s/%s, want one, or Botkube cannot install the plugin", name, runtime.GOOS, runtime.GOARCH)
		}
	}
}
