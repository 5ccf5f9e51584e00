package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"

	"botkube-plugins/internal/watch"
	"botkube-plugins/tools/indexgen/internal/artifact"
	"botkube-plugins/tools/indexgen/internal/generate"
	"botkube-plugins/tools/indexgen/internal/report"
)

// Watch makes the index, and makes it anew whenever the directory has changed and is still
// again. It calls tell for every index, or list of problems, that is not the one before,
// when that is what is served. It returns the error of tell or, when ctx ends, of ctx; no
// plugin process is left then.
func (s *Site) Watch(ctx context.Context, tell func(generate.Result) error) error {
	var told generate.Result
	var last watch.State // no directory's, so that there is a change to begin with
	for {
		if _, err := watch.Wait(ctx, last, s.opts.Dist); err != nil {
			return err
		}
		seen := look(s.opts.Dist)
		result, err := s.generate(ctx, seen)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		// In this order: what changes in between is in the second look, or else a change for Wait.
		last = watch.Now(s.opts.Dist)
		if errors.Is(err, errChanged) || !look(s.opts.Dist).equal(seen) {
			last = watch.State{}
			continue
		}
		if err != nil {
			result.Problems = []report.Problem{s.unreadable(err)}
		}
		s.publish(result, seen)
		if reflect.DeepEqual(result, told) {
			continue
		}
		told = result
		if err := tell(result); err != nil {
			return err
		}
	}
}

// generate makes the index of the files that were seen. It gives up with errChanged when
// they are others by now.
func (s *Site) generate(ctx context.Context, seen files) (generate.Result, error) {
	if seen.unfinished() {
		return generate.Result{Problems: []report.Problem{{
			Where: s.opts.Dist,
			Found: "a GoReleaser build that is not done: " + goreleaserArtifacts + ", which it writes in the end, is missing",
			Want:  "a complete one",
			Hint:  "if no build is running, the last one has failed; build again",
		}}}, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		s.cancelOnChange(ctx, cancel, seen)
	}()
	result, err := generate.Run(ctx, generate.Options{
		Dist: s.opts.Dist, BaseURL: s.opts.BaseURL, Form: artifact.FormAuto,
		Timeout: s.opts.Timeout, Jobs: s.opts.Jobs, Progress: noProgress{},
	})
	cancel(nil)
	<-watching
	if errors.Is(context.Cause(ctx), errChanged) {
		return generate.Result{}, errChanged
	}
	if err == nil {
		result.Problems = append(result.Problems, outside(result, seen)...)
	}
	return result, err
}

// cancelOnChange cancels when the files are others than those that were seen. Files that do
// not count may change: a plugin may write one beside itself whenever it is started.
func (s *Site) cancelOnChange(ctx context.Context, cancel context.CancelCauseFunc, seen files) {
	last := watch.Now(s.opts.Dist)
	for look(s.opts.Dist).equal(seen) {
		var err error
		if last, err = watch.Wait(ctx, last, s.opts.Dist); err != nil {
			return
		}
	}
	cancel(errChanged)
}

// outside finds the artifacts that are not in the directory.
func outside(result generate.Result, seen files) []report.Problem {
	var problems []report.Problem
	for _, plugin := range result.Plugins {
		for _, a := range plugin.Artifacts {
			if seen[a.File] == nil {
				problems = append(problems, report.Problem{
					Where: a.File,
					Found: "a symbolic link that leads out of the directory",
					Want:  "a file in it, since nothing outside of it is served",
				})
			}
		}
	}
	return problems
}

// unreadable tells why there is no result.
func (s *Site) unreadable(err error) report.Problem {
	p := report.Problem{
		Where: s.opts.Dist,
		Found: fmt.Sprintf("the error %q", err),
		Want:  "a directory of built plugins that can be read",
	}
	if _, err := os.Stat(s.opts.Dist); errors.Is(err, fs.ErrNotExist) {
		p.Found = "no such directory"
		p.Want = "a directory of built plugins"
		p.Hint = "build them, in this repository with make index; they are served as soon as they are there"
	}
	return p
}

// noProgress is for a generation that nobody waits for.
type noProgress struct{}

func (noProgress) Start(int64)          {}
func (noProgress) Read(int)             {}
func (noProgress) Done(generate.Plugin) {}
