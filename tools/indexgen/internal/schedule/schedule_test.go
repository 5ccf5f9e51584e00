package schedule_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"botkube-plugins/tools/indexgen/internal/schedule"
)

func nothing(context.Context, *schedule.Slot) error { return nil }

func sleep(d time.Duration) schedule.Step {
	return func(context.Context, *schedule.Slot) error {
		time.Sleep(d)
		return nil
	}
}

func TestRunStopsAtTheFirstError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		fail := func(context.Context, *schedule.Slot) error { return broken }
		hang := func(ctx context.Context, slot *schedule.Slot) error {
			return slot.Wait(ctx, func(ctx context.Context) error {
				<-ctx.Done()
				return context.Cause(ctx)
			})
		}
		never := func(context.Context, *schedule.Slot) error {
			t.Error("a step was started after one has failed")
			return nil
		}
		var done []int
		err := schedule.Run(t.Context(), 1, [][]schedule.Step{{nothing}, {hang, never}, {sleep(time.Second)}, {fail}, {never}},
			func(unit int) { done = append(done, unit) })
		if !errors.Is(err, broken) {
			t.Errorf("found the error %v, want %v", err, broken)
		}
		if !slices.Equal(done, []int{0}) {
			t.Errorf("found that %v are done, want only 0", done)
		}
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		interrupted := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(interrupted) })
		units := [][]schedule.Step{{sleep(time.Minute)}, {sleep(time.Minute)}} // one of them waits for a slot
		if err := schedule.Run(ctx, 1, units, func(int) {}); !errors.Is(err, interrupted) {
			t.Errorf("found the error %v, want %v", err, interrupted)
		}
	})
}

func TestDoneIsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var done []int
		units := [][]schedule.Step{{}, {sleep(3 * time.Second), sleep(time.Second)}, {nothing}, {}, {sleep(4 * time.Second)}, {nothing}}
		var at []time.Duration
		start := time.Now()
		err := schedule.Run(t.Context(), 10, units, func(unit int) {
			done = append(done, unit)
			at = append(at, time.Since(start))
		})
		if err != nil {
			t.Error(err)
		}
		if want := []int{0, 1, 2, 3, 4, 5}; !slices.Equal(done, want) {
			t.Errorf("found the order %v, want %v", done, want)
		}
		// A unit is reported as soon as it and the units before it have ended.
		if want := []time.Duration{0, 3e9, 3e9, 3e9, 4e9, 4e9}; !slices.Equal(at, want) {
			t.Errorf("found that they are done at %v, want %v", at, want)
		}
	})
}

// Two steps work and four wait, regardless of the number of units.
func TestSlotsLimitSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var working, waiting, mostWorking, mostWaiting atomic.Int32
		during := func(n, most *atomic.Int32, d time.Duration) {
			most.Store(max(most.Load(), n.Add(1)))
			time.Sleep(d)
			n.Add(-1)
		}
		step := func(ctx context.Context, slot *schedule.Slot) error {
			during(&working, &mostWorking, time.Second)
			return slot.Wait(ctx, func(context.Context) error {
				during(&waiting, &mostWaiting, time.Minute)
				return nil
			})
		}
		units := slices.Repeat([][]schedule.Step{{step}}, 20)
		if err := schedule.Run(t.Context(), 2, units, func(int) {}); err != nil {
			t.Error(err)
		}
		if mostWorking.Load() != 2 || mostWaiting.Load() != 4 {
			t.Errorf("found %d steps at work and %d that wait, want 2 and 4", mostWorking.Load(), mostWaiting.Load())
		}
	})
}
