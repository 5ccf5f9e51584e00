package inspect

import (
	"context"
	"io"
	"sync"
)

// Limits of a run, for all of its archives together. Botkube has none of them.
const (
	// MaxContents is how many bytes of archives a run unpacks, headers included: 1 GiB for each of
	// more than 60 archives.
	MaxContents = 64 << 30
	// MaxDisk is how many bytes the temporary files of a run may have, in addition to those of one
	// job.
	MaxDisk = 4 << 30
)

// Budget is what is left of the limits of a run. Several goroutines may use it at once.
type Budget struct {
	max    int64         // of the contents
	beyond chan struct{} // is full while a job may exceed disk

	mu             sync.Mutex
	contents, disk int64 // bytes that are left
}

// NewBudget returns a budget of bytes for contents and for temporary files.
func NewBudget(contents, disk int64) *Budget {
	return &Budget{max: contents, contents: contents, disk: disk, beyond: make(chan struct{}, 1)}
}

// unpack uses up n bytes of the contents.
func (b *Budget) unpack(n int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.contents -= n; b.contents < 0 {
		return &limitError{"archives that together have more than %d bytes when they are unpacked", b.max}
	}
	return nil
}

// Job is the part of a Budget that one job uses.
type Job struct {
	budget *Budget
	used   int64 // bytes of temporary files
	beyond bool
}

// Job returns the part for another job, which must call Release.
func (b *Budget) Job() *Job { return &Job{budget: b} }

// Release gives back the disk, after the job has removed its temporary files.
func (j *Job) Release() {
	j.budget.mu.Lock()
	defer j.budget.mu.Unlock()
	j.budget.disk += j.used
	if j.used = 0; j.beyond {
		j.beyond = false
		<-j.budget.beyond
	}
}

// Writer returns a writer to a temporary file. While too little disk is left, it waits until no
// other job exceeds the limit, and then exceeds it until its Release. So large files are slow, but
// never refused, and the job that others wait for does not wait itself.
func (j *Job) Writer(ctx context.Context, file io.Writer) io.Writer { return &diskWriter{ctx, j, file} }

type diskWriter struct {
	ctx  context.Context
	job  *Job
	file io.Writer
}

func (w *diskWriter) Write(p []byte) (int, error) {
	if err := w.job.reserve(w.ctx, int64(len(p))); err != nil {
		return 0, err
	}
	return w.file.Write(p)
}

func (j *Job) reserve(ctx context.Context, n int64) error {
	j.budget.mu.Lock()
	fits := j.beyond || n <= j.budget.disk
	if fits {
		j.budget.disk -= n
		j.used += n
	}
	j.budget.mu.Unlock()
	if fits {
		return nil
	}
	select {
	case j.budget.beyond <- struct{}{}:
		j.beyond = true
		return j.reserve(ctx, n)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// spend uses up the run's budget for n bytes of this archive, of which it has used up some already.
func (i *inspection) spend(n int64) error {
	more := max(0, n-i.spent)
	i.spent += more
	return i.opts.Job.budget.unpack(more)
}
