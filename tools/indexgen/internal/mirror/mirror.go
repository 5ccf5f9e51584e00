package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/inspect"
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
	verify.Result
	Lock    Lock
	New     int      // how many files were downloaded
	Removed []string // paths of files that were removed
	// Changed reports whether anything in the mirror is new.
	Changed bool
}

// Run mirrors what is selected. It returns an error if it cannot finish; the mirror then has
// what it had before, and the next run continues.
func Run(ctx context.Context, opts Options) (Result, error) {
	m := &mirroring{opts: opts}
	if err := m.readLock(); err != nil {
		return Result{}, err
	}
	release, err := m.open(ctx)
	if err != nil {
		return Result{}, err
	}
	defer release()
	if there, err := m.inRegistry(ctx); there || err != nil {
		return Result{Lock: m.old}, err
	}
	result, err := m.download(ctx)
	if err != nil || result.Problems.Total() > 0 {
		return result, err
	}
	t, err := m.store.layout.tree(opts.Repositories, m.store)
	if err == nil {
		err = check(ctx, t)
	}
	if err != nil {
		return result, err
	}
	if err := m.put(ctx, t, &result); err != nil {
		return result, err
	}
	return result, os.RemoveAll(m.store.work)
}

// mirroring is a run.
type mirroring struct {
	opts    Options
	old     Lock
	oldText []byte // of the lock file; nil if there is none
	// unfinished is the lock that an interrupted run would have written.
	unfinished Lock
	store      *store
}

// readLock reads the lock file, and compares it with the indexes if the mirror is locked.
func (m *mirroring) readLock() (err error) {
	if m.old, m.oldText, err = readLock(m.opts.Lock); err != nil || !m.opts.Locked {
		return err
	}
	if m.oldText == nil {
		return problem.WithHint(fmt.Errorf("found no lock file %s", m.opts.Lock), "run the command without --locked first, or name the file with --lock")
	}
	if text := m.old.otherOrigin(newLock(m.opts, tree{})); text != "" {
		return lockedError(text, "")
	}
	return nil
}

// open prepares the directory of the mirror. The caller must call release.
func (m *mirroring) open(ctx context.Context) (release func(), err error) {
	work := filepath.Join(m.opts.Output, workDir)
	_, gone := os.Stat(m.opts.Output)
	if err := os.MkdirAll(work, 0o755); err != nil {
		return nil, err
	}
	dir, err := os.Open(work)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		dir.Close()
		return nil, problem.WithHint(fmt.Errorf("%s is in use: %w", work, err), "wait until the other indexgen mirror has ended")
	}
	release = func() {
		// An empty directory is of no use to the next run.
		if os.Remove(work) == nil && gone != nil {
			os.Remove(m.opts.Output)
		}
		dir.Close()
	}
	if err := m.openStore(ctx, work); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// openStore finds what the mirror and an interrupted run have.
func (m *mirroring) openStore(ctx context.Context, work string) error {
	stale, err := filepath.Glob(filepath.Join(work, "indexgen*")) // of a process that was killed
	for _, path := range stale {
		err = errors.Join(err, os.RemoveAll(path))
	}
	if err != nil {
		return err
	}
	if m.unfinished, _, err = readLock(filepath.Join(work, LockFile)); err != nil {
		return err
	}
	m.store = openStore(ctx, m.opts.Output, newLayout(m.opts.Layout, m.opts.BaseURL), m.unfinished, m.old)
	m.store.locked, m.store.onRead = m.opts.Locked, m.opts.Verify.OnRead
	if m.opts.Layout != LayoutOCI || m.opts.Registry != nil {
		return nil
	}
	if err := checkImageDir(m.opts.Output, m.old); err != nil {
		return err
	}
	return m.store.unpackImage(m.old)
}

// inRegistry reports whether the registry has the image of the lock file, and a run would write the
// same.
func (m *mirroring) inRegistry(ctx context.Context) (bool, error) {
	if m.opts.Registry == nil || !m.store.unchanged(m.opts, m.old) {
		return false, nil
	}
	return m.opts.Registry.has(ctx, m.old.Image)
}

// download brings all that is selected into the store.
func (m *mirroring) download(ctx context.Context) (result Result, err error) {
	counted := &counter{Keeper: m.store}
	if m.opts.Verify.Budget == nil {
		m.opts.Verify.Budget = inspect.NewBudget(inspect.MaxContents, inspect.MaxDisk)
	}
	for _, r := range m.opts.Repositories {
		v := m.opts.Verify
		v.TempDir, v.Keeper = m.store.work, counted
		if v.Index, err = index.Encode(r.Index); err != nil {
			return result, err
		}
		found, err := verify.Run(ctx, v)
		result.Checks = append(result.Checks, found.Checks...)
		result.Problems.Add(found.Problems.Kept...)
		result.Problems.More += found.Problems.More
		result.Temporary += found.Temporary
		result.Warnings.Add(found.Warnings.Kept...)
		result.Warnings.More += found.Warnings.More
		result.New = int(counted.kept.Load())
		if err != nil {
			return result, err
		}
	}
	return result, nil
}

// put builds what the mirror must have, compares it with the lock file if the mirror is locked, and
// puts it into place, the lock file last.
func (m *mirroring) put(ctx context.Context, t tree, result *Result) (err error) {
	result.Lock = newLock(m.opts, t)
	dir := filepath.Join(m.store.work, imageDir)
	var image ocispec.Descriptor
	if m.opts.Layout == LayoutOCI {
		if image, err = buildImage(ctx, dir, t, m.opts.Repositories); err != nil {
			return err
		}
		result.Lock.Image = image.Digest.String()
	}
	text, err := result.Lock.encode()
	if err != nil {
		return err
	}
	same := bytes.Equal(text, m.oldText)
	if m.opts.Locked && !same {
		return lockedError(m.old.difference(result.Lock), "")
	}
	switch {
	case m.opts.Registry != nil:
		err = m.opts.Registry.push(ctx, dir, image)
	case m.opts.Layout == LayoutOCI:
		err = commitImage(m.opts.Output, m.store.work, image)
	default:
		// A run that continues after this point knows what may be in place.
		if err := writeFile(filepath.Join(m.store.work, LockFile), text, m.store.work); err != nil {
			return err
		}
		result.Removed, err = m.store.commit(t, slices.Concat(m.old.Files, m.unfinished.Files))
	}
	if err != nil {
		return err
	}
	result.Changed = !same || result.New > 0
	temp := m.store.work
	if filepath.Dir(m.opts.Lock) != filepath.Clean(m.opts.Output) { // perhaps on another disk
		temp = filepath.Dir(m.opts.Lock)
	}
	return writeFile(m.opts.Lock, text, temp)
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
