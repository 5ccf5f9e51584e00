package mirror_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/testplugin"
	"botkube-plugins/tools/indexgen/internal/inspect"
	"botkube-plugins/tools/indexgen/internal/mirror"
	"botkube-plugins/tools/indexgen/internal/schedule"
	"botkube-plugins/tools/indexgen/internal/verify"
)

// The archives of all repositories use up one budget.
func TestRunHasOneBudget(t *testing.T) {
	dir := t.TempDir()
	one, size := archived(t, dir, "one", 10_000)
	two, _ := archived(t, dir, "two", 10_001)
	for contents, want := range map[int]int{2 * size: 0, 2*size - 1: 1} {
		out := filepath.Join(dir, fmt.Sprint(contents))
		result, err := mirror.Run(t.Context(), mirror.Options{
			Repositories: []mirror.Repository{{Name: "one", Index: one}, {Name: "two", Index: two}},
			Layout:       mirror.LayoutCache, Output: out, Lock: filepath.Join(out, mirror.LockFile),
			Verify: verify.Options{
				Jobs: 1, Budget: inspect.NewBudget(int64(contents), 0), Progress: schedule.NoProgress{}, Done: func(verify.Check) {},
			},
		})
		if err != nil || result.Problems.Total() != want {
			t.Errorf("%d bytes: found error %v and the problems %v, want %d", contents, err, result.Problems.Kept, want)
		}
	}
}

// archived returns an index of a plugin in an archive, and the size of the archive.
func archived(t *testing.T, dir, name string, length int) (ix index.Index, size int) {
	t.Helper()
	var archive bytes.Buffer
	w, exe := tar.NewWriter(&archive), testplugin.Executable("windows", "arm64", length)
	err := w.WriteHeader(&tar.Header{Name: "x", Size: int64(len(exe)), Mode: 0o755})
	_, writeErr := w.Write(exe)
	file := filepath.Join(dir, name+".tar")
	if err := errors.Join(err, writeErr, w.Close(), os.WriteFile(file, archive.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return index.Index{Entries: []index.Entry{{
		Type: index.TypeSource, Name: "x", Version: "1.0.0", Description: "X", URLs: []index.Artifact{{
			URL: "file://" + file, Checksum: fmt.Sprintf("%x", sha256.Sum256(archive.Bytes())),
			Platform: index.Platform{OS: "windows", Arch: "arm64"},
		}},
	}}}, archive.Len()
}
