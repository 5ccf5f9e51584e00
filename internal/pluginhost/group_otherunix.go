//go:build unix && !linux

package pluginhost

import "syscall"

// newGroup makes the plugin the leader of a process group of its own, so that it can be
// killed with its children, and a Ctrl-C on the terminal reaches only the host.
func newGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
