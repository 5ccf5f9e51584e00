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
	// pipeGrace is how long a pipe may stay open after the plugin and its process group have ended.
	// It is long enough to read the rest of the output, and bounds the wait for a child that left
	// the group and holds the pipe open.
	pipeGrace = 500 * time.Millisecond
	// endGrace is how long a plugin may take to end after its connection broke.
	endGrace = 500 * time.Millisecond
	// busyGrace is how long the plugin's file may be open for writing. busyPause is the time
	// between two attempts to start it.
	busyGrace = time.Second
	busyPause = 10 * time.Millisecond
)

// process is a plugin's process group. It implements go-plugin's runner.Runner, because go-plugin's
// own implementation kills only the process itself.
type process struct {
	cmd            *exec.Cmd
	own            string       // the plugin's temporary directory
	confine        func() error // restricts the thread that starts the plugin, or nil
	stdout, stderr *os.File

	mu     sync.Mutex // guards killed, and starting and reaping against kill
	killed bool
	reaped bool

	ended chan struct{} // closed when the process has been reaped
}

var _ runner.Runner = (*process)(nil)

// newProcess prepares the plugin at the absolute path. own is its own temporary directory.
func newProcess(path, own string, cfg Config) *process {
	command := append(slices.Clone(cfg.Exec), path)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = cmp.Or(cfg.Dir, own)
	if cmd.Env = slices.Clone(cfg.Env); cfg.Env == nil {
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + own, "TMPDIR=" + own}
	}
	deps := cmp.Or(cfg.DependencyDir, DependencyDir(filepath.Join(own, filepath.Base(path))))
	// newPluginOSRunCommand in Botkube's pkg/plugin/manager.go always sets this variable.
	cmd.Env = append(cmd.Env, DependencyDirEnv+"="+deps)
	cmd.SysProcAttr = newGroup()
	p := &process{cmd: cmd, own: own, ended: make(chan struct{})}
	if cfg.Sandbox {
		p.confine = func() error { return restrictThread(command, own) }
	}
	return p
}

// plugins are the plugins that run. The kernel has one list of children for the whole process,
// and so has this package.
type plugins struct {
	mu   sync.Mutex
	pids map[int]bool
}

var running = &plugins{pids: map[int]bool{}}

// start starts a plugin and adds it, so that killOrphans never finds it missing.
func (p *plugins) start(cmd *exec.Cmd) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := cmd.Start()
	if err == nil {
		p.pids[cmd.Process.Pid] = true
	}
	return err
}

func (p *plugins) remove(pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pids, pid)
}

// DependencyDirEnv is the variable with the plugin's dependency directory.
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
	// A file that was just written may still be open in another child of this process that was
	// forked but has not started its program yet (https://go.dev/issue/22315).
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

// exec tries to start the process. It uses a new Cmd, since a Cmd cannot be started twice.
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
	if err := p.start(func() error { return running.start(cmd) }); err != nil {
		return err
	}
	p.cmd = cmd
	return nil
}

// reap waits for the plugin and then kills the rest of its group. This also closes the pipes, which
// go-plugin reads to their end.
func (p *process) reap() {
	_ = p.cmd.Wait() // the outcome is in cmd.ProcessState
	running.remove(p.cmd.Process.Pid)
	p.mu.Lock()
	defer p.mu.Unlock()
	killGroup(p.cmd.Process)
	running.killOrphans()
	p.reaped = true
	deadline := time.Now().Add(pipeGrace)
	_ = p.stdout.SetReadDeadline(deadline)
	_ = p.stderr.SetReadDeadline(deadline)
	close(p.ended)
}

// kill kills the process group. If the process has not been started yet, it never will be.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed = true
	// After it is reaped, its ID may belong to another process.
	if p.cmd.Process != nil && !p.reaped {
		killGroup(p.cmd.Process)
	}
}

// end returns how the plugin ended, if it ended by itself within endGrace, and "" otherwise.
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

// Wait implements runner.Runner. go-plugin calls it when it has read both pipes to their end.
func (p *process) Wait(context.Context) error {
	<-p.ended
	p.stdout.Close()
	p.stderr.Close()
	return nil
}

// Kill implements runner.Runner. go-plugin calls it when a start fails.
func (p *process) Kill(context.Context) error {
	p.kill()
	return nil
}

// ID returns the process ID, or "" if the process was never started.
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

// PluginToHost accepts or rejects the address in the plugin's handshake.
func (p *process) PluginToHost(network, addr string) (string, string, error) {
	if p.confine == nil {
		return network, addr, nil
	}
	return network, addr, checkSocket(p.own, network, addr)
}

// HostToPlugin is the inverse of PluginToHost.
func (p *process) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}
