//go:build unix

package run

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"botkube-plugins/internal/problem"
)

func TestCheckEndsWithItsContext(t *testing.T) {
	interrupt := errors.New("interrupt")
	for name, test := range map[string]struct {
		after time.Duration
		want  error
	}{
		"too slow":    {time.Hour, errSlow},
		"interrupted": {time.Second, interrupt},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			time.AfterFunc(test.after, func() { cancel(interrupt) })
			problems, err := check(ctx, func(ctx context.Context) (problem.List, error) {
				<-ctx.Done()
				return nil, context.Cause(ctx)
			})
			if len(problems) > 0 || !errors.Is(err, test.want) {
				t.Errorf("%s: found %v, %v, want %v", name, problems, err, test.want)
			}
		})
	}
}
