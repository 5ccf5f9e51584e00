//go:build unix

package pluginhost

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"botkube-plugins/internal/problem"
)

// maxBase is the longest path in bytes below which a plugin can create its socket: some systems
// limit the path of a socket to 103 bytes, and "/ph<number>/plugin-dir<number>/plugin<number>" has
// up to 51.
const maxBase = 52

// makeOwn creates the plugin's own directory. Its path is absolute, because the plugin has
// another working directory than the host.
func makeOwn() (string, error) {
	base, err := filepath.Abs(os.TempDir())
	if err != nil {
		return "", err
	}
	if len(base) > maxBase {
		base = "/tmp"
	}
	return os.MkdirTemp(base, "ph")
}

// removeOwn removes the plugin's own directory, even if the plugin denied access to parts of it.
func removeOwn(own string) error {
	err := os.RemoveAll(own)
	// Other plugins that end release their file descriptors.
	for end := time.Now().Add(busyGrace); errors.Is(err, syscall.EMFILE) && time.Now().Before(end); err = os.RemoveAll(own) {
		time.Sleep(busyPause)
	}
	if err == nil {
		return nil
	}
	_ = os.Chmod(own, 0o700)
	if root, err := os.OpenRoot(own); err == nil { // a symbolic link must not lead out of it
		_ = fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				_ = root.Chmod(path, 0o700)
			}
			return nil
		})
		root.Close()
	}
	if err := os.RemoveAll(own); err != nil {
		return fmt.Errorf("cannot remove the plugin's temporary directory %s: %w", own, err)
	}
	return nil
}

// pluginErrors are the errors of exec that are the plugin's fault on every machine. The numbers are
// EBADEXEC, EBADARCH and EBADMACHO of macOS.
var pluginErrors = []syscall.Errno{
	syscall.ENOENT, syscall.ENOEXEC, syscall.EACCES, syscall.EINVAL, syscall.ENOTDIR, syscall.ELOOP, 85, 86, 88,
}

// localFault returns the error of a start that is this machine's fault, or nil if the plugin is at
// fault.
func localFault(path string, err error) error {
	errno, _ := errors.AsType[syscall.Errno](err)
	failed, ok := errors.AsType[*fs.PathError](err)
	if !ok || failed.Op != "fork/exec" || !slices.Contains(pluginErrors, errno) {
		return err
	}
	if info, statErr := os.Stat(path); errno == syscall.EACCES && statErr == nil && info.Mode()&0o111 != 0 {
		return problem.WithHint(fmt.Errorf("this system does not start an executable file: %w", err),
			"its file system may be mounted with noexec (TMPDIR names the directory for temporary files), "+
				"or the sandbox may deny access to its interpreter (see --sandbox)")
	}
	return nil
}
