package inspect_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/inspect"

	"github.com/google/go-cmp/cmp"
)

// stream inspects an archive and returns the problems without their hints.
func stream(t *testing.T, data []byte, subject inspect.Subject, opts inspect.Options) problem.List {
	t.Helper()
	subject.Name = "it"
	r, err := inspect.Stream(t.Context(), bytes.NewReader(data), subject, opts)
	check(t, err)
	for i := range r.Problems {
		r.Problems[i].Hint = ""
	}
	return r.Problems
}

func TestLimitOfUnpackedSize(t *testing.T) {
	// Ten thousand empty files, whose headers alone are 5 MB.
	var many bytes.Buffer
	w := tar.NewWriter(&many)
	check(t, w.WriteHeader(&tar.Header{Name: "x.txt", Mode: 0o600}))
	check(t, w.Flush())
	headers := gz(t, bytes.Repeat(many.Bytes(), 10_000))
	for name, test := range map[string]struct {
		archive string
		data    []byte
		limit   int64
		refused bool
	}{
		"binary":           {".tar.gz", gz(t, tarball(t, file{plugin, amd64})), 299_999, true},
		"binary that fits": {".tar.gz", gz(t, tarball(t, file{plugin, amd64})), 310_000, false},
		"other files":      {".tar.gz", gz(t, tarball(t, file{"a.txt", make([]byte, 1e6)}, file{plugin, amd64})), 1e6, true},
		"headers":          {".tar.gz", headers, 1e6, true},
		"zip":              {".zip", zipped(t, file{"a.txt", make([]byte, 1e6)}, file{plugin, amd64}), 1e6, true},
		"zip that fits":    {".zip", zipped(t, file{"a.txt", make([]byte, 1e6)}, file{plugin, amd64}), 1_300_000, false},
	} {
		t.Run(name, func(t *testing.T) {
			var want problem.List
			if test.refused {
				want = problem.List{{
					Where: "it", Found: fmt.Sprintf(`"more than %d bytes" when it is unpacked`, test.limit),
					Want: "a " + test.archive + " archive that go-getter can unpack",
				}}
			}
			got := stream(t, test.data, inspect.Subject{Platform: index.Platform{OS: "linux", Arch: "amd64"}, Archive: test.archive}, inspect.Options{MaxUnpacked: test.limit})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A hard link in a tar archive has the mode of a file and no content.
func TestLinksAndDevices(t *testing.T) {
	for _, kind := range []byte{tar.TypeLink, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeFifo} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		check(t, w.WriteHeader(&tar.Header{Name: "helm", Typeflag: kind, Linkname: "/bin/true"}))
		check(t, w.Close())
		got := stream(t, b.Bytes(), inspect.Subject{Archive: ".tar", File: "helm"}, inspect.Options{})
		if len(got) != 1 || got[0].Want != "a .tar archive that go-getter can unpack" {
			t.Errorf("%c: %v, want that it is refused", kind, got)
		}
	}
}

// A dependency is the file with its own name, at the top level or in the only directory that
// matches.
func TestFileOfArchive(t *testing.T) {
	script := []byte("#!/bin/sh\n")
	for name, test := range map[string]struct {
		dir   string
		files []file
		found string
	}{
		"top":                    {"", []file{{"./helm", script}, {"a", nil}}, ""},
		"directory":              {"linux-amd64", []file{{"linux-amd64/", nil}, {"linux-amd64/helm", script}}, ""},
		"pattern":                {"*/bin", []file{{"v1/bin/helm", script}, {"README", nil}}, ""},
		"hidden":                 {"", []file{{".helm/helm", script}}, "an archive without helm"},
		"below":                  {"", []file{{"linux-amd64/helm", script}}, "an archive without helm"},
		"above":                  {"linux-amd64", []file{{"helm", script}}, "an archive without linux-amd64/helm"},
		"directory of that name": {"", []file{{"helm/", nil}, {"helm/x", script}}, "an archive without helm"},
		"two directories":        {"*", []file{{"b/helm", script}, {"a/x", script}}, "the directories a, b in the archive"},
		"directory and file":     {"*", []file{{"b/helm", script}, {"a", script}}, "the directories a, b in the archive"},
		"empty":                  {"", []file{{"helm", nil}}, "helm, an empty file, in the archive"},
		"page":                   {"", []file{{"helm", []byte("\n<HTML>")}}, `helm, a file that begins with "\n<HTML>", in the archive`},
	} {
		t.Run(name, func(t *testing.T) {
			for suffix, data := range map[string][]byte{".tar": tarball(t, test.files...), ".zip": zipped(t, test.files...)} {
				var found string
				for _, p := range stream(t, data, inspect.Subject{Archive: suffix, File: "helm", Dir: test.dir}, inspect.Options{}) {
					found += p.Found
				}
				if found != test.found {
					t.Errorf("%s: found %q, want %q", suffix, found, test.found)
				}
			}
		})
	}
}

// Nothing writes to the pipe, so opening it would block forever.
func TestNamedPipe(t *testing.T) {
	dir := t.TempDir()
	check(t, syscall.Mkfifo(filepath.Join(dir, plugin), 0o600))
	a, _, _ := artifact.Parse(plugin)
	if _, err := inspect.Artifact(t.Context(), dir, a, inspect.Options{}); err == nil {
		t.Error("no error")
	}
	if _, err := inspect.Open(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Errorf("error is %v, want %v", err, os.ErrNotExist)
	}
}
