//go:build unix

package pluginhost

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin/runner"
)

const (
	// pipeGrace is how long a pipe may stay open after the plugin has ended and its
	// process group is dead: long enough to read what is in it, and an end to the wait for
	// a child that has left the group with the pipe in hand.
	pipeGrace = 500 * time.Millisecond
	// endGrace is how long a plugin whose connection broke may take to end.
	endGrace = 500 * time.Millisecond
	// busyGrace is how long the plugin's file may be open for writing, and busyPause the time
	// between two looks.
	busyGrace = time.Second
	busyPause = 10 * time.Millisecond
)

// process is a plugin's process group. It implements go-plugin's runner.Runner, which
// go-plugin's own implementation cannot replace: that one kills only the process itself.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr *os.File

	mu     sync.Mutex // guards killed, and starting and reaping against kill
	killed bool
	reaped bool

	ended chan struct{} // closed when the process has been reaped
}

var _ runner.Runner = (*process)(nil)

// newProcess prepares the plugin at the absolute path. Without an environment, dir is its
// working directory, its home and the place of its temporary files.
func newProcess(path, dir string, env []string) *process {
	cmd := exec.Command(path)
	if env == nil {
		cmd.Dir = dir
		cmd.Env = environment(path, dir)
	} else {
		// Botkube puts its own environment last, so that it wins (newPluginOSRunCommand in
		// its pkg/plugin/manager.go).
		cmd.Env = append([]string{dependencyDirEnv + "=" + DependencyDir(path)}, env...)
	}
	cmd.SysProcAttr = newGroup()
	return &process{cmd: cmd, ended: make(chan struct{})}
}

// environment is all that a plugin gets of the outside world, go-plugin's own variables
// aside. Tokens and the like in the caller's environment are none of its business.
func environment(path, dir string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + dir,
		"TMPDIR=" + dir,
		dependencyDirEnv + "=" + DependencyDir(filepath.Join(dir, filepath.Base(path))),
	}
}

const dependencyDirEnv = "PLUGIN_DEPENDENCY_DIR"

// DependencyDir is where Botkube puts the dependencies of the plugin with that binary
// (dependencyDirForBin in its pkg/plugin/manager.go).
func DependencyDir(path string) string { return path + "_deps" }

// runner is go-plugin's RunnerFunc. cmd holds the variables that go-plugin sets.
func (p *process) runner(_ hclog.Logger, cmd *exec.Cmd, _ string) (runner.Runner, error) {
	p.cmd.Env = append(p.cmd.Env, cmd.Env...)
	return p, nil
}

// Start starts the process, unless it has been killed already.
func (p *process) Start(context.Context) error {
	var childStdout, childStderr *os.File
	var err error
	if p.stdout, childStdout, err = os.Pipe(); err != nil {
		return err
	}
	defer childStdout.Close()
	if p.stderr, childStderr, err = os.Pipe(); err != nil {
		p.stdout.Close()
		return err
	}
	defer childStderr.Close()

	p.cmd.Stdout, p.cmd.Stderr = childStdout, childStderr
	// A file that was just written is still open in a child of this process that was forked
	// meanwhile and has not executed its own program yet (https://go.dev/issue/22315).
	deadline := time.Now().Add(busyGrace)
	for err = p.exec(); errors.Is(err, syscall.ETXTBSY) && time.Now().Before(deadline); err = p.exec() {
		time.Sleep(busyPause)
	}
	if err != nil {
		p.stdout.Close()
		p.stderr.Close()
		return err
	}
	go p.reap()
	return nil
}

// exec tries to start the process, with a Cmd of its own, as none can be started twice.
func (p *process) exec() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		return context.Canceled
	}
	cmd := &exec.Cmd{
		Path: p.cmd.Path, Args: p.cmd.Args, Env: p.cmd.Env, Dir: p.cmd.Dir,
		Stdout: p.cmd.Stdout, Stderr: p.cmd.Stderr, SysProcAttr: p.cmd.SysProcAttr,
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd = cmd
	return nil
}

// reap waits for the plugin and then kills what it left behind in its group, which also
// closes the pipes that go-plugin reads to their end.
func (p *process) reap() {
	_ = p.cmd.Wait() // the outcome is in cmd.ProcessState
	p.mu.Lock()
	defer p.mu.Unlock()
	killGroup(p.cmd.Process)
	p.reaped = true
	deadline := time.Now().Add(pipeGrace)
	_ = p.stdout.SetReadDeadline(deadline)
	_ = p.stderr.SetReadDeadline(deadline)
	close(p.ended)
}

// kill ends the process with its whole group. A process that has not been started yet
// never will be.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed = true
	// Once reaped, the number may belong to another process.
	if p.cmd.Process != nil && !p.reaped {
		killGroup(p.cmd.Process)
	}
}

// end says how the plugin ended, if it did so by itself and within endGrace.
func (p *process) end() string {
	select {
	case <-p.ended:
	case <-time.After(endGrace):
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed && wasKilled(p.cmd.ProcessState) {
		return ""
	}
	return p.cmd.ProcessState.String()
}

// Wait is called by go-plugin when both pipes have been read to their end.
func (p *process) Wait(context.Context) error {
	<-p.ended
	p.stdout.Close()
	p.stderr.Close()
	return nil
}

// Kill is called by go-plugin when a start fails.
func (p *process) Kill(context.Context) error {
	p.kill()
	return nil
}

// ID returns the process's number, or nothing if it was never started.
func (p *process) ID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd.Process == nil {
		return ""
	}
	return strconv.Itoa(p.cmd.Process.Pid)
}

func (p *process) Stdout() io.ReadCloser           { return p.stdout }
func (p *process) Stderr() io.ReadCloser           { return p.stderr }
func (p *process) Name() string                    { return p.cmd.Path }
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost and HostToPlugin translate addresses; both sides see the same ones.
func (p *process) PluginToHost(network, addr string) (string, string, error) {
	return network, addr, nil
}

// HostToPlugin is PluginToHost's inverse.
func (p *process) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}
