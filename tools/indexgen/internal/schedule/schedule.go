// Package schedule runs the steps of many units of work concurrently, and reports the units in
// order.
package schedule

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Progress shows the progress of a run.
type Progress interface {
	// Start is called once, before the first step. total is the sum of the steps of Advance.
	Start(total int64)
	// Several goroutines may call Advance at once.
	Advance(n int)
}

// NoProgress shows nothing.
type NoProgress struct{}

// Start does nothing.
func (NoProgress) Start(int64) {}

// Advance does nothing.
func (NoProgress) Advance(int) {}

// Step is a part of the work on a unit. It holds a slot.
type Step func(ctx context.Context, slot *Slot) error

// Run starts the steps of all units in order, at most jobs of them at once. If a step fails or the
// context ends, Run starts no more steps and returns that error or the context's cause. When all
// steps of a unit and of the units before it have succeeded, Run calls done with the index of the
// unit. The calls of done do not overlap.
func Run(parent context.Context, jobs int, units [][]Step, done func(unit int)) error {
	group, ctx := errgroup.WithContext(parent)
	working, waiting := make(slots, jobs), make(slots, 2*jobs)
	reporter := newReporter(units, done)
	reporter.finish(-1)
	for _, next := range startOrder(units) {
		if working.take(ctx) != nil {
			break // a step has failed, or parent has ended
		}
		group.Go(func() error {
			slot := &Slot{working, waiting}
			if err := next.step(ctx, slot); err != nil {
				return err // with the slot, so that no step starts before ctx ends
			}
			slot.giveUp()
			reporter.finish(next.unit)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(parent)
}

type unitStep struct {
	unit int
	step Step
}

// startOrder returns the steps in the order in which they start: the first step of each unit, then
// the second of each, and so on. If the first steps wait, their waiting overlaps with the rest.
func startOrder(units [][]Step) []unitStep {
	var order []unitStep
	for n, more := 0, true; more; n++ {
		more = false
		for i, steps := range units {
			if n < len(steps) {
				order = append(order, unitStep{i, steps[n]})
				more = true
			}
		}
	}
	return order
}

// Slot is the right to use a processor.
type Slot struct{ working, waiting slots }

// Wait runs the rest of a step that mostly waits for a process or the network. It gives up the
// slot, so that another step can start, and limits how many steps wait at once.
func (s *Slot) Wait(ctx context.Context, rest func(context.Context) error) error {
	waiting := s.waiting
	s.giveUp()
	if err := waiting.take(ctx); err != nil {
		return err
	}
	defer waiting.give()
	return rest(ctx)
}

func (s *Slot) giveUp() {
	if s.working != nil {
		s.working.give()
		s.working = nil
	}
}

// slots limits how many steps run at once.
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

// reporter calls done for the units in order.
type reporter struct {
	done func(unit int)

	mu      sync.Mutex
	pending []int // steps of each unit
	next    int   // the first unit that is not reported
}

func newReporter(units [][]Step, done func(unit int)) *reporter {
	r := &reporter{done: done, pending: make([]int, len(units))}
	for i, steps := range units {
		r.pending[i] = len(steps)
	}
	return r
}

// finish records the end of a step of the unit, unless the unit is negative.
func (r *reporter) finish(unit int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if unit >= 0 {
		r.pending[unit]--
	}
	for ; r.next < len(r.pending) && r.pending[r.next] == 0; r.next++ {
		r.done(r.next)
	}
}
