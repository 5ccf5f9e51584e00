// Package watch tells when files have changed. It looks again and again, which costs little
// for the few files of a plugin and works wherever files do: on mounted file systems, and in
// directories that are deleted and made anew, as builds do.
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

// State stands for what was seen of some files. Equal states mean equal files.
type State [sha256.Size]byte

// Now looks at the paths: files, or directories with the files in them, but not those below.
// A path at which there is nothing is a state, too.
func Now(paths ...string) State {
	sum := sha256.New()
	for _, path := range paths {
		note(sum, path)
		entries, _ := os.ReadDir(path) // none of a file, or of nothing
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
	case info.IsDir(): // its time tells of files that are not looked at
		fmt.Fprintf(sum, "%q directory\n", path)
	default:
		fmt.Fprintf(sum, "%q %s %d %d\n", path, info.Mode(), info.Size(), info.ModTime().UnixNano())
	}
}

// Wait returns when the paths differ from the last state and have stayed the same for a
// moment, so that a build or an editor is done with them, and gives their new state. It
// returns the context's error when ctx ends before.
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
