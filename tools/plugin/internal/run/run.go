//go:build unix

// Package run runs one plugin as Botkube does, without a cluster or a chat, and shows what it does.
package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/plugin/internal/config"
	"botkube-plugins/tools/plugin/internal/webhook"
)

const (
	// clusterName stands for Botkube's settings.clusterName.
	clusterName = "local"
	// repository stands for the name of the plugin's repository in Botkube's values.
	repository = "local"
	// inClusterURL is the address of the incoming webhook in Botkube's chart.
	inClusterURL = "http://botkube.botkube.svc.cluster.local:2115"
	// grace is how long the plugin may take to end after it is asked to.
	grace = 2 * time.Second
	// checkTimeout is how long it may take to check a config or payload against a schema.
	checkTimeout = 3 * time.Second
)

// Options defines what to run, and how.
type Options struct {
	// Target is the plugin.
	Target Target
	// Name is the plugin's name. If it is empty, it comes from the target.
	Name string
	// Configs are the configs, in order.
	Configs []ConfigSource
	// Payload, if it is not nil, is the body of a single request to a source.
	Payload *string
	// Listen, if it is not empty, is the address at which requests to a source are accepted.
	Listen string
	// Command, if it is not nil, is a single command to an executor.
	Command *string
	// JSON prints events and answers unchanged, one per line.
	JSON bool
	// NoInteractivity reports to the plugin that messages cannot have buttons.
	NoInteractivity bool
	// Timeout limits the start of the plugin.
	Timeout time.Duration
	// Watch restarts the plugin whenever it or a config changes.
	Watch bool
}

// ConfigSource is a config on the command line: YAML, or the name of a file with it.
type ConfigSource struct{ Text, File string }

// runner runs a plugin once or repeatedly.
type runner struct {
	*screen
	opts       Options
	prompt     *prompt
	hook       *webhook.Handler
	webhookURL string                 // the base URL of the incoming webhook
	schema     atomic.Pointer[string] // of the configs, from the last metadata
	slow       atomic.Bool            // whether the schema of payloads is too slow to check them
}

// Run runs the plugin. It returns when everything in the options is done, or when ctx ends. The end
// of ctx is not an error if nothing else can end the run.
func Run(ctx context.Context, s *cli.Screen, opts Options) error {
	opts.Name = cmp.Or(opts.Name, opts.Target.Name)
	r := &runner{screen: newScreen(s), opts: opts, hook: &webhook.Handler{}, webhookURL: inClusterURL}
	r.prompt = newPrompt(r.screen, opts.Name)
	if opts.Listen != "" {
		stop, err := r.serve()
		if err != nil {
			return err
		}
		defer stop()
	}
	err := r.start(ctx)
	endless := opts.Watch || opts.Payload == nil && opts.Command == nil
	if errors.Is(err, errDone) || endless && ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return nil
	}
	if problems := cli.ProblemsOf(err); opts.JSON && len(problems) > 0 {
		return errors.Join(r.ReportLine(map[string]problem.List{"problems": problems}), err)
	}
	return err
}

// errDone cancels work that would not end by itself.
var errDone = errors.New("done")

func (r *runner) start(ctx context.Context) error {
	if r.opts.Watch {
		return r.watch(ctx)
	}
	if err := r.build(ctx); err != nil {
		return err
	}
	configs, err := r.loadConfigs()
	if err != nil {
		return err
	}
	return r.once(ctx, configs)
}

// serve accepts requests to the incoming webhook until it is stopped.
func (r *runner) serve() (stop func(), err error) {
	listener, err := net.Listen("tcp", r.opts.Listen)
	if err != nil {
		return nil, err
	}
	r.webhookURL = "http://" + listener.Addr().String()
	return r.hook.Serve(listener), nil
}

// loadConfigs reads the configs in order.
func (r *runner) loadConfigs() ([]config.Config, error) {
	var configs []config.Config
	var wrong problem.List
	for i, source := range r.opts.Configs {
		name, text := source.File, []byte(source.Text)
		if source.File == "" {
			name = "config"
			if len(r.opts.Configs) > 1 {
				name = fmt.Sprintf("config %d", i+1)
			}
		} else {
			var err error
			if text, err = os.ReadFile(source.File); err != nil {
				return nil, err
			}
		}
		c, problems := config.Parse(name, text)
		configs = append(configs, c)
		wrong = append(wrong, problems...)
	}
	return configs, cli.Rejected("config", wrong)
}

// errSlow reports a schema that takes too long, such as one with a pattern that backtracks.
var errSlow = fmt.Errorf("the plugin's schema takes longer than %s to check a value", checkTimeout)

// check runs a check against a schema. It returns errSlow after checkTimeout, or the context's cause
// if ctx ends first.
func check(ctx context.Context, judge func(context.Context) (problem.List, error)) (problem.List, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, checkTimeout, errSlow)
	defer cancel()
	return judge(ctx)
}

// checkConfigs checks configs against the plugin's JSON Schema.
func (r *runner) checkConfigs(ctx context.Context, configs []config.Config, schema string) error {
	var wrong problem.List
	for _, c := range configs {
		problems, err := check(ctx, func(ctx context.Context) (problem.List, error) { return c.Check(ctx, schema) })
		if errors.Is(err, errSlow) || ctx.Err() != nil {
			return err
		}
		if err != nil {
			r.Note("warning: %s is not checked, since the plugin's schema cannot be used: %v", c.Name, err)
		}
		wrong = append(wrong, problems...)
	}
	return cli.Rejected("config", wrong)
}

// once runs the plugin once.
func (r *runner) once(ctx context.Context, configs []config.Config) error {
	binary := r.opts.Target.Binary
	if _, err := os.Stat(binary); err != nil {
		hint := "build the plugin first, let --build do it, or give the directory of its Go package"
		if dir := filepath.Dir(binary); filepath.Base(dir) == pluginsDir {
			hint = cmp.Or(hintForPlugins(dir), hint)
		}
		return problem.WithHint(err, hint)
	}
	dependencies, err := dependencyDir(binary)
	if err != nil {
		return err
	}
	hint := startRule
	err = pluginhost.Run(ctx, pluginhost.Config{
		Path: binary, Timeout: r.opts.Timeout, Log: r.log, Grace: grace,
		// The plugin is trusted, as Botkube trusts it.
		Env: os.Environ(), Dir: ".", DependencyDir: dependencies,
	}, func(ctx context.Context, p *pluginhost.Plugin) error {
		defer r.hook.Set(nil)
		err := r.use(ctx, p, configs)
		if hint = ""; p.Exited() {
			hint = restartRule
		}
		return err
	})
	if fault, ok := errors.AsType[problem.Problem](err); ok && hint != "" {
		fault.Hint = hint
		return fault
	}
	return err
}

// dependencyDir returns the directory of the plugin's dependencies. As in Botkube, the variable in
// the environment takes precedence.
func dependencyDir(binary string) (string, error) {
	if dir := os.Getenv(pluginhost.DependencyDirEnv); dir != "" {
		return dir, nil
	}
	path, err := filepath.Abs(binary)
	return pluginhost.DependencyDir(path), err
}

// startRule is what Botkube does if its plugin manager cannot start a plugin.
const startRule = "Botkube itself does not start with this plugin."

// restartRule is what Botkube's health monitor does (pkg/plugin/health_monitor.go), with the
// defaults of its chart.
const restartRule = "Botkube notices this within 10s (plugins.healthCheckInterval), restarts the plugin, and\n" +
	"deactivates it after 10 restarts (plugins.restartPolicy: type DeactivatePlugin, threshold 10)."

// use performs the options on the running plugin.
func (r *runner) use(ctx context.Context, p *pluginhost.Plugin, configs []config.Config) error {
	md, err := p.Metadata(ctx)
	if err != nil {
		return err
	}
	r.Note("%s %s %s is running", p.Kind(), r.opts.Name, md.Version)
	r.warn(md)
	r.schema.Store(&md.JSONSchema.Value)
	if err := r.checkConfigs(ctx, configs, md.JSONSchema.Value); err != nil {
		return err
	}
	// A plugin that ends by itself ends every call that waits for it.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(p.Wait(ctx)) }()

	if p.Kind() == pluginhost.Executor {
		if r.opts.Payload != nil || r.opts.Listen != "" {
			return cli.Usagef("found an executor, want a source for --payload and --listen")
		}
		return r.executor(ctx, p, configs)
	}
	if r.opts.Command != nil {
		return cli.Usagef("found a source, want an executor for --command")
	}
	return r.source(ctx, p, md, configs)
}

// warn reports problems in the metadata that do not prevent the plugin from running here.
func (r *runner) warn(md pluginhost.Metadata) {
	if err := md.Validate(); err != nil {
		r.Note("warning: Botkube does not accept this metadata: %v", err)
	}
	if url := md.JSONSchema.RefURL; url != "" {
		r.Note("warning: configs are not checked, since the schema is not in the plugin, but at %s", url)
	}
	dir, err := dependencyDir(r.opts.Target.Binary)
	if err != nil {
		return // once has reported it
	}
	for _, name := range slices.Sorted(maps.Keys(md.Dependencies)) {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			continue
		}
		platform := runtime.GOOS + "/" + runtime.GOARCH
		url, ok := md.Dependencies[name].URLs.For(runtime.GOOS, runtime.GOARCH)
		if !ok {
			r.Warn(problem.Problem{
				Found: fmt.Sprintf("no URL of the dependency %s for %s", name, platform), Want: "one, without which Botkube cannot install the plugin",
			})
			continue
		}
		r.Warn(problem.Problem{
			Found: fmt.Sprintf("no %s in %s", name, dir), Want: "the plugin's dependency", Hint: "Botkube downloads it there from " + url,
		})
	}
}
