//go:build unix

package run

import (
	"context"
	"errors"
	"slices"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/watch"
	"botkube-plugins/tools/plugin/internal/config"
)

// watch runs the plugin, and restarts it whenever its code or a config changes, until ctx ends or
// the run is done. If a build fails, the old plugin keeps running.
func (r *runner) watch(parent context.Context) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	stop := func() {}
	defer func() { stop() }()

	var files []string // the plugin's code
	var built watch.State
	for first := true; ; first = false {
		listed, err := r.watched(ctx)
		if err == nil {
			files = listed
		}
		all := slices.Concat(files, r.configFiles())
		// Before the build, so that a change during the build counts.
		now, code := watch.Now(all...), watch.Now(files...)
		var configs []config.Config
		if err == nil {
			configs, err = r.prepare(ctx, first || code != built)
		}
		if err == nil {
			built = code
			stop()
			stop = r.runAside(ctx, cancel, configs)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			r.Error(err)
			r.Note("waiting for a change")
		}
		if _, err := watch.Wait(ctx, now, all...); err != nil {
			return err
		}
		r.Note("something changed")
	}
}

// prepare builds the plugin if its code has changed, and reads the configs. If the code has not
// changed, it also checks the configs against the schema of the running plugin.
func (r *runner) prepare(ctx context.Context, changed bool) ([]config.Config, error) {
	if changed {
		if err := r.build(ctx); err != nil {
			return nil, err
		}
	}
	configs, err := r.loadConfigs()
	if schema := r.schema.Load(); err == nil && !changed && schema != nil {
		err = r.checkConfigs(ctx, configs, *schema)
	}
	return configs, err
}

// errRestart ends a plugin that is restarted.
var errRestart = errors.New("restarted")

// runAside runs the plugin in the background until it is stopped. It calls end if the run is done
// or the flags do not fit the plugin.
func (r *runner) runAside(parent context.Context, end context.CancelCauseFunc, configs []config.Config) (stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := r.once(ctx, configs)
		switch {
		case errors.Is(err, errDone), cli.IsUsage(err):
			end(err)
			return
		case ctx.Err() != nil:
			return
		case err != nil:
			r.Error(err)
		}
		r.Note("waiting for a change")
	}()
	return func() {
		cancel(errRestart)
		<-done
	}
}

func (r *runner) configFiles() []string {
	var files []string
	for _, c := range r.opts.Configs {
		if c.File != "" {
			files = append(files, c.File)
		}
	}
	return files
}
