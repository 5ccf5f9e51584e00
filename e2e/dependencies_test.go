package e2e_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"botkube-plugins/e2e/internal/programs"
)

// publishLister builds the fixture with dependencies, each in the form <name>=<URL>, and publishes
// it. Those that begin with - are flags of indexgen generate.
func publishLister(t *testing.T, s *site, dependencies ...string) (indexURL string) {
	t.Helper()
	isFlag := func(text string) bool { return strings.HasPrefix(text, "-") }
	flags := slices.DeleteFunc(slices.Clone(dependencies), func(text string) bool { return !isFlag(text) })
	dependencies = slices.DeleteFunc(dependencies, isFlag)
	dir, file, content := buildLister(t, "1.0.0", dependencies)
	s.put(file, content)
	return s.generate(t, dir, flags...)
}

// buildLister builds a version of the fixture as the only file of a directory.
func buildLister(t *testing.T, version string, dependencies []string) (dir, file string, content []byte) {
	t.Helper()
	dir, file = t.TempDir(), hostFile("executor", "lister", "")
	err := programs.Build{
		Dir: ".", Output: filepath.Join(dir, file), Packages: []string{"./internal/fixture/lister"},
		Set: map[string]string{"version": version, "dependencies": strings.Join(dependencies, ",")},
	}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	content, err = os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return dir, file, content
}

// tarGz returns an archive with a LICENSE and a file with the content. Neither is executable.
func tarGz(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	compressed := gzip.NewWriter(&out)
	archive := tar.NewWriter(compressed)
	for _, file := range []struct {
		name    string
		content []byte
	}{{"LICENSE", []byte("MIT")}, {name, content}} {
		if err := archive.WriteHeader(&tar.Header{Name: file.name, Mode: 0o644, Size: int64(len(file.content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write(file.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), compressed.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A dependency can be a program or an archive, with or without a checksum. The plugin finds it in
// PLUGIN_DEPENDENCY_DIR under its name, and it is executable.
func TestDependenciesReachThePlugin(t *testing.T) {
	s := newSite(t, t.TempDir())
	bare, packed, nested := []byte("#!/bin/sh\necho bare\n"), []byte("#!/bin/sh\necho packed\n"), []byte("#!/bin/sh\necho nested\n")
	archive := tarGz(t, "packed", packed)
	indexURL := publishLister(
		t, s,
		"bare="+s.put("v1/bare-1.0", bare),
		fmt.Sprintf("packed=%s?checksum=sha256:%x", s.put("packed.tar.gz", archive), sha256.Sum256(archive)),
		"nested="+s.put("nested.tar.gz", tarGz(t, "linux-any/nested", nested))+"//linux-any",
	)
	b := (&botkube{t: t, indexURL: indexURL, executors: []string{"lister"}}).mustStart()

	got, err := execute(b, "lister", "lister")
	want := fmt.Sprintf(
		"bare -rwxr-xr-x %x\nnested -rwxr-xr-x %x\npacked -rwxr-xr-x %x\n",
		sha256.Sum256(bare), sha256.Sum256(nested), sha256.Sum256(packed),
	)
	if err != nil || got.BaseBody.Plaintext != want {
		t.Errorf("found %s (error %v), want %s", got.BaseBody.Plaintext, err, want)
	}
}

// With --pin-dependencies, Botkube rejects a dependency that somebody has replaced, and verify
// accepts the index.
func TestPinnedDependencyThatWasReplacedIsRefused(t *testing.T) {
	s := newSite(t, t.TempDir())
	url := s.put("tools/tool", []byte("#!/bin/sh\n"))
	indexURL := publishLister(t, s, "--pin-dependencies", "tool="+url)
	if want := fmt.Sprintf("%s?checksum=sha256:%s", url, sum([]byte("#!/bin/sh\n"))); s.index(t).Entries[0].URLs[0].Dependencies["tool"].URL != want {
		t.Errorf("found the dependency %+v, want %s", s.index(t).Entries[0].URLs[0].Dependencies, want)
	}
	indexgen(t, "verify", indexURL)
	first := (&botkube{t: t, indexURL: indexURL, executors: []string{"lister"}}).mustStart()
	first.stop()

	s.put("tools/tool", []byte("#!/bin/sh\necho something else\n"))
	b := &botkube{t: t, indexURL: indexURL, executors: []string{"lister"}}
	if err := b.start(); err == nil || !strings.Contains(err.Error(), "Checksums did not match") {
		t.Errorf("found error %v, want one about the checksum of the dependency", err)
	}
}

// Botkube rejects a dependency with a wrong checksum, and does not start the plugin.
func TestDependencyWithWrongChecksumIsRefused(t *testing.T) {
	s := newSite(t, t.TempDir())
	wrong := sha256.Sum256([]byte("what was meant"))
	indexURL := publishLister(t, s, fmt.Sprintf("tool=%s?checksum=sha256:%x", s.put("tool", []byte("what is there")), wrong))

	b := &botkube{t: t, indexURL: indexURL, executors: []string{"lister"}}
	err := b.start()
	if err == nil || !strings.Contains(err.Error(), "Checksums did not match") || !strings.Contains(err.Error(), `"tool"`) {
		t.Errorf("found error %v, want one about the checksum of the dependency", err)
	}
	plugin := b.binary("executor", "1.0.0", "lister")
	if _, err := os.Stat(filepath.Join(plugin+"_deps", "tool")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the dependency is installed (error %v)", err)
	}
	if pids := processes(t, plugin); len(pids) > 0 {
		t.Errorf("found the plugin's processes %v, want none", pids)
	}
}
