package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/testplugin"
)

// Whenever an update is killed, the mirror has every file that its index names, and the next run
// completes the update.
func TestKilledUpdateLeavesACompleteMirror(t *testing.T) {
	t.Parallel()
	s := newSite(t.TempDir())
	defer s.Close()
	out := filepath.Join(t.TempDir(), "out")
	command := func(dir, version string) *exec.Cmd {
		return exec.Command("indexgen", "mirror", "r="+s.URL+"/"+version+".yaml", "--platform", "android/arm64", "--output", dir, "--quiet")
	}
	finish := func(dir, version string) {
		t.Helper()
		if text, err := command(dir, version).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	for _, version := range []string{"1.0.0", "2.0.0"} {
		publishPlugins(t, s, version, 5)
	}
	finish(out, "1.0.0")
	killed := 0
	for delay := time.Duration(0); killed < 200; delay += 2 * time.Millisecond {
		cmd := command(out, "2.0.0")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(delay, func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
		err := cmd.Wait()
		timer.Stop()
		checkCache(t, filepath.Join(out, "android-arm64"))
		if err == nil {
			break
		}
		killed++
	}
	if killed == 0 {
		t.Error("no run was killed")
	}
	finish(out, "2.0.0") // on a slow machine, all 200 runs were killed
	fresh := filepath.Join(t.TempDir(), "fresh")
	finish(fresh, "2.0.0")
	if text, err := exec.Command("diff", "-r", fresh, out).CombinedOutput(); err != nil {
		t.Errorf("after %d kills: %v\n%s", killed, err, text)
	}
}

// publishPlugins publishes an index of several plugins that differ.
func publishPlugins(t *testing.T, s *site, version string, plugins int) {
	t.Helper()
	var ix index.Index
	for i := range plugins {
		file := fmt.Sprintf("p%d-%s", i, version)
		data := append(testplugin.Executable("android", "arm64", 1<<20), file...)
		if err := os.WriteFile(filepath.Join(s.dir, file), data, 0o600); err != nil {
			t.Fatal(err)
		}
		ix.Entries = append(ix.Entries, index.Entry{
			Type: index.TypeSource, Name: fmt.Sprintf("p%d", i), Version: version, Description: "P",
			URLs: []index.Artifact{{
				URL: s.URL + "/" + file, Checksum: fmt.Sprintf("%x", sha256.Sum256(data)), Platform: index.Platform{OS: "android", Arch: "arm64"},
			}},
		})
	}
	text, err := index.Encode(ix)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, version+".yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// checkCache checks that a cache has the files of its index, which are programs without archives.
func checkCache(t *testing.T, cache string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(cache, "r.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	ix, err := index.Decode(text)
	if err != nil || len(ix.Entries) == 0 {
		t.Fatalf("found the error %v and the index\n%s", err, text)
	}
	for _, e := range ix.Entries {
		data, err := os.ReadFile(filepath.Join(cache, "r", fmt.Sprintf("source_%s_%s", e.Version, e.Name)))
		if want := []byte(e.Name + "-" + e.Version); err != nil || !bytes.HasSuffix(data, want) {
			t.Fatalf("%s %s: found %d bytes, error %v; want a file that ends with %s", e.Name, e.Version, len(data), err, want)
		}
	}
}
