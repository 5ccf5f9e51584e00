package pluginhost

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxOrphans is how long killOrphans goes on. A plugin that forks faster than that wins only
// until the next plugin ends, or this process.
const maxOrphans = 5 * time.Second

// killOrphans kills the descendants of plugins that have left their process group and lost their
// parent. HardenProcess has made them children of this process, which has no other children than
// the plugins in p.
func (p *plugins) killOrphans() {
	var subreaper int32
	if err := unix.Prctl(unix.PR_GET_CHILD_SUBREAPER, uintptr(unsafe.Pointer(&subreaper)), 0, 0, 0); err != nil || subreaper == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for end := time.Now().Add(maxOrphans); time.Now().Before(end); {
		found := false
		for _, pid := range children() {
			if p.pids[pid] {
				continue
			}
			found = true
			_ = unix.Kill(pid, unix.SIGKILL)
			_, _ = unix.Wait4(pid, nil, 0, nil) // its own children are then children of this process
		}
		if !found {
			return
		}
	}
}

// children returns the numbers of this process's children.
func children() []int {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", os.Getpid()))
	var pids []int
	for _, file := range files {
		text, _ := os.ReadFile(file) // the thread may have ended
		for field := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(field); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
