package generate_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/testplugin"
	"botkube-plugins/tools/indexgen/internal/generate"
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
