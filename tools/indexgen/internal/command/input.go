package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"

	"github.com/google/renameio/v2"
)

// readInput reads an index from a file, or from stdin if it is named "-".
func readInput(ctx context.Context, s *cli.Screen, name string) ([]byte, error) {
	if name == "-" {
		return untilDone(ctx, func() ([]byte, error) { return readLimited(s.In, 0) })
	}
	return readIndexFile(ctx, name)
}

// annotate shows the annotations of an index in its file. Stdin and a URL are no file.
func annotate(s *cli.Screen, name string) {
	if name != "-" && !isURL(name) {
		s.Annotated = name
	}
}

// readOneOf reads one of several indexes from a URL or a file. An error that is about the index names
// it.
func readOneOf(ctx context.Context, name string) ([]byte, error) {
	data, err := readIndex(ctx, defaultClient(), name, nil)
	if _, ok := errors.AsType[*index.LimitError](err); ok {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, err
}

// readIndexFile reads an index from a file.
func readIndexFile(ctx context.Context, name string) ([]byte, error) {
	return untilDone(ctx, func() ([]byte, error) {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return nil, err
		}
		return readLimited(file, info.Size())
	})
}

// readLimited reads at most index.MaxSize bytes. size is the expected number of bytes, or 0.
func readLimited(r io.Reader, size int64) ([]byte, error) {
	if size > index.MaxSize {
		return nil, index.TooLarge()
	}
	r = io.LimitReader(r, index.MaxSize+1)
	var data []byte
	var err error
	if size == 0 {
		data, err = io.ReadAll(r)
	} else {
		all := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead)) // never copied
		_, err = all.ReadFrom(r)
		data = all.Bytes()
	}
	if err != nil {
		return nil, err
	}
	if len(data) > index.MaxSize {
		return nil, index.TooLarge()
	}
	return data, nil
}

// checkMemory is how much memory the check of an index of up to 16 MiB may need. docs/security.md says
// that it takes at most 200 MB.
const checkMemory = 160 << 20

// limitMemory collects garbage early enough for the check of an index of this size. Without it, the
// peak of some indexes of 16 MiB depends on when a busy machine collects: TestMemory found 150 to 209
// MiB for the same one.
func limitMemory(size int) { debug.SetMemoryLimit(max(checkMemory, 10*int64(size))) }

// untilDone calls read, and returns when the context ends even if read does not: nothing interrupts
// opening a named pipe or reading from a terminal. The read then ends with the process.
func untilDone(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := read()
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		return r.data, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// writeIndex writes an index to a file or stdout, completely or not at all.
func writeIndex(s *cli.Screen, output string, data []byte) error {
	if output == "-" {
		data, err := printableYAML(data)
		if err != nil {
			return err
		}
		return s.Result(data)
	}
	if info, err := os.Stat(output); err == nil && !info.Mode().IsRegular() {
		return problem.WithHint(fmt.Errorf("%s is not a regular file and cannot be replaced", output), "--output - writes to stdout")
	}
	return renameio.WriteFile(output, data, 0o644, renameio.WithTempDir(filepath.Dir(output)))
}
