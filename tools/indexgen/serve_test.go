package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/testplugin"
)

// server is a running indexgen serve.
type server struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr chan string // lines
	tmp            string
}

// startServe runs indexgen serve on a directory and a free port.
func startServe(t *testing.T, dist string, args ...string) *server {
	t.Helper()
	tmp, err := os.MkdirTemp("/tmp", "ig") // short, for the sockets in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	s := &server{t: t, tmp: tmp}
	s.cmd = exec.Command("indexgen", append([]string{"serve", "--dist", dist, "--addr", "127.0.0.1:0"}, args...)...)
	s.cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	s.stdout, s.stderr = lines(stdout), lines(stderr)
	return s
}

func lines(r io.Reader) chan string {
	out := make(chan string, 1000)
	go func() {
		defer close(out)
		for scanner := bufio.NewScanner(r); scanner.Scan(); {
			out <- scanner.Text()
		}
	}()
	return out
}

// until returns the lines up to and including the first that matches the pattern.
func (s *server) until(from chan string, pattern string) string {
	s.t.Helper()
	text := ""
	for deadline := time.After(time.Minute); ; {
		select {
		case line, ok := <-from:
			if !ok {
				s.t.Fatalf("found no line %q in\n%s", pattern, text)
			}
			text += line + "\n"
			if regexp.MustCompile(pattern).MatchString(line) {
				return text
			}
		case <-deadline:
			s.t.Fatalf("found no line %q within a minute in\n%s", pattern, text)
		}
	}
}

// end sends a signal. The server must then end with success and leave nothing behind. end returns
// the lines that have not been read.
func (s *server) end(signal os.Signal) (stdout, stderr string) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
	for line := range s.stdout {
		stdout += line + "\n"
	}
	for line := range s.stderr {
		stderr += line + "\n"
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("%v: found %v, want exit code 0\n%s", signal, err, stderr)
	}
	if left, _ := os.ReadDir(s.tmp); len(left) > 0 {
		s.t.Errorf("left in the temporary directory: %v", left)
	}
	return stdout, stderr
}

func TestServe(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	s := startServe(t, dist, "--repository", "mine")
	const clock = `^\d\d:\d\d:\d\d `
	got := s.until(s.stderr, clock+"serving no index: 1 problem$")
	want := dist + ": found no such directory, want a directory of built plugins\n" +
		"  hint: build them, in this repository with make index; they are served as soon as they exist\n"
	if !strings.HasPrefix(got, want) {
		t.Errorf("found\n%s, want\n%s", got, want)
	}

	if err := os.Mkdir(dist, 0o700); err != nil {
		t.Fatal(err)
	}
	testplugin.Copy(t, dist, "source_good"+"_"+host)
	values := s.until(s.stdout, "kubectl rollout restart deployment/botkube --namespace botkube$")
	indexURL := regexp.MustCompile(`http://127\.0\.0\.1:\d+/plugins-index\.yaml`).FindString(values)
	if !strings.HasPrefix(values, "# For Botkube's values.") || !strings.Contains(values, "\n    mine/good:\n") || indexURL == "" {
		t.Errorf("found the values\n%s", values)
	}
	s.until(s.stderr, clock+"serving 1 plugin at "+regexp.QuoteMeta(indexURL+", and a site for people at "+strings.TrimSuffix(indexURL, "plugins-index.yaml"))+"$")
	text := fetchOK(t, indexURL)
	if _, found, err := index.Check(t.Context(), text); err != nil || found.Problems.Total() > 0 {
		t.Errorf("found error %v, problems %v", err, found.Problems)
	}
	s.until(s.stderr, fmt.Sprintf("%sGET /plugins-index.yaml 200 %d$", clock, len(text)))

	// A new artifact changes only the index. A new plugin changes the index and the values.
	exe := testplugin.Executable("windows", "arm64", 1000)
	if err := os.WriteFile(filepath.Join(dist, "source_good_windows_arm64"), exe, 0o600); err != nil {
		t.Fatal(err)
	}
	s.until(s.stderr, "serving 1 plugin at")
	testplugin.Copy(t, dist, "executor_good"+"_"+host)
	again := s.until(s.stdout, "kubectl rollout restart")
	if !strings.HasPrefix(again, "---\n# For Botkube's values.") || !strings.Contains(again, "\nexecutors:\n  good:\n") {
		t.Errorf("found the values\n%s, want those of two plugins as a separate document", again)
	}
	s.until(s.stderr, "serving 2 plugins at")
	if stdout, stderr := s.end(os.Interrupt); stdout+stderr != "" {
		t.Errorf("found\n%s%s at the end, want nothing", stdout, stderr)
	}
}

// A dependency in the directory is served, and a new one changes the index.
func TestServeDependency(t *testing.T) {
	dist := t.TempDir()
	tool := filepath.Join(dist, "tool.sh")
	s := startServe(t, dist, "--json", "--dependency", "tool=tool.sh")
	s.until(s.stdout, "no plugin in this directory")
	testplugin.Copy(t, dist, "source_good"+"_"+host)
	s.until(s.stdout, `"found":"no such file in `)
	for _, text := range []string{"#!/bin/sh\necho 1\n", "#!/bin/sh\necho 2\n"} {
		if err := os.WriteFile(tool, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		report := s.until(s.stdout, sum([]byte(text)))
		indexURL := regexp.MustCompile(`http://127\.0\.0\.1:\d+/plugins-index\.yaml`).FindString(report)
		ix, err := index.Decode(fetchOK(t, indexURL))
		if err != nil {
			t.Fatal(err)
		}
		url := ix.Entries[0].URLs[0].Dependencies["tool"].URL
		if want := "/tool.sh?checksum=sha256:" + sum([]byte(text)); !strings.HasSuffix(url, want) {
			t.Errorf("found the URL %s, want one that ends in %s", url, want)
		}
		if got := fetchOK(t, url); string(got) != text {
			t.Errorf("found the dependency %q, want %q", got, text)
		}
	}
	s.end(os.Interrupt)
}

func fetchOK(t *testing.T, url string) []byte {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("found status %s, error %v, want 200", response.Status, err)
	}
	return text
}

// With --json, serve prints one line for each index or list of problems, and nothing else.
func TestServeJSON(t *testing.T) {
	dist := t.TempDir()
	s := startServe(t, dist, "--json", "--base-url", "http://host.example:8080/")
	next := func() (got struct {
		Index    string
		Plugins  []struct{ Name, Version string }
		Problems []struct{ Where, Found string }
	},
	) {
		t.Helper()
		text := s.until(s.stdout, "")
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		return got
	}
	if got := next(); got.Index != "" || got.Plugins == nil || len(got.Problems) != 1 || got.Problems[0].Where != dist {
		t.Errorf("found %+v, want one problem", got)
	}
	testplugin.Copy(t, dist, "source_good"+"_"+host)
	got := next()
	if got.Index != "http://host.example:8080/plugins-index.yaml" || got.Problems == nil || len(got.Problems) != 0 {
		t.Errorf("found %+v, want an index", got)
	}
	if len(got.Plugins) != 1 || got.Plugins[0].Name != "good" || got.Plugins[0].Version != "1.2.3" {
		t.Errorf("found the plugins %+v, want good", got.Plugins)
	}
	if stdout, stderr := s.end(syscall.SIGTERM); stdout+stderr != "" {
		t.Errorf("found further output\n%s%s, want none", stdout, stderr)
	}
}

// --quiet prints only the values and the problems.
func TestServeQuiet(t *testing.T) {
	dist := t.TempDir()
	testplugin.Copy(t, dist, "source_good"+"_"+host)
	s := startServe(t, dist, "--quiet")
	values := s.until(s.stdout, "kubectl rollout restart")
	indexURL := regexp.MustCompile(`http://.*/plugins-index\.yaml`).FindString(values)
	fetchOK(t, indexURL)
	testplugin.Copy(t, dist, "source_dev"+"_"+host)
	if got := s.until(s.stderr, "^source/dev: version: "); strings.Count(got, "\n") != 1 {
		t.Errorf("found\n%s, want only the problem", got)
	}
	if stdout, stderr := s.end(os.Interrupt); stdout+stderr != "" {
		t.Errorf("found\n%s%s at the end, want nothing", stdout, stderr)
	}
}

// Ctrl-C while a plugin is asked also ends the plugin.
func TestServeInterrupted(t *testing.T) {
	for _, behavior := range []string{"hang-start", "hang-metadata", "hang-child"} {
		dist := t.TempDir()
		path := testplugin.Copy(t, dist, "source_"+behavior+"_"+host)
		s := startServe(t, dist)
		if !testplugin.Eventually(func() bool { return testplugin.Pid(path, "self") != 0 }) {
			t.Fatalf("%s has not started", behavior)
		}
		if behavior == "hang-child" && !testplugin.Eventually(func() bool { return testplugin.Pid(path, "child") != 0 }) {
			t.Fatalf("%s has not started a child", behavior)
		}
		s.end(os.Interrupt)
		if testplugin.Pid(path, "self") != 0 {
			t.Errorf("%s still runs", behavior)
		}
		if !testplugin.Eventually(func() bool { return testplugin.Pid(path, "child") == 0 }) {
			t.Errorf("the child of %s still runs", behavior)
		}
	}
}

func TestServeAddressInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	addr := listener.Addr().String()
	output, err := exec.Command("indexgen", "serve", "--addr", addr).CombinedOutput()
	want := "error: " + addr + " is in use\n  hint: end the program that listens there, or choose another address with --addr\n"
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 || string(output) != want {
		t.Errorf("found %v and\n%s, want exit code 1 and\n%s", err, output, want)
	}
}

// If nothing reads the values any more, serve ends.
func TestServeBrokenPipe(t *testing.T) {
	dist := t.TempDir()
	testplugin.Copy(t, dist, "source_good"+"_"+host)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	cmd := exec.Command("indexgen", "serve", "--dist", dist, "--addr", "127.0.0.1:0")
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = w, &stderr
	err = cmd.Run()
	w.Close()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 || !strings.Contains(stderr.String(), "broken pipe") {
		t.Errorf("found %v and\n%s, want exit code 1 and the error", err, stderr.String())
	}
}

// serve prints at most 100 problems, and the number of the rest.
func TestServeManyProblems(t *testing.T) {
	dist := t.TempDir()
	for i := range 60 { // with two problems each
		if err := os.WriteFile(filepath.Join(dist, fmt.Sprintf("source_x%d_windows_arm64", i)), []byte("no program"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := startServe(t, dist)
	text := s.until(s.stderr, "serving no index: 120 problems$")
	if lines := strings.Count(text, "\nsource"); lines != 99 || !strings.Contains(text, "\nand 20 more problems\n") {
		t.Errorf("found %d lines that begin with a source in\n%s", lines, text)
	}
	s.end(os.Interrupt)
	s = startServe(t, dist, "--json")
	var report struct {
		Problems     []any
		MoreProblems int
	}
	if err := json.Unmarshal([]byte(s.until(s.stdout, "")), &report); err != nil || len(report.Problems) != 100 || report.MoreProblems != 20 {
		t.Errorf("found error %v, %d problems and %d more, want 100 and 20", err, len(report.Problems), report.MoreProblems)
	}
	s.end(os.Interrupt)
}

// The values have no line that GitHub Actions takes for a command.
func TestServeCommands(t *testing.T) {
	dist := t.TempDir()
	testplugin.Copy(t, dist, "source_commander"+"_"+host)
	s := startServe(t, dist)
	values := s.until(s.stdout, "kubectl rollout restart")
	if !strings.Contains(values, `a: "b\n::error::forged"`) || regexp.MustCompile(`(?m)^\s*::`).MatchString(values) {
		t.Errorf("found the values\n%s", values)
	}
	s.end(os.Interrupt)
}
