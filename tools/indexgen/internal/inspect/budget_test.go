package inspect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"

	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/inspect"

	"github.com/google/go-cmp/cmp"
)

// Archives use up the contents of a budget together: the headers of a tar archive, too.
func TestBudgetOfContents(t *testing.T) {
	headers := tarball(t, file{"x", nil})
	for name, test := range map[string]struct {
		archive string
		data    []byte
		size    int64
	}{
		"tar":     {".tar", tarball(t, file{"x", make([]byte, 1e6)}), 1e6},
		"headers": {".tar", headers, int64(len(headers))},
		"zip":     {".zip", zipped(t, file{"x", make([]byte, 1e6)}), 1e6},
	} {
		subject := inspect.Subject{Archive: test.archive, File: "y"}
		budget := inspect.NewBudget(5*test.size/2, 1<<30)
		limit := problem.Problem{
			Where: "it", Want: ownLimit(5 * test.size / 2),
			Found: fmt.Sprintf("archives that together have more than %d bytes when they are unpacked", 5*test.size/2),
		}
		for n := range 3 {
			got := stream(t, test.data, subject, inspect.Options{Job: budget.Job()})
			if refused := cmp.Equal(got, problem.List{limit}); refused != (n == 2) {
				t.Errorf("%s: archive %d of 3: found %v", name, n+1, got)
			}
		}
	}
}

// While the disk does not suffice, one job may use more. The others wait for its end, or for that of
// their context.
func TestBudgetOfDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := inspect.NewBudget(0, 100)
		write := func(ctx context.Context, j *inspect.Job, n int) error {
			_, err := j.Writer(ctx, io.Discard).Write(make([]byte, n))
			return err
		}
		first, second, third := budget.Job(), budget.Job(), budget.Job()
		check(t, write(t.Context(), first, 100))
		check(t, write(t.Context(), second, 1)) // exceeds the limit
		check(t, write(t.Context(), second, 1000))
		interrupted := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		waits := func(ctx context.Context, j *inspect.Job) chan error {
			t.Helper()
			done := make(chan error, 1)
			go func() { done <- write(ctx, j, 1) }()
			if synctest.Wait(); len(done) > 0 {
				t.Error("a second job exceeds the limit")
			}
			return done
		}
		done := waits(ctx, third)
		cancel(interrupted)
		if err := <-done; !errors.Is(err, interrupted) {
			t.Errorf("found error %v, want %v", err, interrupted)
		}
		done = waits(t.Context(), first)
		second.Release()
		check(t, <-done)
		first.Release()
		check(t, write(t.Context(), third, 100))
	})
}
