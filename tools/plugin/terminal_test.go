package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"botkube-plugins/internal/testplugin"

	"github.com/creack/pty"
)

// terminal is a command on a terminal.
type terminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	file *os.File
	mu   sync.Mutex
	text strings.Builder
	done chan struct{}
}

// onTerminal starts plugin run on a terminal.
func onTerminal(t *testing.T, env string, args ...string) *terminal {
	t.Helper()
	x := &terminal{t: t, cmd: exec.Command("plugin", append([]string{"run"}, args...)...), done: make(chan struct{})}
	x.cmd.Env = append(os.Environ(), "TERM=xterm", env)
	var err error
	if x.file, err = pty.StartWithSize(x.cmd, &pty.Winsize{Rows: 24, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.file.Close() })
	go func() {
		defer close(x.done)
		buf := make([]byte, 4096)
		for {
			n, err := x.file.Read(buf)
			x.mu.Lock()
			x.text.Write(buf[:n])
			x.mu.Unlock()
			if err != nil { // the program has closed its side
				return
			}
		}
	}()
	return x
}

func (x *terminal) output() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.text.String()
}

// shows waits until the output matches.
func (x *terminal) shows(pattern string) {
	x.t.Helper()
	re := regexp.MustCompile(pattern)
	if !testplugin.Eventually(func() bool { return re.MatchString(x.output()) }) {
		_ = x.cmd.Process.Kill()
		x.t.Fatalf("found no %s in\n%q", pattern, x.output())
	}
}

func (x *terminal) types(text string) {
	x.t.Helper()
	if _, err := x.file.WriteString(text); err != nil {
		x.t.Fatal(err)
	}
}

// ends waits until the command ends with success.
func (x *terminal) ends() {
	x.t.Helper()
	if err := x.cmd.Wait(); err != nil {
		x.t.Fatalf("%v\n%q", err, x.output())
	}
	<-x.done
}

const ctrlC, ctrlD, up = "\x03", "\x04", "\x1b[A"

func TestStreamOnATerminal(t *testing.T) {
	plugins := buildPlugins(t)
	for env, want := range map[string]string{
		"NO_COLOR=":  `\r\n\x1b\[2m\d\d:\d\d:\d\d\x1b\[0m Ticker Event\r\n`,
		"NO_COLOR=1": `\r\n\d\d:\d\d:\d\d Ticker Event\r\n`,
	} {
		x := onTerminal(t, env, "--config", "interval: 1s", plugins+"/ticker")
		x.shows(want)
		x.types(ctrlC)
		x.ends()
		if env == "NO_COLOR=1" && strings.Contains(x.output(), "\x1b") {
			t.Errorf("found colors in %q", x.output())
		}
	}
}

func TestPrompt(t *testing.T) {
	plugins := buildPlugins(t)
	x := onTerminal(t, "NO_COLOR=1", plugins+"/echo")
	x.shows(`executor echo dev is running\r\ntype a command such as "echo help"; Ctrl-D ends\r\n@Botkube $`)
	x.types("echo one\r")
	x.shows(`\d\d:\d\d:\d\d     one\r\n@Botkube $`)
	x.types(up + " more\r")
	x.shows(`\d\d:\d\d:\d\d     one more\r\n@Botkube $`)
	x.types("ecko\r")
	x.shows(`error: found a command that begins with "ecko", want one that begins with "echo", the plugin's name\r\n.*\r\n@Botkube $`)
	x.types("help\r")
	x.shows(`Echo\r\nWrite echo and then(?s:.*)\r\n@Botkube $`)
	x.types(ctrlD)
	x.ends()
}

// Ctrl-C and exit end the prompt, also while a command hangs. The terminal is restored each time.
func TestPromptEnds(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", "/tmp")
	plugin := testplugin.Link(t, dir, "executor_good")
	for _, keys := range []string{ctrlC, "exit\r"} {
		x := onTerminal(t, "NO_COLOR=1", plugin)
		x.shows(`@Botkube $`)
		x.types(keys)
		x.ends()
	}
	x := onTerminal(t, "NO_COLOR=1", plugin)
	x.shows(`@Botkube $`)
	x.types("good hang\r")
	x.shows(`plugin \| hanging`)
	x.types(ctrlC)
	x.ends()
	x = onTerminal(t, "NO_COLOR=1", plugin)
	x.shows(`@Botkube $`)
	if err := x.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	x.ends()
	if !strings.HasSuffix(x.output(), "@Botkube \r\n") {
		t.Errorf("found the end %q, want it on a separate line", x.output())
	}
	pid, err := testplugin.Recorded(plugin, "self")
	if err != nil || testplugin.Alive(pid) {
		t.Errorf("the plugin %d is alive, or not recorded: %v", pid, err)
	}
}

// The lines of the plugin appear above the line that is being edited.
func TestLogAboveThePrompt(t *testing.T) {
	t.Setenv("TMPDIR", "/tmp")
	plugin := testplugin.Link(t, t.TempDir(), "executor_talks")
	x := onTerminal(t, "NO_COLOR=1", plugin)
	x.shows(`@Botkube $`)
	x.types("talks ab")
	x.shows(`talks ab`)
	x.shows(`plugin \| still here\r\n.*@Botkube talks ab$`)
	x.types("c\r")
	x.shows(`"talks abc" by you`)
	x.types(ctrlD)
	x.ends()
}

// When a plugin ends, the terminal is restored. The next plugin shows the prompt again.
func TestPromptWhileWatching(t *testing.T) {
	t.Setenv("TMPDIR", "/tmp")
	plugin, watched := testplugin.Link(t, t.TempDir(), "executor_good"), t.TempDir()
	x := onTerminal(t, "NO_COLOR=1", "--watch", "--watch-path", watched, plugin)
	x.shows(`@Botkube $`)
	x.types("good crash\r")
	x.shows(`panic: nil map of commands(?s:.*)waiting for a change\r\n$`)
	if err := os.WriteFile(watched+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	x.shows(`something changed(?s:.*)is running\r\n@Botkube $`)
	if err := os.WriteFile(watched+"/file", []byte("more"), 0o600); err != nil {
		t.Fatal(err)
	}
	x.shows(`something changed(?s:.*)something changed(?s:.*)is running\r\n.*@Botkube $`)
	x.types("help\r")
	x.shows(`\d\d:\d\d:\d\d help\r\n@Botkube $`)
	x.types("good crash\r")
	x.shows(`help\r\n(?s:.*)waiting for a change\r\n$`)
	x.types(ctrlC)
	x.ends()
}
