//go:build unix

package cli

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"botkube-plugins/tools/plugrun/internal/render"
)

// buildFirst runs the build, if there is one. What it prints is printed.
func (r *runner) buildFirst(ctx context.Context) error {
	if r.flags.build == "" {
		return nil
	}
	out, err := r.shell(ctx, r.flags.build)
	r.stderr(render.Clean(out))
	return err
}

// shell runs a command and returns what it prints on stdout. What it prints on stderr is
// printed. The command ends with ctx, and all that it started.
func (r *runner) shell(ctx context.Context, command string) (string, error) {
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	r.stderr(render.Clean(errs.String()))
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("found %w, want success of the command: %s", err, strings.TrimSpace(command))
	}
	return out.String(), nil
}
