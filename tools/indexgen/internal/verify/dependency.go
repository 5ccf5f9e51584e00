package verify

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"botkube-plugins/internal/gogetter"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/inspect"
)

// dependency checks one dependency.
func (v *verifier) dependency(ctx context.Context, c *Check, name string) error {
	file, err := DependencyFile(name, c.URL)
	if err != nil {
		return nil // the validation of the index reports it
	}
	d := file.Download
	dir, err := v.prepare(c, file)
	if dir == "" {
		return err
	}
	defer os.RemoveAll(dir)
	program := ""
	if v.opts.Keeper != nil {
		program = filepath.Join(dir, "program")
	}
	subject := inspect.Subject{Archive: d.Archive}
	if d.Archive != "" {
		subject.File, subject.Dir = name, path.Clean("/" + d.Dir)[1:]
	}
	want, err := v.checksum(ctx, c, d)
	if err != nil {
		return err
	}
	f, err := v.read(ctx, c, d, subject, want, dir, program)
	if err != nil || f.SHA256 == "" {
		return err
	}
	pinned := gogetter.WithChecksum(c.URL, f.SHA256)
	if d.Checksum == "" && len(f.Problems) == 0 {
		c.warn(problem.Problem{
			Found: "no checksum", Want: "the URL " + pinned, Hint: "go-getter then rejects a file that somebody has replaced",
		})
	}
	if !strings.EqualFold(f.sum, want.Digits) {
		c.report(problem.Problem{
			Found: fmt.Sprintf("a file of %d bytes with the checksum %s", f.Size, f.sum), Want: want.Digits + ", as the URL says",
			Hint: "the file was replaced, or damaged on the way; if it is the right one, use " + pinned,
		})
	}
	return v.keep(c, file, f, program)
}

// checksum returns the checksum that the URL requires. It is empty if the URL requires none, or if
// the list that it names has no checksum of the file, which becomes a problem.
func (v *verifier) checksum(ctx context.Context, c *Check, d gogetter.Download) (gogetter.Checksum, error) {
	want, err := gogetter.ParseChecksum(d.Checksum)
	if err != nil || want.File == "" {
		return want, nil //nolint:nilerr // the validation of the index reports it
	}
	small := *v.opts.Client
	small.MaxSize = 1 << 20
	body, err := small.Get(ctx, want.File, nil)
	var list []byte
	if err == nil {
		defer body.Close()
		list, err = io.ReadAll(body)
	}
	if ctx.Err() != nil {
		return want, context.Cause(ctx)
	}
	if err != nil {
		c.undownloaded(downloadError(err), fmt.Sprintf("the error %q for its checksum file %s", Plain(err), problem.Line(want.File)))
		return gogetter.Checksum{}, nil
	}
	sum, ok := gogetter.FindChecksum(string(list), want.File, d.URL)
	if !ok {
		c.report(problem.Problem{
			Found: "no checksum of the file in its checksum file " + problem.Line(want.File), Want: "the checksum of " + d.File(),
		})
	}
	return sum, nil
}
