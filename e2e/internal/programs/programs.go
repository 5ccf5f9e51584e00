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

// Build is one run of go build, always without cgo and with -trimpath, as in a release.
type Build struct {
	// Dir is a directory in the module that contains or requires the packages.
	Dir string
	// Output is the file of the program or, if it ends with /, the directory of several programs.
	Output   string
	Packages []string
	// Set holds the values of variables that are set at link time, by their names in package main.
	Set map[string]string
	// OS and Arch are the platform. If they are empty, it is this machine's.
	OS, Arch string
	// Unoptimized makes the build faster and the program slower.
	Unoptimized bool
}

// Run runs go build. The error contains its output.
func (b Build) Run(ctx context.Context) error {
	ldflags := []string{"-s", "-w"}
	for name, value := range b.Set {
		ldflags = append(ldflags, "-X", "main."+name+"="+value)
	}
	args := []string{"build", "-trimpath", "-p=2", "-ldflags=" + strings.Join(ldflags, " "), "-o", b.Output}
	if b.Unoptimized {
		// The standard library is optimized, so that all builds share it through the build cache.
		args = append(args, "-gcflags=all=-N -l", "-gcflags=std=")
	}
	cmd := exec.CommandContext(ctx, "go", append(args, b.Packages...)...)
	cmd.Dir = b.Dir
	// With the default, a compilation spends a sixth of its time on garbage collection.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOGC=400", "GOOS="+b.OS, "GOARCH="+b.Arch)
	// On an interrupt, the go command ends its compilers and removes its files.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, output.String())
	}
	return nil
}

// Indexgen builds indexgen from this repository. module is the directory of the module e2e.
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
// are tools in go.mod, so that go mod tidy keeps their dependencies.
var peerPlugins = map[string]string{
	"executor_echo":     "github.com/kubeshop/botkube/cmd/executor/echo",
	"executor_kubectl":  "github.com/kubeshop/botkube/cmd/executor/kubectl",
	"source_cm-watcher": "github.com/kubeshop/botkube/cmd/source/cm-watcher",
	"source_kubernetes": "github.com/kubeshop/botkube/cmd/source/kubernetes",
}

// BuildPeerPlugins builds the four plugins of the Botkube project, unmodified and for four
// platforms each, into dir, named by Botkube's rule. quick skips optimization for the platforms on
// which they are not run, which saves a quarter of the time.
func BuildPeerPlugins(ctx context.Context, module, dir string, quick bool) error {
	for _, platform := range []struct{ os, arch string }{
		{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"},
	} {
		// One go build builds all of them, since with so many modules its start takes seconds.
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
