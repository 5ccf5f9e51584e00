package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/problem"
	"botkube-plugins/internal/watch"
	"botkube-plugins/tools/indexgen/internal/generate"
	"botkube-plugins/tools/indexgen/internal/schedule"
)

// Watch generates the index, and generates it again each time the directory has changed and
// settled. It calls publish after the site has started to serve a new index or list of problems. It
// returns the error of publish, or the context's cause when ctx ends. No plugin process is left
// when it returns.
func (s *Site) Watch(ctx context.Context, publish func(generate.Result) error) error {
	var published generate.Result
	var last watch.State // the zero State, so that the first state is a change
	unrest := s.newUnrest()
	for {
		if err := s.settle(ctx, last, unrest); err != nil {
			return err
		}
		seen := s.look()
		result, err := s.generate(ctx, seen)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		// The order matters: a change in between is either in the second look or seen by Wait.
		last = watch.Now(s.opts.Dist)
		if errors.Is(err, errChanged) || !s.look().equal(seen) {
			last = watch.State{}
			unrest.note()
			continue
		}
		unrest = s.newUnrest()
		if err != nil {
			result.Problems = append(result.Problems, s.unreadable(err))
		}
		if err := s.publish(ctx, result, seen); err != nil {
			return err
		}
		if reflect.DeepEqual(result, published) {
			continue
		}
		published = result
		if err := publish(result); err != nil {
			return err
		}
	}
}

// unrestTime is how long the files may change before a note says so.
const unrestTime = 30 * time.Second

var errUnsettled = errors.New("the files have not settled")

// unrest is a time in which the files in the directory have not settled.
type unrest struct {
	site  *Site
	start time.Time
	noted bool
}

func (s *Site) newUnrest() *unrest { return &unrest{site: s, start: time.Now()} }

// note notes once, after unrestTime, which file changed last.
func (u *unrest) note() {
	if !u.noted && time.Since(u.start) >= unrestTime {
		u.noted = true
		u.site.opts.Note("%s keeps changing, so no index is generated; the last change is in %s", u.site.opts.Dist, newest(u.site.opts.Dist))
	}
}

// settle waits until the directory has changed since the last state and has settled.
func (s *Site) settle(ctx context.Context, last watch.State, u *unrest) error {
	for {
		idle := watch.Now(s.opts.Dist) == last
		short, cancel := context.WithTimeoutCause(ctx, unrestTime, errUnsettled)
		_, err := watch.Wait(short, last, s.opts.Dist)
		cancel()
		if idle {
			*u = *s.newUnrest()
		}
		if !errors.Is(err, errUnsettled) {
			return err
		}
		u.note()
	}
}

// generate generates the index of the files in seen. It returns errChanged if they change in the
// meantime.
func (s *Site) generate(ctx context.Context, seen files) (generate.Result, error) {
	if seen.unfinished() {
		return generate.Result{Problems: problem.List{{
			Where: s.opts.Dist,
			Found: "an incomplete GoReleaser build: " + goreleaserArtifacts + ", which it writes last, is missing",
			Want:  "a complete one",
			Hint:  "if no build is running, the last one has failed: build again",
		}}}, nil
	}
	if problems := s.outside(seen); len(problems) > 0 {
		return generate.Result{Problems: problems}, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		s.cancelOnChange(ctx, cancel, seen)
	}()
	result, err := generate.Run(ctx, generate.Options{
		Dist: s.opts.Dist, BaseURL: s.opts.BaseURL, Form: artifact.FormAuto, Dependencies: s.opts.Dependencies,
		Timeout: s.opts.Timeout, Jobs: s.opts.Jobs, Sandbox: s.opts.Sandbox, Progress: schedule.NoProgress{}, Done: func(generate.Plugin) {},
	})
	cancel(nil)
	<-watching
	if errors.Is(context.Cause(ctx), errChanged) {
		return generate.Result{}, errChanged
	}
	return result, err
}

// cancelOnChange cancels when the files in seen change. Other files may change, since a plugin may
// write files next to itself when it starts.
func (s *Site) cancelOnChange(ctx context.Context, cancel context.CancelCauseFunc, seen files) {
	last := watch.Now(s.opts.Dist)
	for s.look().equal(seen) {
		var err error
		if last, err = watch.Wait(ctx, last, s.opts.Dist); err != nil {
			return
		}
	}
	cancel(errChanged)
}

// outside returns a problem for each file outside the directory, to which a symbolic link leads.
func (s *Site) outside(seen files) problem.List {
	var problems problem.List
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if _, err := os.Stat(filepath.Join(s.opts.Dist, name)); seen[name] == nil && err == nil {
			problems = append(problems, problem.Problem{
				Where: name,
				Found: "a symbolic link that leads out of the directory",
				Want:  "a file in it, since nothing outside it is read or served",
			})
		}
	}
	return problems
}

// unreadable converts the error of generate to a problem.
func (s *Site) unreadable(err error) problem.Problem {
	p := problem.Problem{
		Where: s.opts.Dist,
		Found: fmt.Sprintf("the error %q", err),
		Want:  "a directory of built plugins that can be read",
	}
	if _, err := os.Stat(s.opts.Dist); errors.Is(err, fs.ErrNotExist) {
		p.Found = "no such directory"
		p.Want = "a directory of built plugins"
		p.Hint = "build them, in this repository with make index; they are served as soon as they exist"
	}
	return p
}
