package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"syscall"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/verify"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Options defines what to mirror, and where.
type Options struct {
	// Repositories are what is selected.
	Repositories []Repository
	Layout       Layout
	// BaseURL is the URL of the mirror in LayoutHTTP: http, https or file.
	BaseURL string
	// Output is the directory of the mirror, or that of unfinished work if Registry is set.
	Output string
	// Registry is where the image is pushed to, in LayoutOCI. Without it, Output is an OCI image
	// layout.
	Registry *Registry
	// Lock is the path of the lock file.
	Lock string
	// Locked means that the mirror must be what the lock file says.
	Locked bool
	// Verify says how to download and check the files. Run sets the index and what becomes of the
	// files.
	Verify verify.Options
}

// Result is the result of Run. Nothing was written if there are Problems.
type Result struct {
	Lock    Lock
	Checks  []verify.Check
	New     int      // how many files were downloaded
	Removed []string // paths of files that were removed
	// Changed reports whether anything in the mirror is new.
	Changed  bool
	Problems problem.Limited
	Warnings problem.List
}

// Run mirrors what is selected. It returns an error if it cannot finish; the mirror then has
// what it had before, and the next run continues.
func Run(ctx context.Context, opts Options) (Result, error) {
	old, oldData, err := readLock(opts.Lock)
	if err != nil {
		return Result{}, err
	}
	if opts.Locked && oldData == nil {
		return Result{}, problem.WithHint(fmt.Errorf("found no lock file %s", opts.Lock), "run the command without --locked first, or name the file with --lock")
	}
	if text := old.otherOrigin(newLock(opts, tree{})); opts.Locked && text != "" {
		return Result{}, lockedError(text, "")
	}
	s, unfinished, release, err := open(ctx, opts, old)
	if err != nil {
		return Result{}, err
	}
	defer release()
	if opts.Registry != nil && s.unchanged(opts, old) {
		if there, err := opts.Registry.has(ctx, old.Image); there || err != nil {
			return Result{Lock: old}, err
		}
	}
	result, err := download(ctx, opts, s)
	if err != nil || result.Problems.Total() > 0 {
		return result, err
	}
	t, err := s.layout.tree(opts.Repositories, s)
	if err != nil {
		return result, err
	}
	if err := check(ctx, t); err != nil {
		return result, err
	}
	result.Lock = newLock(opts, t)
	var image ocispec.Descriptor
	if opts.Layout == LayoutOCI {
		if image, err = buildImage(ctx, filepath.Join(s.work, imageDir), t, opts.Repositories); err != nil {
			return result, err
		}
		result.Lock.Image = image.Digest.String()
	}
	text, err := result.Lock.encode()
	if err != nil {
		return result, err
	}
	if opts.Locked && string(text) != string(oldData) {
		return result, lockedError(old.difference(result.Lock), "")
	}
	switch {
	case opts.Registry != nil:
		err = opts.Registry.push(ctx, filepath.Join(s.work, imageDir), image)
	case opts.Layout == LayoutOCI:
		err = commitImage(opts.Output, s.work, image)
	default:
		// A run that continues after this point knows what may be in place.
		if err := writeFile(filepath.Join(s.work, LockFile), text, s.work); err != nil {
			return result, err
		}
		result.Removed, err = s.commit(t, slices.Concat(old.Files, unfinished.Files))
	}
	if err != nil {
		return result, err
	}
	result.Changed = string(text) != string(oldData) || result.New > 0
	temp := s.work
	if filepath.Dir(opts.Lock) != filepath.Clean(opts.Output) { // perhaps on another disk
		temp = filepath.Dir(opts.Lock)
	}
	if err := writeFile(opts.Lock, text, temp); err != nil {
		return result, err
	}
	return result, os.RemoveAll(s.work)
}

// open prepares the directory of the mirror. unfinished is the lock that an interrupted run would
// have written.
func open(ctx context.Context, opts Options, old Lock) (s *store, unfinished Lock, release func(), err error) {
	work := filepath.Join(opts.Output, workDir)
	_, gone := os.Stat(opts.Output)
	if err := os.MkdirAll(work, 0o755); err != nil {
		return nil, Lock{}, nil, err
	}
	dir, err := os.Open(work)
	if err != nil {
		return nil, Lock{}, nil, err
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		dir.Close()
		return nil, Lock{}, nil, problem.WithHint(fmt.Errorf("%s is in use: %w", work, err), "wait until the other indexgen mirror has ended")
	}
	release = func() {
		// An empty directory is of no use to the next run.
		if os.Remove(work) == nil && gone != nil {
			os.Remove(opts.Output)
		}
		dir.Close()
	}
	stale, err := filepath.Glob(filepath.Join(work, "indexgen*")) // of a process that was killed
	for _, path := range stale {
		err = errors.Join(err, os.RemoveAll(path))
	}
	if err == nil {
		unfinished, _, err = readLock(filepath.Join(work, LockFile))
	}
	if err != nil {
		release()
		return nil, Lock{}, nil, err
	}
	s = openStore(ctx, opts.Output, newLayout(opts.Layout, opts.BaseURL), unfinished, old)
	s.locked, s.onRead = opts.Locked, opts.Verify.OnRead
	if opts.Layout == LayoutOCI && opts.Registry == nil {
		if err = checkImageDir(opts.Output, old); err == nil {
			err = s.unpackImage(old)
		}
	}
	if err != nil {
		release()
	}
	return s, unfinished, release, err
}

// download brings all that is selected into the store.
func download(ctx context.Context, opts Options, s *store) (Result, error) {
	var result Result
	counted := &counter{Keeper: s}
	for _, r := range opts.Repositories {
		text, err := index.Encode(r.Index)
		if err != nil {
			return result, err
		}
		v := opts.Verify
		v.Index, v.TempDir, v.Keeper = text, s.work, counted
		found, err := verify.Run(ctx, v)
		if err != nil {
			return result, err
		}
		result.Checks = append(result.Checks, found.Checks...)
		result.Problems.Add(found.Problems.Kept...)
		result.Problems.More += found.Problems.More
		result.Warnings = append(result.Warnings, found.Warnings...)
	}
	result.New = int(counted.kept.Load())
	return result, nil
}

// unchanged reports whether a run would write the same lock file, for an image in a registry, from
// which files are not read.
func (s *store) unchanged(opts Options, old Lock) bool {
	if old.Image == "" {
		return false
	}
	s.trusted = true
	defer func() { s.trusted, s.kept = false, map[content]stored{} }()
	for _, r := range opts.Repositories {
		for f := range files(r.Index) {
			if _, ok, err := s.Has(f); !ok || err != nil {
				return false
			}
		}
	}
	t, err := s.layout.tree(opts.Repositories, s)
	if err != nil {
		return false
	}
	now := newLock(opts, t)
	now.Image = old.Image
	return reflect.DeepEqual(now, old)
}

// files iterates over the artifacts and dependencies of an index.
func files(ix index.Index) iter.Seq[verify.File] {
	return func(yield func(verify.File) bool) {
		for _, e := range ix.Entries {
			for _, a := range e.URLs {
				if f, err := verify.ArtifactFile(a); err != nil || !yield(f) {
					return
				}
				for name, d := range a.Dependencies {
					if f, err := verify.DependencyFile(name, d.URL); err != nil || !yield(f) {
						return
					}
				}
			}
		}
	}
}

// check checks the indexes that are written by Botkube's rules.
func check(ctx context.Context, t tree) error {
	for _, i := range t.indexes {
		_, found, err := index.Check(ctx, i.data)
		if err == nil {
			err = found.Problems.Kept.Err()
		}
		if err != nil {
			return fmt.Errorf("the index %s of the mirror: %w", i.path, err)
		}
	}
	return nil
}

func newLock(opts Options, t tree) Lock {
	l := Lock{Layout: opts.Layout, BaseURL: opts.BaseURL}
	for _, r := range opts.Repositories {
		for _, source := range r.Sources {
			l.Indexes = append(l.Indexes, LockedIndex{r.Name, source})
		}
	}
	for _, f := range t.files {
		source := f.file.source
		l.Files = append(l.Files, LockedFile{f.path, f.file.size, f.file.sha256, &source, f.taken})
	}
	for _, i := range t.indexes {
		l.Files = append(l.Files, LockedFile{Path: i.path, Size: int64(len(i.data)), SHA256: sha256Of(i.data)})
	}
	slices.SortFunc(l.Files, func(a, b LockedFile) int { return cmp.Compare(a.Path, b.Path) })
	return l
}

// lockedError reports what differs from the lock file.
func lockedError(found, want string) error {
	text := "found " + found
	if want != "" {
		text += ", want " + want
	}
	return problem.WithHint(fmt.Errorf("the lock file does not allow this mirror: %s", text),
		"find out why it changed; without --locked, the lock file is written again")
}

// firstDifference describes the first difference between two maps, by key, or returns "".
func firstDifference(want, now map[string]string) string {
	all := maps.Clone(want)
	maps.Copy(all, now)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if w, n := want[key], now[key]; w != n {
			name := problem.Line(key)
			return fmt.Sprintf("%s with the SHA-256 %s, want %s", name, cmp.Or(n, problem.Nothing), cmp.Or(w, problem.Nothing))
		}
	}
	return ""
}
