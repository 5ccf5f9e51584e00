//go:build unix

package pluginhost

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Restriction is something that the sandbox denies to a plugin and to all of its descendants.
type Restriction string

// The restrictions.
const (
	// Files are all files but the plugin's own binary, the system's programs and libraries
	// (/bin, /lib, /usr, /etc/ssl), and the plugin's temporary directory. In particular it
	// denies /proc, the home directory and the working directory.
	Files Restriction = "files"
	// Network is to connect to anything, and to listen on anything but Unix sockets.
	Network Restriction = "network"
	// Processes is to send signals to processes outside of the sandbox, and to connect to
	// their abstract Unix sockets.
	Processes Restriction = "processes"
)

// AllRestrictions returns what the sandbox denies on a system that supports everything.
func AllRestrictions() []Restriction { return []Restriction{Files, Network, Processes} }

// Restrictions returns what the sandbox denies to plugins on this system, in a fixed order.
func Restrictions() []Restriction { return restrictions(landlockABI(), filtersCalls(runtime.GOARCH)) }

// restrictions returns what a system denies whose Landlock has a version of its ABI, or 0 if it has
// none, and that may filter system calls.
func restrictions(abi int, filtersCalls bool) []Restriction {
	var denied []Restriction
	if abi >= 1 {
		denied = append(denied, Files)
	}
	if filtersCalls {
		denied = append(denied, Network)
	}
	if abi >= 6 {
		denied = append(denied, Processes)
	}
	return denied
}

// start starts the process, in the sandbox if the plugin is to be confined.
func (p *process) start(start func() error) error {
	if p.confine == nil {
		return start()
	}
	started := make(chan error)
	go onOwnThread(func() {
		err := p.confine()
		if err == nil {
			err = start()
		}
		started <- err
		if err == nil {
			<-p.ended // the kernel kills the plugin when the thread that started it ends
		}
	})
	return <-started
}

// onOwnThread calls fn on a thread that ends with it, and that is not the process's first one,
// which never ends.
func onOwnThread(fn func()) {
	runtime.LockOSThread()
	if !isFirstThread() {
		fn() // without an unlock, the thread ends with this goroutine
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		onOwnThread(fn) // on another thread, since this one is locked
	}()
	<-done
	runtime.UnlockOSThread()
}

// checkSocket rejects an address in the handshake that is not a Unix socket in the plugin's
// own directory. A plugin could otherwise let the host connect to something else.
func checkSocket(own, network, address string) error {
	if network != "unix" {
		return fmt.Errorf("it listens on the %s address %q, want a Unix socket in PLUGIN_UNIX_SOCKET_DIR", network, address)
	}
	info, err := os.Lstat(address)
	if err != nil {
		return err
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(address))
	if err != nil {
		return err
	}
	own, err = filepath.EvalSymlinks(own)
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(own, dir); err != nil || !filepath.IsLocal(rel) || info.Mode().Type() != os.ModeSocket {
		return fmt.Errorf("it listens on %q, want a Unix socket in PLUGIN_UNIX_SOCKET_DIR", address)
	}
	return nil
}
