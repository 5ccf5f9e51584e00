package generate_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/testplugin"
	"botkube-plugins/tools/indexgen/internal/generate"
	"botkube-plugins/tools/indexgen/internal/inspect"
	"botkube-plugins/tools/indexgen/internal/schedule"
)

// changing is a Progress that changes a file as soon as something is read.
type changing struct {
	t      *testing.T
	change func(path string) error
	path   string
}

func (c changing) Start(int64) {}
func (c changing) Advance(int) {
	if err := c.change(c.path); err != nil {
		c.t.Error(err)
	}
}

func TestRunReportsAFileThatChanges(t *testing.T) {
	const file = "source_x_plan9_386"
	for name, change := range map[string]func(string) error{
		"size": func(path string) error { return os.Truncate(path, 10) },
		"time": func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(1, 0)) },
		"gone": os.RemoveAll,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, file)
			if err := os.WriteFile(path, testplugin.Executable("linux", "amd64", 1<<20), 0o600); err != nil {
				t.Fatal(err)
			}
			result, err := generate.Run(t.Context(), generate.Options{
				Dist: dir, BaseURL: "https://example.com", Form: artifact.FormAuto, Timeout: time.Minute, Jobs: 1,
				Progress: changing{t, change, path}, Done: func(generate.Plugin) {},
			})
			if err != nil {
				t.Fatal(err)
			}
			var found []string // without the problem that there is no plugin for this machine
			for _, p := range result.Problems {
				if p.Where == file {
					found = append(found, p.Found)
				}
			}
			if want := []string{"a file that changed while it was read"}; !slices.Equal(found, want) {
				t.Errorf("found %q, want %q in %v", found, want, result.Problems)
			}
		})
	}
}

// All archives together have one limit of what is unpacked.
func TestRunHasOneBudget(t *testing.T) {
	dir := t.TempDir()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	exe := testplugin.Executable("plan9", "386", 10_000)
	if err := w.WriteHeader(&tar.Header{Name: "source_x_plan9_386", Size: int64(len(exe)), Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(exe); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"source_x_plan9_386.tar", "source_y_plan9_386.tar"} {
		if err := os.WriteFile(filepath.Join(dir, name), archive.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for contents, want := range map[int]int{2 * archive.Len(): 0, 2*archive.Len() - 1: 1} {
		result, err := generate.Run(t.Context(), generate.Options{
			Dist: dir, BaseURL: "https://example.com", Form: artifact.FormAuto, Timeout: time.Minute, Jobs: 2,
			Budget:   inspect.NewBudget(int64(contents), 0),
			Progress: schedule.NoProgress{}, Done: func(generate.Plugin) {},
		})
		if err != nil {
			t.Fatal(err)
		}
		refused := 0
		for _, p := range result.Problems {
			if p.Found == fmt.Sprintf("archives that together have more than %d bytes when they are unpacked", contents) {
				refused++
			}
		}
		if refused != want {
			t.Errorf("%d bytes: found %d refused archives, want %d in %v", contents, refused, want, result.Problems)
		}
	}
}
