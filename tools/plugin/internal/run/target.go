//go:build unix

package run

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"
)

// Target is the plugin to run: a binary, or a Go package that is built first.
type Target struct {
	// Binary is the path of the plugin's binary.
	Binary string
	// Name is the plugin's name, from the name of its file or directory.
	Name string
	// Watched are the paths to watch, in addition to those of a Go package. If it is empty and
	// there is no build, the binary is watched.
	Watched []string

	build []string // the command that builds the binary, or nil
	dir   string   // of the Go package that the command builds, or ""
}

// NewTarget returns the target at a path. The path is a binary, which the shell command build
// builds if it is not empty, or the directory of a Go package, which is built into bin/ of its
// module.
func NewTarget(ctx context.Context, path, build string) (Target, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		if build != "" {
			return Target{}, cli.Usagef("found --build and a directory, want a binary: a Go package is built without --build")
		}
		return packageTarget(ctx, path)
	}
	t := Target{Binary: path, Name: strings.TrimSuffix(filepath.Base(path), ".exe")}
	if _, name, ok := artifact.PluginOf(filepath.Base(path)); ok {
		t.Name = name
	}
	if build != "" {
		t.build = []string{"sh", "-c", build}
	}
	return t, nil
}

// packageTarget returns the target for a directory with a Go package.
func packageTarget(ctx context.Context, dir string) (Target, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-e", "-f", "{{.Name}}\n{{with .Module}}{{.Dir}}{{end}}\n{{.ImportPath}}", ".")
	cmd.Dir = dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return Target{}, fmt.Errorf("go list in %s failed: %w: %s", dir, err, bytes.TrimSpace(errs.Bytes()))
	}
	lines := strings.SplitN(string(out), "\n", 3)
	if len(lines) < 3 || lines[0] != "main" || lines[1] == "" {
		found := "the Go package " + problem.Quote(lines[0])
		if lines[0] == "" {
			found = "no Go package"
		}
		return Target{}, problem.Problem{
			Where: dir, Found: found, Want: "a package main in a Go module, or a plugin's binary", Hint: hintForPlugins(dir),
		}
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Target{}, err
	}
	name := filepath.Base(abs)
	binary := filepath.Join(lines[1], "bin", name)
	if !replaceable(binary, strings.TrimSpace(lines[2])) {
		return Target{}, problem.WithHint(fmt.Errorf("%s exists and is not a build of %s", binary, dir),
			"move it, or build the plugin elsewhere and run the binary: --build 'go build -o FILE "+dir+"' FILE")
	}
	return Target{
		Binary: binary, Name: name, dir: dir,
		build: []string{"go", "build", "-trimpath", "-o", binary, "."},
	}, nil
}

// replaceable reports whether a file is missing, or a build of a Go package, so that a new build may replace
// it.
func replaceable(binary, pkg string) bool {
	if _, err := os.Lstat(binary); errors.Is(err, fs.ErrNotExist) {
		return true
	}
	info, err := buildinfo.ReadFile(binary)
	return err == nil && info.Path == pkg
}

// hintForPlugins returns a hint with the names of the directories below dir, or "".
func hintForPlugins(dir string) string {
	entries, _ := os.ReadDir(dir) // without the directory there is no hint
	var names []string
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			names = append(names, filepath.Join(dir, entry.Name()))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "choose one of: " + strings.Join(names, ", ")
}

// NoTarget returns the error for a command line without a plugin.
func NoTarget() error {
	return problem.WithHint(errors.New("found no plugin, want its binary or the directory of its Go package"), hintForPlugins(pluginsDir))
}

// pluginsDir is where a repository has its plugins.
const pluginsDir = "plugins"

// build builds the plugin if it needs a build. It prints the output of the command.
func (r *runner) build(ctx context.Context) error {
	t := r.opts.Target
	if t.build == nil {
		return nil
	}
	return r.command(ctx, r.Err, t.dir, t.build...)
}

// watched returns the paths whose changes restart the plugin.
func (r *runner) watched(ctx context.Context) ([]string, error) {
	t := r.opts.Target
	paths := slices.Clone(t.Watched)
	switch {
	case t.dir != "":
		// For each package of the main module: go.mod, its directory, and its embedded files.
		const files = `{{with .Module}}{{if .Main}}{{println .GoMod}}{{println $.Dir}}{{range $.EmbedFiles}}{{$.Dir}}/{{println .}}{{end}}{{end}}{{end}}`
		var out bytes.Buffer
		if err := r.command(ctx, &out, t.dir, "go", "list", "-e", "-deps", "-f", files, "."); err != nil {
			return nil, err
		}
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimSpace(line); line != "" {
				paths = append(paths, line)
			}
		}
	case len(paths) == 0 && t.build == nil:
		paths = []string{t.Binary}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// command runs a command in a directory. When ctx ends, it kills the command and everything that it
// started. Stdout goes to out, and stderr to stderr.
func (r *runner) command(ctx context.Context, out io.Writer, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	if dir != "" { // build plugins as a release does
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	var printed, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &errs
	err := cmd.Run()
	if text := strings.TrimRight(errs.String(), "\n"); text != "" {
		r.Styled(problem.Escape(text))
	}
	if out != r.Err {
		_, _ = out.Write(printed.Bytes()) // to a buffer
	} else if text := strings.TrimRight(printed.String(), "\n"); text != "" {
		r.Styled(problem.Escape(text))
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s failed: %w", strings.Join(args, " "), err)
	}
	return nil
}
