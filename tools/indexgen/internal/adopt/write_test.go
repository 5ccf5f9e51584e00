package adopt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// repository returns a directory with a README.
func repository(t *testing.T) *os.Root {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func onlyOld(t *testing.T, root *os.Root, want string) {
	t.Helper()
	left, err := os.ReadDir(root.Name())
	if err != nil || len(left) != 1 {
		t.Errorf("found %v, error %v, want README.md alone", left, err)
	}
	if text, err := root.ReadFile("README.md"); err != nil || string(text) != want {
		t.Errorf("found %q, error %v, want %q", text, err, want)
	}
}

var both = []Change{{"a/b/new.yml", nil, []byte("x")}, {"README.md", []byte("old"), []byte("new")}}

func TestWrite(t *testing.T) {
	root := repository(t)
	if err := Write(t.Context(), root, both); err != nil {
		t.Fatal(err)
	}
	for _, c := range both {
		if text, err := root.ReadFile(c.Path); err != nil || string(text) != string(c.New) {
			t.Errorf("%s: found %q, error %v", c.Path, text, err)
		}
	}
	if info, err := root.Stat("README.md"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("found the mode %v, error %v, want that of the old file", info.Mode(), err)
	}
}

func TestFailedWriteChangesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root := repository(t)
	if err := Write(ctx, root, both); !errors.Is(err, context.Canceled) {
		t.Errorf("found error %v, want %v", err, context.Canceled)
	}
	onlyOld(t, root, "old")

	// Somebody edits a file while init asks.
	if err := root.WriteFile("README.md", []byte("edited"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), root, both); err == nil || err.Error() != "README.md has just been changed" {
		t.Errorf("found error %v", err)
	}
	onlyOld(t, root, "edited")

	// The directory of the last file cannot be created.
	if err := Write(t.Context(), root, append(both, Change{"README.md/x", nil, nil})); err == nil {
		t.Error("found no error")
	}
	onlyOld(t, root, "edited")
}
