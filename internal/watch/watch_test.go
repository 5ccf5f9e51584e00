package watch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

func TestNow(t *testing.T) {
	dir := t.TempDir()
	file, sub := filepath.Join(dir, "file"), filepath.Join(dir, "sub")
	write(t, file, "one")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	last := Now(dir)
	if Now(dir) != last {
		t.Error("two states of the same files differ")
	}
	for _, step := range []struct {
		what string
		do   func() error
		want bool // whether the state changes
	}{
		{"a file below a subdirectory", func() error { return os.WriteFile(filepath.Join(sub, "x"), nil, 0o600) }, false},
		{"a new size", func() error { return os.WriteFile(file, []byte("three"), 0o600) }, true},
		{"a new time", func() error { return os.Chtimes(file, time.Time{}, time.Unix(1, 0)) }, true},
		{"a new mode", func() error { return os.Chmod(file, 0o700) }, true},
		{"a new file", func() error { return os.WriteFile(filepath.Join(dir, "new"), nil, 0o600) }, true},
		{"a file that is gone", func() error { return os.Remove(file) }, true},
		{"a directory that is gone", func() error { return os.RemoveAll(dir) }, true},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		now := Now(dir)
		if changed := now != last; changed != step.want {
			t.Errorf("%s: found changed %t, want %t", step.what, changed, step.want)
		}
		last = now
	}
}

// The test writes every 100 ms for a second. Wait must return once, after the last write.
func TestWait(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		before := Now(file)
		go func() {
			for i := range 10 {
				time.Sleep(100 * time.Millisecond)
				write(t, file, string(make([]byte, i)))
			}
		}()
		after, err := Wait(t.Context(), before, file)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < time.Second || took > time.Second+3*interval {
			t.Errorf("found a change after %s, want one soon after a second", took)
		}
		if after != Now(file) || after == before {
			t.Error("found a state that is not that of the last write")
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		file := filepath.Join(t.TempDir(), "file")
		if _, err := Wait(ctx, Now(file), file); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("found error %v, want the context error", err)
		}
	})
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Error(err)
	}
}
