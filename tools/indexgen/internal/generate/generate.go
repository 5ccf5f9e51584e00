// Package generate makes a plugin index from a directory of built plugins.
package generate

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/tools/indexgen/internal/artifact"
	"botkube-plugins/tools/indexgen/internal/inspect"
	"botkube-plugins/tools/indexgen/internal/report"

	"golang.org/x/sync/errgroup"
)

// Options says what to generate the index from.
type Options struct {
	// Dist is the directory of the artifacts.
	Dist string
	// BaseURL is the absolute URL, without a slash at its end, below which the artifacts
	// are published under their file names.
	BaseURL string
	// Form says which artifacts are published.
	Form artifact.Form
	// ExpectVersion is the version that every plugin must have, if not empty.
	ExpectVersion string
	// Timeout bounds the start of a plugin, and its answer, each.
	Timeout time.Duration
	// Jobs is how many plugins are asked at once, and how many files are read at once.
	Jobs int
	// Progress is told how it goes.
	Progress Progress
}

// Progress is told how the generation goes.
type Progress interface {
	// Start is called once, with the number of bytes that are going to be read.
	Start(bytes int64)
	// Read is called when n more bytes were read, by several goroutines at once.
	Read(n int)
	// Done is called for one plugin after the other, in the index's order, as soon as all
	// of it and of those before it is known.
	Done(Plugin)
}

// Plugin tells what was found out of one plugin.
type Plugin struct {
	Type      index.Type `json:"type"`
	Name      string     `json:"name"`
	Version   string     `json:"version"`
	Artifacts []Artifact `json:"artifacts"`
}

// Artifact tells what is published of a plugin for one platform.
type Artifact struct {
	Platform string `json:"platform"`
	File     string `json:"file"`
	URL      string `json:"url"`
	Checksum string `json:"checksum"` // SHA-256, hexadecimal
	Size     int64  `json:"size"`     // in bytes
}

// Result is what Run made.
type Result struct {
	// Index is the file's content. It is complete and valid if there are no Problems.
	Index    []byte
	Plugins  []Plugin
	Problems []report.Problem
}

// Run finds the artifacts, asks each plugin for its metadata and makes the index. What
// Botkube could not install becomes a problem, and all problems are reported at once. The
// error is for what kept Run from finding out, such as an unreadable file or a context
// that ended; no plugin process is left then, either.
func Run(ctx context.Context, opts Options) (Result, error) {
	artifacts, problems, err := artifact.Find(opts.Dist)
	if err != nil {
		return Result{}, err
	}
	result := Result{Problems: problems}
	if len(artifacts) == 0 && len(problems) == 0 {
		result.Problems = []report.Problem{{
			Where: opts.Dist,
			Found: "no plugin in this directory",
			Want:  "files named " + artifact.Rule,
			Hint:  "build the plugins first, or name their directory with --dist",
		}}
		return result, nil
	}
	plugins, problems := artifact.Group(artifacts, opts.Form)
	result.Problems = append(result.Problems, problems...)

	works := make([]*work, len(plugins))
	for i, p := range plugins {
		works[i] = &work{Plugin: p, opts: opts, results: make([]inspect.Result, len(p.Published))}
	}
	if err := runAll(ctx, works, opts); err != nil {
		return Result{}, err
	}
	var ix index.Index
	for _, w := range works {
		result.Problems = append(result.Problems, w.problems()...)
		result.Plugins = append(result.Plugins, w.summary())
		if w.metadata != nil && len(w.Published) > 0 {
			ix.Entries = append(ix.Entries, w.entry())
		}
	}
	if len(ix.Entries) == 0 {
		return result, nil
	}
	if result.Index, err = index.Encode(ix); err != nil {
		return Result{}, err
	}
	_, found := index.Check(result.Index) // what is written, as Botkube reads it
	for _, p := range found {
		result.Problems = append(result.Problems, report.FromIndex(p))
	}
	return result, nil
}

// runAll asks all plugins and inspects all their published artifacts, side by side.
func runAll(ctx context.Context, works []*work, opts Options) error {
	var total int64
	for _, w := range works {
		for _, a := range w.Published {
			if info, err := os.Stat(filepath.Join(opts.Dist, a.File)); err == nil {
				total += info.Size()
			}
		}
	}
	opts.Progress.Start(total)

	var mu sync.Mutex
	next := 0
	inform := func() {
		mu.Lock()
		defer mu.Unlock()
		for ; next < len(works) && works[next].pending.Load() == 0; next++ {
			opts.Progress.Done(works[next].summary())
		}
	}

	var asks, reads []task
	for _, w := range works {
		ask, read := w.tasks()
		w.pending.Store(int32(len(ask) + len(read)))
		done := func(t task) task {
			return func(ctx context.Context) error {
				err := t(ctx)
				if err == nil {
					w.pending.Add(-1)
					inform()
				}
				return err
			}
		}
		for _, t := range ask {
			asks = append(asks, done(t))
		}
		for _, t := range read {
			reads = append(reads, done(t))
		}
	}
	// Two pools, because asking is mostly waiting: for the kernel, and for the plugin.
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return run(ctx, asks, opts.Jobs) })
	group.Go(func() error { return run(ctx, reads, opts.Jobs) })
	return group.Wait()
}

type task func(context.Context) error

// run runs the tasks, a number of them at once, until one fails.
func run(ctx context.Context, tasks []task, jobs int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(jobs)
	for _, task := range tasks {
		group.Go(func() error { return task(ctx) })
	}
	return group.Wait()
}

// host is the platform whose binaries can be started here.
var host = index.Platform{OS: runtime.GOOS, Arch: runtime.GOARCH}

// work is what is done for one plugin.
type work struct {
	artifact.Plugin
	opts    Options
	pending atomic.Int32 // tasks

	metadata *pluginhost.Metadata
	failures []report.Problem
	results  []inspect.Result // of Published, in that order
}

// tasks are independent of each other: those that ask the plugin, and those that read its
// published artifacts.
func (w *work) tasks() (ask, read []task) {
	binary, asked := w.Binaries[host]
	if asked {
		ask = append(ask, func(ctx context.Context) error {
			return w.ask(ctx, filepath.Join(w.opts.Dist, binary.File), binary.File)
		})
	}
	for i, a := range w.Published {
		if !asked && a.Platform == host {
			asked = true
			read = append(read, func(ctx context.Context) error { return w.unpackAndAsk(ctx, i) })
			continue
		}
		read = append(read, func(ctx context.Context) error { return w.inspect(ctx, i, "") })
	}
	if !asked {
		w.failures = append(w.failures, w.noHost())
	}
	return ask, read
}

// inspect inspects the i-th published artifact.
func (w *work) inspect(ctx context.Context, i int, unpack string) (err error) {
	a := w.Published[i]
	opts := inspect.Options{Unpack: unpack, OnRead: w.opts.Progress.Read}
	if binary, ok := w.Binaries[a.Platform]; ok && a.Archive != "" {
		opts.Binary = filepath.Join(w.opts.Dist, binary.File)
	}
	w.results[i], err = inspect.Artifact(ctx, w.opts.Dist, a, opts)
	return err
}

// unpackAndAsk inspects the archive for this machine, of which there is no binary, and
// asks the plugin in it.
func (w *work) unpackAndAsk(ctx context.Context, i int) error {
	dir, err := os.MkdirTemp("", "indexgen")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	a := w.Published[i]
	path := filepath.Join(dir, strings.TrimSuffix(a.File, a.Archive))
	if err := w.inspect(ctx, i, path); err != nil {
		return err
	}
	if len(w.results[i].Problems) > 0 {
		return nil // there is no plugin to start
	}
	return w.ask(ctx, path, a.File)
}

// ask starts the binary and asks for its metadata. file is its name in messages.
func (w *work) ask(ctx context.Context, path, file string) error {
	err := pluginhost.Run(ctx, pluginhost.Config{
		Path: path, Kind: pluginhost.Kind(w.Type), Timeout: w.opts.Timeout,
	}, func(ctx context.Context, p *pluginhost.Plugin) error {
		metadata, err := p.Metadata(ctx)
		if err == nil {
			w.metadata = &metadata
		}
		return err
	})
	if fault, ok := errors.AsType[*pluginhost.Error](err); ok {
		problem := report.Problem{Where: file, Found: fault.Found, Want: fault.Want, Stderr: fault.Stderr}
		if strings.Contains(fault.Found, "permission denied") {
			problem.Hint = "make the file executable: chmod +x " + path
		}
		w.failures = append(w.failures, problem)
		return nil
	}
	return err
}

func (w *work) noHost() report.Problem {
	var platforms []string
	for _, a := range w.Published {
		platforms = append(platforms, a.Platform.String())
	}
	return report.Problem{
		Where: w.Key(),
		Found: "artifacts for " + strings.Join(platforms, ", ") + " only",
		Want:  fmt.Sprintf("one for this machine, %s, to ask the plugin for its metadata", host),
	}
}

// problems lists what is wrong with the plugin, the index's own rules aside.
func (w *work) problems() []report.Problem {
	problems := w.failures
	for _, r := range w.results {
		problems = append(problems, r.Problems...)
	}
	if want := w.opts.ExpectVersion; want != "" && w.metadata != nil && w.metadata.Version != want {
		problems = append(problems, report.Problem{
			Where: w.Key() + ": version",
			Found: fmt.Sprintf("%q in the plugin's metadata", w.metadata.Version),
			Want:  fmt.Sprintf("%q", want),
			Hint:  "set it when the plugin is linked: -ldflags '-X main.version=" + want + "'",
		})
	}
	return problems
}

func (w *work) url(a artifact.Artifact) string { return w.opts.BaseURL + "/" + url.PathEscape(a.File) }

func (w *work) summary() Plugin {
	p := Plugin{Type: w.Type, Name: w.Name, Artifacts: []Artifact{}}
	if w.metadata != nil {
		p.Version = w.metadata.Version
	}
	for i, a := range w.Published {
		p.Artifacts = append(p.Artifacts, Artifact{
			Platform: a.Platform.String(),
			File:     a.File,
			URL:      w.url(a),
			Checksum: w.results[i].SHA256,
			Size:     w.results[i].Size,
		})
	}
	return p
}
