package testplugin

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// Succeeded is the result of an attack that the host did not prevent.
const Succeeded = "succeeded"

// attack tries everything that a plugin must not do, and returns the result of each attempt:
// Succeeded, or the error. port is a TCP port that somebody listens on, and the name of an
// abstract Unix socket.
func attack(port string) map[string]string {
	parent := os.Getppid()
	dir := filepath.Dir(os.Args[0])
	read := func(path string) func() error {
		return func() error {
			_, err := os.ReadFile(path)
			return err
		}
	}
	results := map[string]string{}
	for name, try := range map[string]func() error{
		"read the environment of the host": read(fmt.Sprintf("/proc/%d/environ", parent)),
		"read the environment of init":     read("/proc/1/environ"),
		"read a file next to the plugin":   read(filepath.Join(dir, "secret")),
		"read the password file":           read("/etc/passwd"),
		"list the plugin's directory": func() error {
			_, err := os.ReadDir(dir)
			return err
		},
		"write next to the plugin": func() error { return os.WriteFile(filepath.Join(dir, "written"), nil, 0o600) },
		"replace the plugin":       func() error { return os.Rename(os.Args[0], os.Args[0]+"-old") },
		"write to the system's temporary directory": func() error {
			return os.WriteFile(fmt.Sprintf("/tmp/attack-%s", port), nil, 0o600)
		},
		"connect over TCP": func() error { return closed(net.Dial("tcp", "127.0.0.1:"+port)) },
		"listen on TCP": func() error {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err == nil {
				l.Close()
			}
			return err
		},
		"send over UDP":                      func() error { return closed(net.Dial("udp", "127.0.0.1:"+port)) },
		"connect to a Unix socket":           func() error { return closed(net.Dial("unix", filepath.Join(dir, "socket"))) },
		"send to a Unix datagram socket":     func() error { return closed(net.Dial("unixgram", filepath.Join(dir, "datagrams"))) },
		"connect to an abstract Unix socket": func() error { return closed(net.Dial("unix", "@attack-"+port)) },
		"signal the host":                    func() error { return syscall.Kill(parent, 0) },
	} {
		results[name] = Succeeded
		if err := try(); err != nil {
			results[name] = err.Error()
		}
	}
	// Outside a sandbox this would stop the host.
	if results["signal the host"] != Succeeded {
		results["trace the host"] = fmt.Sprint(syscall.PtraceAttach(parent))
	}
	return results
}

func closed(conn net.Conn, err error) error {
	if err == nil {
		conn.Close()
	}
	return err
}
