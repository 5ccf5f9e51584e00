//go:build unix && !linux

package pluginhost

import "syscall"

// newGroup makes the plugin the leader of a new process group, so that it can be killed with its
// children, and Ctrl-C on the terminal reaches only the host.
func newGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
