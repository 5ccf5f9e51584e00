//go:build docs

package docs_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a command may print nothing.
const patience = 15 * time.Minute

// command is a command that was started, in a process group like that of a terminal.
type command struct {
	cmd   *exec.Cmd
	lines chan string // of stdout and stderr; closed at the end
	log   []string    // all lines so far
	any   bool        // whether the next lines may be any
}

func start(t *testing.T, dir string, env []string, text string) *command {
	t.Helper()
	output, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-c", text)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, input, input
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	input.Close()
	c := &command{cmd: cmd, lines: make(chan string)}
	go func() {
		defer close(c.lines)
		defer output.Close()
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			c.lines <- scanner.Text()
		}
	}()
	return c
}

// next returns the next line, and false at the end.
func (c *command) next(t *testing.T, want string) (string, bool) {
	t.Helper()
	select {
	case line, ok := <-c.lines:
		if ok {
			c.log = append(c.log, line)
		}
		return line, ok
	case <-time.After(patience):
		c.end()
		t.Fatalf("%s: found no output within %s, want %s after:\n%s", c, patience, want, strings.Join(c.log, "\n"))
		return "", false
	}
}

func (c *command) String() string { return c.cmd.Args[2] }

// end ends a command that failed, and everything that it started.
func (c *command) end() {
	if c.cmd.ProcessState != nil {
		return // it has ended
	}
	signal := func(s syscall.Signal) { _ = syscall.Kill(-c.cmd.Process.Pid, s) }
	signal(syscall.SIGTERM)
	defer time.AfterFunc(10*time.Second, func() { signal(syscall.SIGKILL) }).Stop()
	for line := range c.lines {
		c.log = append(c.log, line)
	}
	_ = c.cmd.Wait() // the signal is an error here
}

// expect waits for a line.
func (c *command) expect(t *testing.T, want string) {
	t.Helper()
	if strings.TrimSpace(want) == "..." {
		c.any = true
		return
	}
	for {
		line, ok := c.next(t, fmt.Sprintf("%q", want))
		if ok && normalize(line) == normalize(want) {
			c.any = false
			return
		}
		if !ok || !c.any {
			c.end()
			t.Fatalf("%s: found no %q at the end of:\n%s", c, want, strings.Join(c.log, "\n"))
		}
	}
}

// normalize replaces what differs between runs or between machines.
func normalize(line string) string {
	for _, v := range []struct{ pattern, name string }{
		{`\d\d:\d\d:\d\d`, "TIME"},
		{`snapshot-[0-9a-f]+`, "VERSION"},
		{`\b[0-9a-f]{64}\b`, "CHECKSUM"},
		{`\d+(\.\d+)?(s|ms)\b|\(cached\)`, "DURATION"},
		{`Makefile:\d+`, "Makefile"},
		{`\d+ files`, "FILES"}, // four for each plugin
		{`(linux|darwin)/(amd64|arm64)`, "PLATFORM"},
	} {
		line = regexp.MustCompile(v.pattern).ReplaceAllString(line, v.name)
	}
	return strings.TrimRight(line, " \t")
}

// finish waits for the end. The command must succeed and print nothing more.
func (c *command) finish(t *testing.T) {
	t.Helper()
	for {
		line, ok := c.next(t, "its end")
		if !ok {
			break
		}
		if !c.any {
			c.end()
			t.Fatalf("%s: found %q, which is not shown, at the end of:\n%s", c, line, strings.Join(c.log, "\n"))
		}
	}
	if err := c.cmd.Wait(); err != nil {
		t.Fatalf("%s: %v\n%s", c, err, strings.Join(c.log, "\n"))
	}
}

// interrupt presses Ctrl-C and waits until the command and everything that it started have ended.
func (c *command) interrupt(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(-c.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for ok := true; ok; {
		_, ok = c.next(t, "its end") // make reports the interrupt
	}
	_ = c.cmd.Wait() // an interrupted make fails
	if err := syscall.Kill(-c.cmd.Process.Pid, 0); err == nil {
		t.Errorf("%s left processes behind", c)
	}
}
