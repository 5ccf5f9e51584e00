//go:build unix

package pluginhost

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin/runner"
)

const (
	// pipeGrace is how long a pipe may stay open after the plugin has ended and its process
	// group is dead. It is long enough to read what is in it, and ends the wait for a child
	// that left the group and holds the pipe.
	pipeGrace = 500 * time.Millisecond
	// endGrace is how long a plugin whose connection broke may take to end.
	endGrace = 500 * time.Millisecond
	// busyGrace is how long the plugin's file may be open for writing, and busyPause the time
	// between two attempts.
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

// newProcess prepares the plugin at the absolute path. own is its own temporary directory.
func newProcess(path, own string, cfg Config) *process {
	cmd := exec.Command(path)
	cmd.Dir = cmp.Or(cfg.Dir, own)
	if cmd.Env = slices.Clone(cfg.Env); cfg.Env == nil {
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + own, "TMPDIR=" + own}
	}
	deps := cmp.Or(cfg.DependencyDir, DependencyDir(filepath.Join(own, filepath.Base(path))))
	// newPluginOSRunCommand in Botkube's pkg/plugin/manager.go sets the variable for each plugin.
	cmd.Env = append(cmd.Env, DependencyDirEnv+"="+deps)
	cmd.SysProcAttr = newGroup()
	return &process{cmd: cmd, ended: make(chan struct{})}
}

// DependencyDirEnv is the variable in which Botkube tells a plugin its dependency directory.
const DependencyDirEnv = "PLUGIN_DEPENDENCY_DIR"

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
	// A file that was just written may still be open in another child of this process, one that
	// was forked but does not run its own program yet (https://go.dev/issue/22315).
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

// exec tries to start the process. It uses a new Cmd, since none can be started twice.
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

// end returns how the plugin ended, if it did so by itself and within endGrace.
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
