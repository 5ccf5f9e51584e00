// Package verify installs every plugin of an index on every platform as Botkube would, as
// far as that can be done without Botkube and the platforms.
package verify

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/fetch"
	"botkube-plugins/tools/indexgen/internal/report"
)

// Options says what to verify, and how.
type Options struct {
	// Index is the index file.
	Index []byte
	// Dist is a directory from which the artifacts are taken instead of their URLs, by
	// the last element of the URL's path, if not empty.
	Dist string
	// Platforms and Plugins narrow what is verified, if not empty. A plugin is named by its
	// name, or by its type and name as in "source/ticker".
	Platforms, Plugins []string
	// Start says whether to start the plugins for this machine.
	Start bool
	// Timeout bounds the start of a plugin and each of its answers.
	Timeout time.Duration
	// Jobs is how many artifacts are read at once. Plugins are started beside that.
	Jobs int
	// MaxUnpacked is how many bytes an archive may hold, as in inspect.Options.
	MaxUnpacked int64
	// Client downloads artifacts and dependencies.
	Client *fetch.Client
	// Progress is told how it goes.
	Progress Progress
}

// Progress is told how the verification goes.
type Progress interface {
	// Start is called once, with the number of checks.
	Start(checks int64)
	// Done is called for one check after the other, in the index's order, as soon as it and
	// those before it are done.
	Done(Check)
}

// Check is what was found out of one artifact or one dependency.
type Check struct {
	Plugin     string `json:"plugin"` // such as "source/ticker"
	Version    string `json:"version"`
	Platform   string `json:"platform"`
	Dependency string `json:"dependency,omitempty"` // its name, if it is one
	URL        string `json:"url"`
	Size       int64  `json:"size"`    // in bytes, 0 if it could not be read
	Started    bool   `json:"started"` // whether the plugin was started
	OK         bool   `json:"ok"`      // whether Botkube could install it

	entry    int  // position in the index
	faulty   bool // by the index's own rules
	html     bool // the server says that it is a page
	build    build
	problems []Problem
	warnings []Problem
}

func (c *Check) where() string {
	where := fmt.Sprintf("%s %s %s", c.Plugin, c.Version, c.Platform)
	if c.Dependency != "" {
		where += " dependency " + c.Dependency
	}
	return where
}

func (c *Check) report(p report.Problem) { c.problems = append(c.problems, Problem{p, c.URL}) }

func (c *Check) problem(found, want, hint string) {
	c.report(report.Problem{Where: c.where(), Found: found, Want: want, Hint: hint})
}

func (c *Check) warn(found, want, hint string) {
	c.warnings = append(c.warnings, Problem{report.Problem{Where: c.where(), Found: found, Want: want, Hint: hint}, c.URL})
}

// Result is what Run found. Botkube could install everything if there are no Problems.
type Result struct {
	Checks             []Check
	Problems, Warnings []Problem
}

// ErrNothing says that the index holds nothing of what was asked for.
var ErrNothing = errors.New("nothing in the index is of that plugin and platform")

// Run verifies an index. What Botkube could not install becomes a problem; all are
// reported. The error is for what kept Run from finding out. Temporary files and
// processes are gone when it returns.
func Run(ctx context.Context, opts Options) (Result, error) {
	var result Result
	ix, found := index.Check(opts.Index)
	for _, p := range found {
		if p.Entry >= 0 {
			p.Type, p.Name = index.Type(label(string(p.Type))), label(p.Name)
		}
		result.Problems = append(result.Problems, Problem{Problem: report.FromIndex(p)})
	}
	v := &verifier{
		opts: opts, found: found,
		reading: make(slots, opts.Jobs),
		// To wait for a plugin costs nothing, and a source is waited for most of the time.
		starting: make(slots, 2*opts.Jobs),
	}
	works := v.works(ix)
	if len(works) == 0 {
		if len(result.Problems) > 0 {
			return result, nil
		}
		return Result{}, ErrNothing
	}
	var err error
	if v.dir, err = os.MkdirTemp("", "indexgen"); err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(v.dir)

	opts.Progress.Start(int64(len(works)))
	var mu sync.Mutex
	done, next := make([]bool, len(works)), 0
	group, ctx := errgroup.WithContext(ctx)
	for i, w := range works {
		group.Go(func() error {
			if err := w.run(ctx, w.check); err != nil {
				return err
			}
			w.check.OK = len(w.check.problems) == 0 && !w.check.faulty
			mu.Lock()
			defer mu.Unlock()
			done[i] = true
			for ; next < len(works) && done[next]; next++ {
				opts.Progress.Done(*works[next].check)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return Result{}, err
	}
	for _, w := range works {
		result.Checks = append(result.Checks, *w.check)
		result.Problems = append(result.Problems, w.check.problems...)
		result.Warnings = append(result.Warnings, w.check.warnings...)
	}
	result.Problems = append(result.Problems, disagreements(result.Checks)...)
	result.Warnings = append(result.Warnings, shadowed(ix)...)
	return result, nil
}

// verifier holds what all checks share.
type verifier struct {
	opts              Options
	dir               string         // temporary
	found             index.Problems // by the index's own rules
	reading, starting slots
}

// slots bounds how much is done at once.
type slots chan struct{}

func (s slots) take(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s slots) give() { <-s }

type work struct {
	check *Check
	run   func(context.Context, *Check) error
}

// works lists what there is to check. A dependency that several platforms or plugins
// share is checked once.
func (v *verifier) works(ix index.Index) []work {
	var works []work
	seen := map[string]bool{}
	for i, entry := range ix.Entries {
		for j, a := range entry.URLs {
			if !v.selected(entry, a.Platform) {
				continue
			}
			field := fmt.Sprintf("urls[%d].", j)
			base := Check{
				entry: i, Plugin: label(string(entry.Type)) + "/" + label(entry.Name), Version: label(entry.Version),
				Platform: label(a.Platform.String()),
			}
			check := base
			check.URL, check.faulty = a.URL, v.faulty(i, field) || v.faulty(i, "")
			works = append(works, work{&check, func(ctx context.Context, c *Check) error {
				if v.faulty(i, field+"url") {
					return nil
				}
				return v.artifact(ctx, c, entry, a, !v.faulty(i, field+"checksum"))
			}})
			for name, dependency := range sorted(a.Dependencies) {
				if key := name + " " + dependency.URL; !seen[key] {
					seen[key] = true
					check := base
					check.Dependency, check.URL = label(name), dependency.URL
					check.faulty = v.faulty(i, fmt.Sprintf("%sdependencies[%q]", field, name))
					works = append(works, work{&check, func(ctx context.Context, c *Check) error {
						if c.faulty {
							return nil
						}
						return v.dependency(ctx, c, name)
					}})
				}
			}
		}
	}
	return works
}

// faulty tells whether the index itself is wrong in an entry's field, which begins as
// given; or, without a field, in what all artifacts of the entry share.
func (v *verifier) faulty(entry int, field string) bool {
	return slices.ContainsFunc(v.found, func(p index.Problem) bool {
		if field == "" {
			return p.Entry == -1 || p.Entry == entry && !strings.HasPrefix(p.Field, "urls[")
		}
		return p.Entry == entry && strings.HasPrefix(p.Field, field)
	})
}

// sorted iterates over dependencies by name.
func sorted(dependencies index.Dependencies) iter.Seq2[string, index.Dependency] {
	return func(yield func(string, index.Dependency) bool) {
		for _, name := range slices.Sorted(maps.Keys(dependencies)) {
			if !yield(name, dependencies[name]) {
				return
			}
		}
	}
}

func (v *verifier) selected(e index.Entry, p index.Platform) bool {
	plugins, platforms := v.opts.Plugins, v.opts.Platforms
	return (len(plugins) == 0 || slices.Contains(plugins, e.Name) || slices.Contains(plugins, string(e.Type)+"/"+e.Name)) &&
		(len(platforms) == 0 || slices.Contains(platforms, p.String()))
}

// host is the platform whose plugins can be started here.
var host = index.Platform{OS: runtime.GOOS, Arch: runtime.GOARCH}
