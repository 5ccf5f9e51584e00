// Package verify checks that Botkube can install every plugin of an index on every platform. It
// repeats Botkube's steps as far as that is possible without Botkube and the platforms.
package verify

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/gogetter"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/fetch"
	"botkube-plugins/tools/indexgen/internal/inspect"
	"botkube-plugins/tools/indexgen/internal/schedule"
)

// Options defines what to verify, and how.
type Options struct {
	// Index is the index file.
	Index []byte
	// Dist is a directory with the artifacts and the dependencies that are published next to them,
	// each named by the last element of its URL's path. If Dist is empty, they are downloaded.
	Dist string
	// Platforms and Plugins limit what is verified, if they are not empty. A plugin is a name, or a
	// type and name such as "source/ticker".
	Platforms, Plugins []string
	// Start enables starting the plugins for this machine, and those of Exec.
	Start bool
	// Exec has the commands that run plugins for other platforms, by platform, as in
	// pluginhost.Config.
	Exec map[string][]string
	// RequireStart are the platforms of which at least one plugin must be started.
	RequireStart []string
	// Sandbox confines the plugins, as in pluginhost.Config.
	Sandbox bool
	// Timeout limits the start of a plugin and each of its answers.
	Timeout time.Duration
	// Jobs is how many artifacts are read at once. Twice as many plugins may run at the same time.
	Jobs int
	// Budget limits what all archives may use together. nil means the limits of inspect.
	Budget *inspect.Budget
	// Client downloads artifacts and dependencies.
	Client *fetch.Client
	// Header returns the header to request an artifact or a dependency with. It may be nil.
	Header func(url string) http.Header
	// TempDir is the directory for temporary files, or empty for the system's.
	TempDir string
	// Keeper receives the files that Botkube can install. If it is nil, they are removed.
	Keeper Keeper
	// OnRead is called with the number of bytes of each read of an artifact or a dependency. It may
	// be nil.
	OnRead func(n int)
	// Progress shows the number of finished checks.
	Progress schedule.Progress
	// Done is called for each check in the order of the index, as soon as that check and those
	// before it are done. The calls do not overlap.
	Done func(Check)
}

// Check is the result for one artifact or one dependency.
type Check struct {
	Plugin     string `json:"plugin"` // such as "source/ticker"
	Version    string `json:"version"`
	Platform   string `json:"platform"`
	Dependency string `json:"dependency,omitempty"` // its name, if it is one
	URL        string `json:"url"`
	Checksum   string `json:"checksum,omitempty"` // of the file, SHA-256, hexadecimal
	Size       int64  `json:"size"`               // in bytes, 0 if it could not be read
	Started    bool   `json:"started"`            // whether the plugin was started
	OK         bool   `json:"ok"`                 // whether Botkube can install it

	entry    int  // the position of its entry in the index
	faulty   bool // by the rules of the index
	inDist   bool // whether Options.Dist, if there is one, has the file
	html     bool // the server calls it HTML
	headers  bool // whether requests may have headers
	build    build
	job      *inspect.Job
	problems problem.List
	// temporary is how many of the problems are downloads that another try may not fail.
	temporary int
	warnings  problem.List
}

func (c *Check) where() string {
	where := fmt.Sprintf("%s %s %s", c.Plugin, c.Version, c.Platform)
	if c.Dependency != "" {
		where += " dependency " + c.Dependency
	}
	return where
}

// report adds a problem of the artifact or dependency.
func (c *Check) report(p problem.Problem) {
	p.Where, p.URL = c.where(), c.URL
	c.problems = append(c.problems, p)
}

// undownloaded adds the problem of a download that failed.
func (c *Check) undownloaded(err remoteError, found string) {
	if err.temporary {
		c.temporary++
	}
	c.report(problem.Problem{Found: found, Want: "a file that can be downloaded", Hint: c.hint(err)})
}

// warn adds a problem that does not prevent Botkube from installing it.
func (c *Check) warn(p problem.Problem) {
	p.Where, p.URL = c.where(), c.URL
	c.warnings = append(c.warnings, p)
}

// Result is the result of Run. Botkube can install everything if there are no Problems.
type Result struct {
	Checks   []Check
	Problems problem.Limited
	// Temporary is how many of the Problems do not show that Botkube cannot install something: the
	// download may succeed another time, by fetch.Permanent.
	Temporary int
	Warnings  problem.Limited
}

// ErrNothing reports that nothing in the index matches Platforms and Plugins.
var ErrNothing = errors.New("the index has no such plugin for such a platform")

// Run verifies an index and reports everything that Botkube cannot install. It returns an error if
// it cannot finish, and the problems that it has found until then. No temporary file and no process is left when it returns.
func Run(ctx context.Context, opts Options) (Result, error) {
	ix, found, err := index.Check(ctx, opts.Index)
	if err != nil {
		return Result{}, err
	}
	result := Result{Problems: found.Problems, Warnings: found.Warnings}
	if result.Problems.More > 0 {
		return result, nil // it is not known which artifacts are faulty
	}
	if opts.Budget == nil {
		opts.Budget = inspect.NewBudget(inspect.MaxContents, inspect.MaxDisk)
	}
	v := &verifier{opts: opts, found: found.Problems.Kept}
	works := v.works(ix)
	if len(works) == 0 {
		if result.Problems.Total() > 0 {
			return result, nil
		}
		return Result{}, ErrNothing
	}
	if v.dir, err = os.MkdirTemp(opts.TempDir, "indexgen"); err != nil {
		return result, err
	}
	defer os.RemoveAll(v.dir)

	opts.Progress.Start(int64(len(works)))
	units := make([][]schedule.Step, len(works))
	for i, w := range works {
		units[i] = []schedule.Step{func(ctx context.Context, slot *schedule.Slot) error {
			w.check.job = opts.Budget.Job()
			defer w.check.job.Release()
			return w.step(ctx, slot)
		}}
	}
	err = schedule.Run(ctx, opts.Jobs, units, func(i int) {
		opts.Done(*works[i].check)
		opts.Progress.Advance(1)
	})
	for _, w := range works {
		result.Checks = append(result.Checks, *w.check)
		result.Problems.Add(w.check.problems...)
		result.Temporary += w.check.temporary
		result.Warnings.Add(w.check.warnings...)
	}
	if err != nil {
		return result, err
	}
	result.Problems.Add(disagreements(result.Checks)...)
	result.Problems.Add(notStarted(result.Checks, opts.RequireStart)...)
	if opts.Keeper == nil { // which may well keep several versions
		result.Warnings.Add(shadowed(ix)...)
	}
	return result, nil
}

// verifier holds what all checks share.
type verifier struct {
	opts  Options
	dir   string       // temporary
	found problem.List // by the rules of the index
}

// work is a check and the step that performs it.
type work struct {
	check *Check
	run   func(context.Context, *schedule.Slot, *Check) error
}

func (w work) step(ctx context.Context, slot *schedule.Slot) error {
	if err := w.run(ctx, slot, w.check); err != nil {
		return err
	}
	w.check.OK = len(w.check.problems) == 0 && !w.check.faulty
	return nil
}

// works lists the checks. A dependency that several platforms or plugins share is checked once.
func (v *verifier) works(ix index.Index) []work {
	var works []work
	seen := map[string]bool{}
	for i, entry := range ix.Entries {
		for j, a := range entry.URLs {
			if !v.selected(entry, a.Platform) {
				continue
			}
			path := index.ArtifactPath(i, j)
			base := Check{
				headers: v.opts.Header != nil,
				entry:   i, Plugin: entry.Label(), Version: problem.Label(entry.Version), Platform: problem.Label(a.Platform.String()),
			}
			check := base
			check.URL, check.faulty, check.inDist = a.URL, v.faulty(path+".") || v.faultyEntry(i), true
			works = append(works, work{&check, func(ctx context.Context, slot *schedule.Slot, c *Check) error {
				if v.faulty(path + ".url") {
					return nil
				}
				return v.artifact(ctx, slot, c, entry, a, !v.faulty(path+".checksum"))
			}})
			for name, dependency := range sorted(a.Dependencies) {
				if key := name + " " + dependency.URL; !seen[key] {
					seen[key] = true
					check := base
					check.Dependency, check.URL = problem.Label(name), dependency.URL
					check.faulty, check.inDist = v.faulty(index.DependencyPath(i, j, name)), siblings(a.URL, dependency.URL)
					works = append(works, work{&check, func(ctx context.Context, _ *schedule.Slot, c *Check) error {
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

// siblings reports whether two URLs differ only in the name of the file.
func siblings(a, b string) bool {
	x, err := gogetter.Parse(a)
	if err != nil {
		return false
	}
	y, err := gogetter.Parse(b)
	return err == nil && directory(x) == directory(y)
}

func directory(d gogetter.Download) string {
	before, _, _ := strings.Cut(d.URL, "?")
	return before[:strings.LastIndex(before, "/")+1]
}

// faulty reports whether the index breaks its own rules in a field that begins with path.
func (v *verifier) faulty(path string) bool {
	return slices.ContainsFunc(v.found, func(p problem.Problem) bool { return strings.HasPrefix(p.Field, path) })
}

// faultyEntry reports whether the index breaks its own rules in the fields that all artifacts of an
// entry share.
func (v *verifier) faultyEntry(entry int) bool {
	path := fmt.Sprintf("entries[%d].", entry)
	return slices.ContainsFunc(v.found, func(p problem.Problem) bool {
		return !strings.HasPrefix(p.Field, "entries[") || strings.HasPrefix(p.Field, path) && !strings.HasPrefix(p.Field, path+"urls[")
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
	return (len(plugins) == 0 || slices.Contains(plugins, e.Name) || slices.Contains(plugins, e.Key())) &&
		(len(platforms) == 0 || slices.Contains(platforms, p.String()))
}
