package site_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"botkube-plugins/tools/indexgen/internal/site"

	"github.com/google/go-cmp/cmp"
)

// tree returns the files in a directory.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		found[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func wantTree(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Errorf("the directory (-want +got):\n%s", diff)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "site")
	first := site.Files{"index.html": []byte("1"), "plugins/a/source-x.html": []byte("x"), "plugins/b/source-y.html": []byte("y")}
	if err := site.Write(t.Context(), dir, first); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "CNAME"), "mine")
	writeFile(t, filepath.Join(dir, "plugins", "b", "mine.html"), "mine")
	wantTree(t, dir, map[string]string{
		"index.html": "1", "plugins/a/source-x.html": "x", "plugins/b/source-y.html": "y", "CNAME": "mine", "plugins/b/mine.html": "mine",
		".indexgen-site": "index.html\nplugins/a/source-x.html\nplugins/b/source-y.html\n",
	})

	// The second site lacks plugins of the first one. Other files stay.
	if err := site.Write(t.Context(), dir, site.Files{"index.html": []byte("2"), "plugins/c/source-z.html": []byte("z")}); err != nil {
		t.Fatal(err)
	}
	second := map[string]string{
		"index.html": "2", "plugins/c/source-z.html": "z", "CNAME": "mine", "plugins/b/mine.html": "mine",
		".indexgen-site": "index.html\nplugins/c/source-z.html\n",
	}
	wantTree(t, dir, second)
	if _, err := os.Stat(filepath.Join(dir, "plugins", "a")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found error %v for the directory of a plugin that is gone, want that it does not exist", err)
	}

	// A run that fails, or ends early, leaves the site as it was.
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if err := site.Write(ctx, dir, first); !errors.Is(err, stopped) {
		t.Errorf("found error %v, want the cause of the context", err)
	}
	wantTree(t, dir, second)
	err := site.Write(t.Context(), dir, site.Files{"index.html": []byte("3"), "CNAME": []byte("theirs")})
	if err == nil || !strings.HasSuffix(err.Error(), "CNAME is there, and is not of a site that indexgen wrote") {
		t.Errorf("found error %v, want that a file is not ours", err)
	}
	wantTree(t, dir, second)
}

// Nothing outside the directory is written or removed, whatever its list and its links say.
func TestWriteStaysInside(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "site")
	writeFile(t, filepath.Join(parent, "secret"), "mine")
	writeFile(t, filepath.Join(parent, "out", "source-x.html"), "mine")
	writeFile(t, filepath.Join(dir, ".indexgen-site"), "../secret\n/etc/passwd\nplugins/../../secret\nplugins/a/source-x.html\n")
	if err := os.MkdirAll(filepath.Join(dir, "plugins"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../out", filepath.Join(dir, "plugins", "a")); err != nil {
		t.Fatal(err)
	}
	if err := site.Write(t.Context(), dir, site.Files{"index.html": []byte("1"), "plugins/a/source-x.html": []byte("x")}); err == nil {
		t.Error("found no error, want one for the link that leads out of the directory")
	}
	if err := site.Write(t.Context(), dir, site.Files{"index.html": []byte("1")}); err == nil {
		t.Error("found no error, want one for a file to remove behind that link")
	}
	wantTree(t, filepath.Join(parent, "out"), map[string]string{"source-x.html": "mine"})
	if data, err := os.ReadFile(filepath.Join(parent, "secret")); string(data) != "mine" {
		t.Errorf("found %q, %v in the file outside, want it unchanged", data, err)
	}
}
