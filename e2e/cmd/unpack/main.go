// Unpack installs archives with the function of Botkube that downloads plugins and dependencies. It
// reads Requests from stdin, as JSON, and writes a Result to stdout for each.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	_ "unsafe" // for go:linkname

	"github.com/kubeshop/botkube/pkg/plugin"
)

// Request names an archive.
type Request struct {
	URL string
	// Dependency is the name of a dependency, or empty for a plugin.
	Dependency string
}

// Result is what Botkube has installed from an archive.
type Result struct {
	Error string
	// Content is that of the installed file. It is nil if there is none.
	Content []byte
}

// Botkube does not export the function. The program contains it unmodified.
//
//go:linkname downloadBinary github.com/kubeshop/botkube/pkg/plugin.downloadBinary
func downloadBinary(ctx context.Context, destPath string, binaryURL plugin.URL, autoDetectFilename bool) error

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	if os.Geteuid() == 0 {
		return errors.New("started as root, which may do what Botkube's user may not")
	}
	syscall.Umask(0o022) // as in Botkube's image
	temp := os.TempDir()
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var request Request
		if err := decoder.Decode(&request); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		result, err := install(temp, request)
		if err != nil {
			return fmt.Errorf("%s: %w", request.URL, err)
		}
		if err := encoder.Encode(result); err != nil {
			return err
		}
	}
}

// install installs an archive below the directory temp, and removes all files again. It returns an
// error if this program fails, and not Botkube.
func install(temp string, r Request) (result Result, err error) {
	dir, err := os.MkdirTemp(temp, "unpack")
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, removeAll(dir)) }()
	if err := os.Setenv("TMPDIR", dir); err != nil { // go-getter may leave files there
		return result, err
	}

	name := r.Dependency
	if name == "" {
		name = "source_1.0.0_it"
	}
	dest := filepath.Join(dir, "cache", name)
	if err := downloadBinary(context.Background(), dest, plugin.URL{URL: r.URL}, r.Dependency == ""); err != nil {
		result.Error = err.Error()
		return result, nil
	}
	if info, err := os.Stat(dest); err != nil || info.IsDir() {
		return result, nil //nolint:nilerr // Botkube has installed no file
	}
	result.Content, err = os.ReadFile(dest)
	return result, err
}

// removeAll removes a directory and everything in it, whatever the permissions are.
func removeAll(dir string) error {
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return os.Chmod(path, 0o700) // before WalkDir reads it
	})
	return errors.Join(err, os.RemoveAll(dir))
}
