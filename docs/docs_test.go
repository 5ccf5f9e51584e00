//go:build docs

// Package docs_test does what the tutorial and the README tell their reader to do, each in a
// clone of the last commit, and compares what is printed with what they show.
package docs_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a command may be silent.
const patience = 5 * time.Minute

func TestTutorial(t *testing.T) {
	if commands := newReader(t).follow(t, "tutorial.md"); commands < 10 {
		t.Errorf("found %d commands only", commands)
	}
}

// The blocks of sh, which show no output, and of YAML are for .ci/readme.
func TestReadme(t *testing.T) {
	r := newReader(t)
	clone := start(t, r.dir, r.env, "git clone --quiet https://github.com/OWNER/REPO .")
	clone.finish(t)
	if commands := r.follow(t, "../README.md", "sh", "yaml"); commands < 3 {
		t.Errorf("found %d commands only", commands)
	}
}

var codeBlock = regexp.MustCompile("(?ms)^```(\\w+) ?([^\n]*)\n(.*?)^```$")

// follow does what a document says, apart from blocks of text and of the languages to skip. It
// returns the number of commands.
func (r *reader) follow(t *testing.T, document string, skip ...string) (commands int) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	defer r.end()
	for _, block := range codeBlock.FindAllStringSubmatch(string(text), -1) {
		language, info, content := block[1], block[2], block[3]
		switch {
		case language == "text" || slices.Contains(skip, language):
		case language == "console":
			commands += r.console(t, content, info == "stays")
		case language == "diff":
			r.apply(t, content)
		case info != "": // a file
			if err := os.WriteFile(filepath.Join(r.dir, info), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("found a block of %s that is neither to be run nor of a file:\n%s", language, content)
		}
	}
	if r.running != nil {
		t.Error("a command was left running")
	}
	return commands
}

// reader is somebody who follows a document.
type reader struct {
	dir     string
	env     []string
	running *command // in a terminal of its own
}

// newReader begins where authors do: with a repository on GitHub, which is in truth this
// one. GoReleaser need not be built again.
func newReader(t *testing.T) *reader {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	goreleaser := os.Getenv("GORELEASER")
	if !filepath.IsAbs(goreleaser) {
		t.Fatalf("GORELEASER: found %q, want its absolute path; run this by make docs", goreleaser)
	}
	path := t.TempDir()
	if err := os.Symlink(goreleaser, filepath.Join(path, "goreleaser")); err != nil {
		t.Fatal(err)
	}
	// What make and git are told by variables is meant for this checkout.
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "GIT") || strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=")
	})
	return &reader{dir: t.TempDir(), env: append(env,
		"PATH="+path+":"+os.Getenv("PATH"),
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_VALUE_0=https://github.com/OWNER/REPO", "GIT_CONFIG_KEY_0=url.file://"+root+".insteadOf",
	)}
}

// console runs the commands of a block, each after a $, and compares what they print with the
// lines below. A line of three dots stands for any lines, ^C for that key. The last command of a
// block that stays goes on in a terminal of its own, and a block that begins without a $ shows
// more of it. It returns the number of commands.
func (r *reader) console(t *testing.T, block string, stays bool) (commands int) {
	t.Helper()
	current := r.running
	end := func() {
		if current != nil && current != r.running {
			current.finish(t)
		}
	}
	for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", "")) {
		line = strings.TrimSuffix(line, "\n")
		if text, ok := strings.CutPrefix(line, "$ "); ok {
			end()
			commands++
			if dir, ok := strings.CutPrefix(text, "cd "); ok {
				r.dir, current = filepath.Join(r.dir, dir), nil
			} else {
				current = start(t, r.dir, r.env, text)
			}
			continue
		}
		if current == nil {
			t.Fatalf("found the line %q, and nothing that could print it", line)
		}
		if line == "^C" {
			current.interrupt(t)
			current, r.running = nil, nil
			continue
		}
		current.expect(t, line)
	}
	if stays {
		r.running = current
	} else {
		end()
	}
	return commands
}

// apply makes the change that a diff shows.
func (r *reader) apply(t *testing.T, diff string) {
	t.Helper()
	cmd := exec.Command("git", "apply", "-")
	cmd.Dir, cmd.Stdin = r.dir, strings.NewReader(diff)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, diff)
	}
}

// end ends what is left.
func (r *reader) end() {
	if r.running != nil {
		r.running.end()
	}
}

// command is one that was started, with the terminal's process group.
type command struct {
	cmd   *exec.Cmd
	lines chan string // of stdout and stderr; closed at the end
	log   []string    // all lines so far
	any   bool        // whether any lines may come now
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
		t.Fatalf("%s: nothing came within %s, want %s after:\n%s", c, patience, want, strings.Join(c.log, "\n"))
		return "", false
	}
}

func (c *command) String() string { return c.cmd.Args[2] }

// end ends a command that failed, with all that it started.
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
	_ = c.cmd.Wait() // it was told to
}

// expect waits for a line.
func (c *command) expect(t *testing.T, want string) {
	t.Helper()
	if want == "..." {
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

// normalize replaces what differs from one run to the next, or from one machine to another.
func normalize(line string) string {
	for _, v := range []struct{ pattern, name string }{
		{`\d\d:\d\d:\d\d`, "TIME"},
		{`snapshot-[0-9a-f]+`, "VERSION"},
		{`\d+(\.\d+)?(s|ms)\b|\(cached\)`, "DURATION"},
		{`Makefile:\d+`, "Makefile"},
		{`\d+ files`, "FILES"}, // four for each plugin
		{`(linux|darwin)/(amd64|arm64)`, "PLATFORM"},
	} {
		line = regexp.MustCompile(v.pattern).ReplaceAllString(line, v.name)
	}
	return strings.TrimRight(line, " \t")
}

// finish waits for the end, which must be a success with nothing more to say.
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

// interrupt presses Ctrl-C, and waits until the command and all that it started have ended.
func (c *command) interrupt(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(-c.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for ok := true; ok; {
		_, ok = c.next(t, "its end") // make has something to say
	}
	_ = c.cmd.Wait() // make says that it was interrupted
	if err := syscall.Kill(-c.cmd.Process.Pid, 0); err == nil {
		t.Errorf("%s has left processes behind", c)
	}
}
