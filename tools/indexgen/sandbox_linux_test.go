package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"botkube-plugins/internal/testplugin"
)

// Every command that starts plugins confines them: a plugin that tries to write a file elsewhere
// succeeds only with --sandbox=off.
func TestEveryCommandConfinesPlugins(t *testing.T) {
	t.Parallel()
	dist, name := t.TempDir(), strconv.Itoa(os.Getpid())
	s := newSite(dist)
	defer s.Close()
	elsewhere := "/tmp/attack-" + name
	testplugin.Copy(t, dist, "source_attack-"+name+"_"+host)
	index := filepath.Join(dist, "plugins-index.yaml")
	command := func(args ...string) func(string) {
		return func(sandbox string) {
			// verify and mirror fail, since the plugin describes itself in another way each time.
			text, err := exec.Command("indexgen", append(args, "--sandbox", sandbox)...).CombinedOutput()
			if exit, failed := errors.AsType[*exec.ExitError](err); err != nil && (!failed || exit.ExitCode() != 3) {
				t.Errorf("%q: %v\n%s", args, err, text)
			}
		}
	}
	for _, test := range []struct {
		name string
		run  func(sandbox string)
	}{
		{"generate", command("generate", "--dist", dist, "--base-url", s.URL)},
		{"verify", command("verify", index)},
		{"mirror", command("mirror", "--output", filepath.Join(dist, "mirror"), "--platform", runtime.GOOS+"/"+runtime.GOARCH, "r="+index)},
		{"serve", func(sandbox string) {
			s := startServe(t, dist, "--sandbox", sandbox)
			s.until(s.stderr, " serving 1 plugin at ")
			s.end(os.Interrupt)
		}},
	} {
		for sandbox, confined := range map[string]bool{"off": false, "auto": true, "require": true} {
			test.run(sandbox)
			if err := os.Remove(elsewhere); errors.Is(err, fs.ErrNotExist) != confined {
				t.Errorf("%s --sandbox=%s: found the error %v for the plugin's file, want that there is one: %t", test.name, sandbox, err, !confined)
			}
		}
	}
}
