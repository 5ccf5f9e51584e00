package pluginhost

import "syscall"

// newGroup makes the plugin the leader of a new process group, so that it can be killed with its
// children, and Ctrl-C on the terminal reaches only the host. If the host is killed and cannot
// clean up, the kernel kills the plugin.
func newGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
