//go:build unix

// Package testplugin lets a test binary act as a plugin under test: a good one, or one of the bad
// ones that a host must survive. A test links its own binary under the name of a plugin, such as
// source_hang-start_linux_amd64. The middle part of the name is the plugin's behavior.
package testplugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"botkube-plugins/internal/artifact"
)

// Main must be called first in TestMain. If the process was started under a plugin's name, Main
// runs the plugin and does not return. Otherwise it stops the race detector from waiting a second at
// the end of each process that the test starts.
func Main() {
	if plugin, ok := strings.CutSuffix(os.Args[0], forkSuffix); ok {
		os.Args[0] = plugin
		child(syscall.SysProcAttr{Setsid: true})
		exit(0)
	}
	if plugin, ok := strings.CutSuffix(os.Args[0], attackSuffix); ok {
		os.Args[0] = plugin
		check(json.NewEncoder(os.Stdout).Encode(attack(number(os.Args[1]), os.Args[2])))
		exit(0)
	}
	typ, behavior, ok := artifact.PluginOf(filepath.Base(os.Args[0]))
	if !ok {
		check(os.Setenv("GORACE", "atexit_sleep_ms=0"))
		return
	}
	run(string(typ), behavior)
	exit(0)
}

// exit ends a plugin. Unlike os.Exit, it does not let the race detector wait: GORACE does not reach a
// plugin, which has its own environment.
func exit(code int) { syscall.Exit(code) }

// Link puts the test binary into dir under a plugin's file name and returns its path.
func Link(tb testing.TB, dir, file string) string {
	tb.Helper()
	path := filepath.Join(dir, file)
	if err := os.Symlink(executable(tb), path); err != nil {
		tb.Fatal(err)
	}
	return path
}

// Copy is Link without a symbolic link.
func Copy(tb testing.TB, dir, file string) string {
	tb.Helper()
	self, path := executable(tb), filepath.Join(dir, file)
	if os.Link(self, path) == nil {
		return path
	}
	data, err := os.ReadFile(self)
	if err != nil {
		tb.Fatal(err)
	}
	// The rename makes sure that the file is never incomplete.
	if err := errors.Join(os.WriteFile(path+".txt", data, 0o700), os.Rename(path+".txt", path)); err != nil {
		tb.Fatal(err)
	}
	return path
}

// executable returns the path of the test binary.
func executable(tb testing.TB) string {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	return self
}

// record writes a process ID to a file next to the plugin. The file's name is not that of a plugin.
// It does nothing in a sandbox.
func record(what string, pid int) {
	file := os.Args[0] + "." + what
	if os.WriteFile(file, fmt.Append(nil, pid), 0o600) == nil {
		check(os.Rename(file, file+".txt")) // a reader never sees an incomplete file
	}
}

// Recorded returns the ID of the process ("self") of the plugin that was started last, or of its
// child ("child"). The plugin must not run in a sandbox.
func Recorded(plugin, what string) (int, error) {
	text, err := os.ReadFile(plugin + "." + what + ".txt")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(text))
}

// Pid returns the ID of the plugin's process ("self") or of its child ("child"), or 0 if it does
// not run.
func Pid(plugin, what string) int {
	name := plugin
	if what == "child" {
		name += childSuffix
	}
	if runtime.GOOS == "linux" {
		files, err := filepath.Glob("/proc/[0-9]*/cmdline")
		check(err)
		for _, file := range files {
			text, _ := os.ReadFile(file) // empty for a zombie, and for a process that has ended
			if first, _, _ := strings.Cut(string(text), "\x00"); first == name {
				return number(filepath.Base(filepath.Dir(file)))
			}
		}
		return 0
	}
	out, err := exec.Command("ps", "-axww", "-o", "pid=,stat=,args=").Output()
	check(err)
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); len(fields) >= 3 && fields[2] == name && !strings.HasPrefix(fields[1], "Z") {
			return number(fields[0])
		}
	}
	return 0
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	check(err)
	return n
}

// forkSuffix in the first argument makes the program start the plugin's child and end.
const forkSuffix = ".fork"

// attackSuffix in the first argument makes the program attack the process in the second, and print the
// results.
const attackSuffix = ".attack"

// childSuffix is appended to the plugin's name in its child's first argument.
const childSuffix = ".child"

// Alive reports whether a process exists and is not a zombie.
func Alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	return err != nil || !strings.HasPrefix(rest, "Z")
}

// Eventually waits at most ten seconds until ok returns true, and reports whether it did.
func Eventually(ok func() bool) bool {
	for range 1000 {
		if ok() {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func note(format string, args ...any) { fmt.Fprintf(os.Stderr, format, args...) }

func check(err error) {
	if err != nil {
		panic(err)
	}
}
