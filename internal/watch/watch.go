// Package watch detects changes of files. It polls, which is cheap for the few files of a plugin,
// and works on mounted file systems and in directories that a build deletes and creates again.
package watch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"time"
)

const interval = 200 * time.Millisecond

// State is a digest of the names, modes, sizes and times of some files. Files with equal states are
// unchanged.
type State [sha256.Size]byte

// Now returns the state of the paths. A path is a file, or a directory with the files in it,
// without its subdirectories. A path may be missing; that is a state too.
func Now(paths ...string) State {
	sum := sha256.New()
	for _, path := range paths {
		note(sum, path)
		entries, _ := os.ReadDir(path) // a file or a missing path has no entries
		for _, entry := range entries {
			if !entry.IsDir() {
				note(sum, filepath.Join(path, entry.Name()))
			}
		}
	}
	return State(sum.Sum(nil))
}

func note(sum hash.Hash, path string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		fmt.Fprintf(sum, "%q nothing\n", path)
	case info.IsDir(): // its time may change with files that do not count
		fmt.Fprintf(sum, "%q directory\n", path)
	default:
		fmt.Fprintf(sum, "%q %s %d %d\n", path, info.Mode(), info.Size(), info.ModTime().UnixNano())
	}
}

// Wait waits until the paths differ from the last state and have not changed for a moment, so that
// a build or an editor has finished with them. It returns their new state, or the context's cause
// if ctx ends first.
func Wait(ctx context.Context, last State, paths ...string) (State, error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	previous := last
	for {
		select {
		case <-ctx.Done():
			return last, context.Cause(ctx)
		case <-ticker.C:
		}
		now := Now(paths...)
		if now != last && now == previous {
			return now, nil
		}
		previous = now
	}
}
