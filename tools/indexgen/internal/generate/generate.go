// Package generate builds a plugin index from a directory of built plugins.
package generate

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/inspect"
	"botkube-plugins/tools/indexgen/internal/schedule"
)

// Options defines what to generate the index from.
type Options struct {
	// Dist is the directory of the artifacts.
	Dist string
	// BaseURL is the absolute URL, without a trailing slash, below which the artifacts are
	// published under their file names.
	BaseURL string
	// Form selects the artifacts that are published.
	Form artifact.Form
	// ExpectVersion is the version that every plugin must have, as Botkube compares versions,
	// or empty for any.
	ExpectVersion string
	// Dependencies are the dependencies in Dist.
	Dependencies []Dependency
	// Timeout limits the start of a plugin and each of its answers.
	Timeout time.Duration
	// Jobs is how many files are read at once. Twice as many plugins may run at the same time.
	Jobs int
	// Sandbox confines the plugins, as in pluginhost.Config.
	Sandbox bool
	// Budget limits what all archives may use together. nil means the limits of inspect.
	Budget *inspect.Budget
	// Progress shows how many bytes have been read.
	Progress schedule.Progress
	// Done is called for each plugin in the order of the index, as soon as that plugin and those
	// before it are done. The calls do not overlap.
	Done func(Plugin)
}

// Plugin is the result for one plugin.
type Plugin struct {
	Type      index.Type `json:"type"`
	Name      string     `json:"name"`
	Version   string     `json:"version"`
	Artifacts []Artifact `json:"artifacts"`
}

// Artifact is the published file of a plugin for one platform.
type Artifact struct {
	Platform string `json:"platform"`
	File     string `json:"file"`
	URL      string `json:"url"`
	Checksum string `json:"checksum"` // SHA-256, hexadecimal
	Size     int64  `json:"size"`     // in bytes
	// Dependencies are those in the directory, not those that the plugin names itself.
	Dependencies []DependencyFile `json:"dependencies,omitempty"`
}

// Result is what Run generates.
type Result struct {
	// Index is the content of the index file. It is complete and valid if there are no
	// Problems.
	Index    []byte
	Plugins  []Plugin
	Problems problem.List
}

// Run finds the artifacts, asks each plugin for its metadata and generates the index. One run
// reports everything that Botkube cannot install. Run returns an error if it cannot finish, for
// example because of an unreadable file or a context that ended, and the problems that it has found
// until then. No plugin process is left when it returns.
func Run(ctx context.Context, opts Options) (Result, error) {
	artifacts, problems, err := artifact.Find(opts.Dist)
	if err != nil {
		return Result{}, err
	}
	result := Result{Problems: problems}
	if len(artifacts) == 0 && len(problems) == 0 {
		result.Problems = problem.List{{
			Where: opts.Dist,
			Found: "no plugin in this directory",
			Want:  "files named " + artifact.Rule,
			Hint:  "build the plugins first, or name their directory with --dist",
		}}
		return result, nil
	}
	plugins, problems := artifact.Group(artifacts, opts.Form)
	result.Problems = append(result.Problems, problems...)

	if opts.Budget == nil {
		opts.Budget = inspect.NewBudget(inspect.MaxContents, inspect.MaxDisk)
	}
	works := make([]*work, len(plugins))
	for i, p := range plugins {
		works[i] = &work{Plugin: p, opts: opts, results: make([]inspect.Result, len(p.Published))}
	}
	result.Problems = append(result.Problems, addDependencies(works, opts)...)
	err = runAll(ctx, works, opts)
	for _, w := range works {
		result.Problems = append(result.Problems, w.problems()...)
	}
	if err != nil {
		return Result{Problems: result.Problems}, err
	}
	var ix index.Index
	for _, w := range works {
		result.Plugins = append(result.Plugins, w.summary())
		if w.described != nil && len(w.Published) > 0 {
			ix.Entries = append(ix.Entries, w.entry())
		}
	}
	if len(ix.Entries) == 0 {
		return result, nil
	}
	text, err := index.Encode(ix)
	if err != nil {
		return result, err
	}
	result.Index = append([]byte(editorLine(opts.BaseURL)), text...)
	_, found, err := index.Check(ctx, result.Index) // as Botkube reads it
	if err != nil {
		return result, err
	}
	for _, p := range found.Problems.Kept {
		// An index with problems is not written, so its line numbers would mean nothing.
		if _, field, ok := strings.Cut(p.Field, "]."); ok {
			p.Field = field
		}
		p.Line, p.Column = 0, 0
		result.Problems = append(result.Problems, p)
	}
	if more := found.Problems.More; more > 0 {
		result.Problems = append(result.Problems, problem.Problem{
			Where: "index", Found: problem.Count(more, "more problem"), Want: "an index that Botkube can install",
		})
	}
	return result, nil
}

// runAll asks all plugins and inspects all their published artifacts concurrently.
func runAll(ctx context.Context, works []*work, opts Options) error {
	var total int64
	units := make([][]schedule.Step, len(works))
	for i, w := range works {
		units[i] = w.steps()
		for _, file := range w.files() {
			if info, err := os.Stat(filepath.Join(opts.Dist, file)); err == nil {
				total += info.Size()
			}
		}
	}
	opts.Progress.Start(total)
	return schedule.Run(ctx, opts.Jobs, units, func(i int) { opts.Done(works[i].summary()) })
}

// work is the work on one plugin.
type work struct {
	artifact.Plugin
	opts Options

	described *description
	failures  problem.List
	results   []inspect.Result // of Published, in that order
	bundled   []*bundled
}

// files returns the names of the files that are published.
func (w *work) files() []string {
	var files []string
	for _, a := range w.Published {
		files = append(files, a.File)
	}
	for _, b := range w.bundled {
		files = append(files, b.file)
	}
	return files
}

// steps returns the steps of the work, which are independent of each other. One asks the plugin,
// the others read its published artifacts and dependencies.
func (w *work) steps() []schedule.Step {
	var steps []schedule.Step
	binary, asked := w.Binaries[index.Host()]
	if asked {
		steps = append(steps, func(ctx context.Context, slot *schedule.Slot) error {
			return w.ask(ctx, slot, filepath.Join(w.opts.Dist, binary.File), binary.File)
		})
	}
	for i, a := range w.Published {
		if !asked && a.Platform == index.Host() {
			asked = true
			steps = append(steps, func(ctx context.Context, slot *schedule.Slot) error { return w.unpackAndAsk(ctx, slot, i) })
			continue
		}
		steps = append(steps, func(ctx context.Context, _ *schedule.Slot) error {
			return w.inspect(ctx, i, "", w.opts.Budget.Job()) // uses no disk
		})
	}
	for _, b := range w.bundled {
		steps = append(steps, func(ctx context.Context, _ *schedule.Slot) (err error) {
			b.result, err = b.inspect(ctx, w.opts)
			return err
		})
	}
	if !asked {
		w.failures = append(w.failures, w.noHost())
	}
	return steps
}

// inspect inspects the i-th published artifact.
func (w *work) inspect(ctx context.Context, i int, unpack string, job *inspect.Job) error {
	a := w.Published[i]
	opts := inspect.Options{Unpack: unpack, Job: job, OnRead: w.opts.Progress.Advance}
	if binary, ok := w.Binaries[a.Platform]; ok && a.Archive != "" {
		opts.Binary = filepath.Join(w.opts.Dist, binary.File)
	}
	var err error
	w.results[i], err = inspect.Artifact(ctx, w.opts.Dist, a, opts)
	return err
}

// unpackAndAsk inspects the archive for this machine and asks the plugin in it. It is for a plugin
// without a binary for this machine.
func (w *work) unpackAndAsk(ctx context.Context, slot *schedule.Slot, i int) error {
	job := w.opts.Budget.Job()
	defer job.Release()
	dir, err := os.MkdirTemp("", "indexgen")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	a := w.Published[i]
	path := filepath.Join(dir, artifact.FileName(a.Type, a.Name, a.Platform))
	if err := w.inspect(ctx, i, path, job); err != nil {
		return err
	}
	if len(w.results[i].Problems) > 0 {
		return nil // there is no plugin to start
	}
	return w.ask(ctx, slot, path, a.File)
}

// ask starts the binary and asks for its metadata. file is the name of the binary in problems.
func (w *work) ask(ctx context.Context, slot *schedule.Slot, path, file string) error {
	config := pluginhost.Config{Path: path, Kind: pluginhost.Kind(w.Type), Timeout: w.opts.Timeout, Sandbox: w.opts.Sandbox}
	err := slot.Wait(ctx, func(ctx context.Context) error {
		return pluginhost.Run(ctx, config, func(ctx context.Context, p *pluginhost.Plugin) error {
			md, err := p.Metadata(ctx)
			if err == nil {
				w.described = &description{Entry(w.Type, w.Name, md), func(p index.Platform) index.Dependencies { return Dependencies(p, md) }}
			}
			return err
		})
	})
	if fault, ok := errors.AsType[problem.Problem](err); ok {
		fault.Where = file
		if strings.Contains(fault.Found, "permission denied") {
			fault.Hint = "make the file executable: chmod +x " + path
		}
		w.failures = append(w.failures, fault)
		return nil
	}
	return err
}

func (w *work) noHost() problem.Problem {
	var platforms []string
	for _, a := range w.Published {
		platforms = append(platforms, a.Platform.String())
	}
	return problem.Problem{
		Where: w.Key(),
		Found: "artifacts for " + strings.Join(platforms, ", ") + " only",
		Want:  fmt.Sprintf("one for this machine, %s, to ask the plugin for its metadata", index.Host()),
	}
}

// problems lists the problems of the plugin, except those that the rules of the index report.
func (w *work) problems() problem.List {
	problems := w.failures
	for _, r := range w.results {
		problems = append(problems, r.Problems...)
	}
	for _, b := range w.bundled {
		problems = append(problems, b.result.Problems...)
		if w.described != nil {
			problems = append(problems, w.contradictions(b)...)
		}
	}
	if want := w.opts.ExpectVersion; want != "" && w.described != nil && !index.SameVersion(w.described.entry.Version, want) {
		problems = append(problems, problem.Problem{
			Where: w.Key(), Field: "version",
			Found: fmt.Sprintf("%q in the plugin's metadata", w.described.entry.Version),
			Want:  fmt.Sprintf("%q", want),
			Hint:  "set it when the plugin is linked: -ldflags '-X main.version=" + want + "'",
		})
	}
	return problems
}

func (o Options) url(file string) string { return o.BaseURL + "/" + url.PathEscape(file) }

func (w *work) summary() Plugin {
	p := Plugin{Type: w.Type, Name: w.Name, Artifacts: []Artifact{}}
	if w.described != nil {
		p.Version = w.described.entry.Version
	}
	for i, a := range w.Published {
		p.Artifacts = append(p.Artifacts, Artifact{
			Platform: a.Platform.String(),
			File:     a.File,
			URL:      w.opts.url(a.File),
			Checksum: w.results[i].SHA256,
			Size:     w.results[i].Size,

			Dependencies: w.dependencyFiles(a.Platform),
		})
	}
	return p
}
