// Package programs builds the programs that the tests and the benchmark run, with the go command.
package programs

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Build is one run of go build, always without cgo and with -trimpath, as plugins are released.
type Build struct {
	// Dir is a directory in the module that knows the packages.
	Dir string
	// Output is the program's file or, with / at its end, the directory of several programs.
	Output   string
	Packages []string
	// Set has the values of variables that are set at link time, by the names in package main.
	Set map[string]string
	// OS and Arch are the platform, this machine's if empty.
	OS, Arch string
	// Unoptimized is quicker to build, and slower to run.
	Unoptimized bool
}

// Run builds. The error holds what the go command printed.
func (b Build) Run(ctx context.Context) error {
	ldflags := []string{"-s", "-w"}
	for name, value := range b.Set {
		ldflags = append(ldflags, "-X", "main."+name+"="+value)
	}
	args := []string{"build", "-trimpath", "-p=2", "-ldflags=" + strings.Join(ldflags, " "), "-o", b.Output}
	if b.Unoptimized {
		// The standard library is as in other builds, which share it through the build cache.
		args = append(args, "-gcflags=all=-N -l", "-gcflags=std=")
	}
	cmd := exec.CommandContext(ctx, "go", append(args, b.Packages...)...)
	cmd.Dir = b.Dir
	// A sixth of a compilation's time is otherwise spent on collecting garbage.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOGC=400", "GOOS="+b.OS, "GOARCH="+b.Arch)
	// The go command ends its compilers and removes its files then.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, output.String())
	}
	return nil
}

// Indexgen builds the indexgen of this repository. module is the directory of the module e2e.
func Indexgen(ctx context.Context, module, output string) error {
	return Build{Dir: filepath.Join(module, ".."), Output: output, Packages: []string{"./tools/indexgen"}}.Run(ctx)
}

// PeerIndex builds Botkube's own index builder as a command.
func PeerIndex(ctx context.Context, module, output string) error {
	return Build{Dir: module, Output: output, Packages: []string{"./cmd/peerindex"}}.Run(ctx)
}

// PeerVersion is the version of the plugins that BuildPeerPlugins builds.
const PeerVersion = "1.14.0"

// peerPlugins are the plugins of the Botkube project, by the beginning of their file names. They
// are tools in go.mod, so that go mod tidy keeps what they need.
var peerPlugins = map[string]string{
	"executor_echo":     "github.com/kubeshop/botkube/cmd/executor/echo",
	"executor_kubectl":  "github.com/kubeshop/botkube/cmd/executor/kubectl",
	"source_cm-watcher": "github.com/kubeshop/botkube/cmd/source/cm-watcher",
	"source_kubernetes": "github.com/kubeshop/botkube/cmd/source/kubernetes",
}

// BuildPeerPlugins builds the four plugins of the Botkube project, unmodified and for four
// platforms each, into dir, named by Botkube's rule. Where nobody measures them, quick saves a
// quarter of the time for the platforms on which they are not run.
func BuildPeerPlugins(ctx context.Context, module, dir string, quick bool) error {
	for _, platform := range []struct{ os, arch string }{
		{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"},
	} {
		// One go build for all of them, since its start alone takes seconds with so many modules.
		out := filepath.Join(dir, platform.os+"_"+platform.arch)
		err := Build{
			Dir: module, Output: out + "/", Packages: slices.Collect(maps.Values(peerPlugins)),
			Set: map[string]string{"version": PeerVersion}, OS: platform.os, Arch: platform.arch,
			Unoptimized: quick && (platform.os != runtime.GOOS || platform.arch != runtime.GOARCH),
		}.Run(ctx)
		if err != nil {
			return err
		}
		for name, pkg := range peerPlugins {
			file := fmt.Sprintf("%s_%s_%s", name, platform.os, platform.arch)
			if err := os.Rename(filepath.Join(out, path.Base(pkg)), filepath.Join(dir, file)); err != nil {
				return err
			}
		}
		if err := os.Remove(out); err != nil {
			return err
		}
	}
	return nil
}
