package pluginhost

import "syscall"

// newGroup makes the plugin the leader of a process group of its own, so that it can be
// killed with its children, and a Ctrl-C on the terminal reaches only the host. Should the
// host itself be killed without a chance to clean up, the kernel kills the plugin.
func newGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
