package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"botkube-plugins/internal/watch"
	"botkube-plugins/tools/plugrun/internal/config"
)

// watch runs the plugin, and runs it anew with each change of what it is made of, until ctx
// ends or the plugin's user is done. What does not build leaves the old one running.
func (r *runner) watch(parent context.Context) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	stop := func() {}
	defer func() { stop() }()

	var files []string // that the plugin is made of
	var built watch.State
	for first := true; ; first = false {
		listed, err := r.watched(ctx)
		if err == nil {
			files = listed
		}
		all := slices.Concat(files, r.configFiles())
		// Before the build: what changes during it is a change.
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
			r.report(err)
			r.note("waiting for a change")
		}
		if _, err := watch.Wait(ctx, now, all...); err != nil {
			return err
		}
		r.note("something changed")
	}
}

// prepare builds the plugin, if there is something to build, and reads the configs. If the
// plugin is as before, they must be right for it.
func (r *runner) prepare(ctx context.Context, changed bool) ([]config.Config, error) {
	if changed {
		if err := r.buildFirst(ctx); err != nil {
			return nil, err
		}
	}
	configs, err := r.loadConfigs()
	if schema := r.schema.Load(); err == nil && !changed && schema != nil {
		err = r.checkConfigs(configs, *schema)
	}
	return configs, err
}

// errRestart ends a plugin that is run anew.
var errRestart = errors.New("started anew")

// runAside runs the plugin until it is stopped, and ends everything if its user is done.
func (r *runner) runAside(parent context.Context, end context.CancelCauseFunc, configs []config.Config) (stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := r.once(ctx, configs)
		switch {
		case errors.Is(err, errDone), errors.As(err, new(usageError)):
			end(err)
			return
		case ctx.Err() != nil:
			return
		case err != nil:
			r.report(err)
		}
		r.note("waiting for a change")
	}()
	return func() {
		cancel(errRestart)
		<-done
	}
}

// watched returns the paths that the plugin is made of.
func (r *runner) watched(ctx context.Context) ([]string, error) {
	paths := slices.Clone(r.flags.watchPaths)
	if r.flags.watchList != "" {
		out, err := r.shell(ctx, r.flags.watchList)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(out) {
			if line = strings.TrimSpace(line); line != "" {
				paths = append(paths, line)
			}
		}
		slices.Sort(paths)
	}
	if len(paths) == 0 && r.flags.build == "" {
		paths = []string{r.binary}
	}
	return slices.Compact(paths), nil
}

func (r *runner) configFiles() []string {
	var files []string
	for _, c := range r.flags.configs {
		if c.file != "" {
			files = append(files, c.file)
		}
	}
	return files
}
