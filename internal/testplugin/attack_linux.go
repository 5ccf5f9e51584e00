package testplugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Succeeded is the result of an attack that the host did not prevent.
const Succeeded = "succeeded"

// attack tries everything that a plugin must not do to the process host, and returns the result of
// each attempt: Succeeded, or the error. port is a TCP port that somebody listens on, and the name of
// an abstract Unix socket.
func attack(host int, port string) map[string]string {
	dir := filepath.Dir(os.Args[0])
	read := func(path string) func() error {
		return func() error {
			_, err := os.ReadFile(path)
			return err
		}
	}
	results := try(map[string]func() error{
		"read the environment of the host": read(fmt.Sprintf("/proc/%d/environ", host)),
		"read the environment of init":     read("/proc/1/environ"),
		"read a file next to the plugin":   read(filepath.Join(dir, "secret")),
		"read the password file":           read("/etc/passwd"),
		"list the plugin's directory": func() error {
			_, err := os.ReadDir(dir)
			return err
		},
		"write next to the plugin": func() error { return os.WriteFile(filepath.Join(dir, "written"), nil, 0o600) },
		"replace the plugin": func() error {
			return errors.Join(os.Rename(os.Args[0], os.Args[0]+"-old"), os.Rename(os.Args[0]+"-old", os.Args[0]))
		},
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
		"signal the host":                    func() error { return syscall.Kill(host, 0) },
	})
	// Outside a sandbox this would stop the host.
	if results["signal the host"] != Succeeded {
		results["trace the host"] = fmt.Sprint(syscall.PtraceAttach(host))
	}
	return results
}

// attackFromChild is attack from a child of the plugin.
func attackFromChild(host int, port string) (results map[string]string) {
	self, err := os.Executable()
	check(err)
	child := exec.Command(self)
	child.Args = []string{os.Args[0] + attackSuffix, fmt.Sprint(host), port}
	out, err := child.Output()
	check(err)
	check(json.Unmarshal(out, &results))
	return results
}

// use tries everything that a plugin may do, and returns the result of each attempt.
func use() map[string]string {
	own := os.Getenv("TMPDIR")
	list := func(dir string) func() error {
		return func() error {
			_, err := os.ReadDir(dir)
			return err
		}
	}
	return try(map[string]func() error{
		"list the system's programs":    list("/usr/bin"),
		"list the system's libraries":   list("/lib"),
		"list the system's other files": list("/usr/share"),
		"list the certificates":         list("/etc/ssl"),
		"run a program of the system":   func() error { return exec.Command("/bin/true").Run() },
		"read the plugin": func() error {
			file, err := os.Open(os.Args[0])
			return errors.Join(err, file.Close())
		},
		"read random bytes": func() error {
			file, err := os.Open("/dev/urandom")
			if err != nil {
				return err
			}
			defer file.Close()
			_, err = file.Read(make([]byte, 8))
			return err
		},
		"read and write nothing": func() error {
			_, err := os.ReadFile(os.DevNull)
			return errors.Join(err, os.WriteFile(os.DevNull, []byte("x"), 0))
		},
		"write, run and read in the temporary directory": func() error {
			path := filepath.Join(own, "d", "program")
			err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700), exec.Command(path).Run())
			_, readErr := os.ReadFile(path)
			return errors.Join(err, readErr)
		},
		"listen on a Unix socket": func() error {
			l, err := net.Listen("unix", filepath.Join(own, "l"))
			if err != nil {
				return err
			}
			return l.Close()
		},
		"be as large as the host: " + Limits(): func() error { return nil },
	})
}

// Limits returns the limits of this process and its children: memory, processor time, processes and
// the size of files.
func Limits() string {
	var all [4]unix.Rlimit
	for i, limit := range []int{unix.RLIMIT_AS, unix.RLIMIT_CPU, unix.RLIMIT_NPROC, unix.RLIMIT_FSIZE} {
		check(unix.Getrlimit(limit, &all[i]))
	}
	return fmt.Sprint(all)
}

// try returns the result of each attempt.
func try(attempts map[string]func() error) map[string]string {
	results := map[string]string{}
	for name, attempt := range attempts {
		results[name] = Succeeded
		if err := attempt(); err != nil {
			results[name] = err.Error()
		}
	}
	return results
}

func closed(conn net.Conn, err error) error {
	if err == nil {
		conn.Close()
	}
	return err
}
