package index

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// maxWorkers limits how many calls of eachSideBySide run at once, so that each has a fair share.
const maxWorkers = 4

// eachSideBySide calls do with all numbers below n, in order, and their costs, on all cores, until it
// returns false. It then still waits for the calls that have begun. Memory is bounded: the costs of
// the calls that run at once are below limit, unless a single call costs more.
func eachSideBySide(n, limit int, costOf func(i int) int, do func(i, cost int) bool) {
	workers := min(runtime.GOMAXPROCS(0), maxWorkers)
	var next atomic.Int64
	var stopped atomic.Bool
	var costly sync.RWMutex // a call that costs more than its share runs alone
	one := func(i int) {
		cost := costOf(i)
		if cost > limit/workers {
			costly.Lock()
			defer costly.Unlock()
		} else {
			costly.RLock()
			defer costly.RUnlock()
		}
		if !do(i, cost) {
			stopped.Store(true)
		}
	}
	var group sync.WaitGroup
	for range min(workers, n) {
		group.Go(func() {
			for !stopped.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				one(i)
			}
		})
	}
	group.Wait()
}
