package pluginhost_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/internal/testplugin"
)

// runPath asks the plugin at the path for its metadata.
func runPath(t *testing.T, path string) error {
	t.Helper()
	return pluginhost.Run(t.Context(), pluginhost.Config{Path: path, Kind: pluginhost.Source, Timeout: ample}, metadata)
}

func wantLocal(t *testing.T, err error, want string) {
	t.Helper()
	if _, ok := errors.AsType[problem.Problem](err); ok || err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("found the error %v, want a failure of this machine with %q", err, want)
	}
}

// Without the permission to mount a file system with noexec, a script whose interpreter is not
// executable leads to the same error.
func TestRunWhereNothingMayBeExecuted(t *testing.T) {
	dir := t.TempDir()
	plain, script := filepath.Join(dir, "plain"), filepath.Join(dir, "source_good_linux_amd64")
	if err := errors.Join(os.WriteFile(plain, nil, 0o600), os.WriteFile(script, []byte("#!"+plain+"\n"), 0o700)); err != nil {
		t.Fatal(err)
	}
	err := runPath(t, script)
	wantLocal(t, err, "does not start an executable file: fork/exec "+script+": permission denied")
	if hint := problem.Hint(err); !strings.Contains(hint, "noexec") {
		t.Errorf("found the hint %q, want one about noexec", hint)
	}
}

func TestRunWithoutFileDescriptors(t *testing.T) {
	path := testplugin.Link(t, t.TempDir(), "source_good_linux_amd64")
	tempDir(t)
	next, err := os.Open(os.DevNull) // the lowest free number
	if err != nil {
		t.Fatal(err)
	}
	free := next.Fd()
	next.Close()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	few := old
	few.Cur = uint64(free) + 3 // for one pipe
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	err = runPath(t, path)
	if restore := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old); restore != nil {
		t.Fatal(restore)
	}
	wantLocal(t, err, "too many open files")
}

func TestRunWithAnUnusualTemporaryDirectory(t *testing.T) {
	dir := t.TempDir()
	long := filepath.Join(dir, strings.Repeat("a", 120))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	path := testplugin.Link(t, dir, "source_good_linux_amd64")
	t.Run("long", func(t *testing.T) {
		t.Setenv("TMPDIR", long)
		if err := runPath(t, path); err != nil {
			t.Error(err)
		}
	})
	t.Run("relative", func(t *testing.T) {
		t.Chdir(tempDir(t))
		t.Setenv("TMPDIR", ".")
		if err := runPath(t, path); err != nil {
			t.Error(err)
		}
	})
}

// Root can remove everything, so this test needs another user to fail.
func TestRunRemovesUnreadableDirectories(t *testing.T) {
	if _, err := askMetadata(t, t.Context(), pluginhost.Source, "locked-directory"); err != nil {
		t.Error(err)
	}
}
