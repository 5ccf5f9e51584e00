package verify

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/gogetter"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/fetch"
	"botkube-plugins/tools/indexgen/internal/inspect"
	"botkube-plugins/tools/indexgen/internal/schedule"
)

// remoteError is an error of the release or the network, not of this machine.
type remoteError struct {
	error
	temporary bool // whether another try may succeed
}

func downloadError(err error) remoteError { return remoteError{err, !fetch.Permanent(err)} }

func (e remoteError) Unwrap() error { return e.error }

// remote is a reader whose errors are remoteErrors.
type remote struct{ io.ReadCloser }

func (r remote) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = downloadError(err)
	}
	return n, err
}

// open opens the file at the URL, or the file of that name in Options.Dist.
func (v *verifier) open(ctx context.Context, c *Check, d gogetter.Download) (io.ReadCloser, error) {
	local := ""
	switch {
	case v.opts.Dist != "" && c.inDist:
		local = filepath.Join(v.opts.Dist, filepath.Base(d.File()))
	case d.Local:
		local = d.Path
	}
	if local != "" {
		file, err := inspect.Open(local)
		if err != nil {
			return nil, remoteError{error: err}
		}
		return file, nil
	}
	var header http.Header
	if v.opts.Header != nil {
		header = v.opts.Header(d.URL)
	}
	body, err := v.opts.Client.Get(ctx, d.URL, header)
	if err != nil {
		return nil, downloadError(err)
	}
	c.html = strings.HasPrefix(body.ContentType, "text/html")
	return remote{body}, nil
}

// download is a file that was downloaded and inspected.
type download struct {
	inspect.Result
	sum string // of the kind that was wanted, hexadecimal; empty if none was
	// path is the archive as it was downloaded, if it was stored.
	path string
}

// read inspects the file at the URL, and stores in dir the program that Botkube takes from it, if
// program is its path there, and the archive, if it is needed. It unpacks an archive only if the
// archive has the checksum, as go-getter does. An error of the release becomes a problem of the
// check, and the result is then empty.
func (v *verifier) read(ctx context.Context, c *Check, d gogetter.Download, subject inspect.Subject, want gogetter.Checksum, dir, program string) (download, error) {
	var f download
	body, err := v.open(ctx, c, d)
	local, isLocal := body.(*inspect.File)
	if err == nil {
		defer body.Close()
		if isLocal {
			body = local.File
		}
		subject.Name = c.where()
		opts := inspect.Options{Unpack: program, Job: c.job, OnRead: v.opts.OnRead}
		f, err = v.inspect(ctx, body, subject, want, opts, dir)
	}
	if ctx.Err() != nil {
		return download{}, context.Cause(ctx)
	}
	if failed := (remoteError{}); errors.As(err, &failed) {
		c.undownloaded(failed, fmt.Sprintf("the error %q", Plain(failed.error)))
		return download{}, nil
	}
	if isLocal && local.Changed() {
		c.report(inspect.Unsteady(local.Name()))
		return download{}, nil
	}
	if err != nil {
		return download{}, err
	}
	c.Size, c.Checksum = f.Size, f.SHA256
	for _, p := range f.Problems {
		if c.html {
			p.Hint = pageHint
		}
		c.report(p)
	}
	return f, nil
}

// inspect inspects body, but does not unpack an archive without the wanted checksum.
func (v *verifier) inspect(ctx context.Context, body io.Reader, subject inspect.Subject, want gogetter.Checksum, opts inspect.Options, dir string) (f download, err error) {
	in, sum := body, want.New()
	if sum != nil && want.Kind != "sha256" { // inspect computes that one anyway
		in = io.TeeReader(body, sum)
	}
	if subject.Archive == "" || sum == nil && v.opts.Keeper == nil {
		f.Result, err = inspect.Stream(ctx, in, subject, opts)
		f.sum = digest(f.SHA256, want, sum)
		return f, err
	}
	file, isFile := body.(*os.File)
	if !isFile || v.opts.Keeper != nil {
		if file, err = os.CreateTemp(dir, ""); err != nil {
			return f, err
		}
		defer file.Close()
		f.path = file.Name()
		in = io.TeeReader(in, opts.Job.Writer(ctx, file))
	}
	if f.Result, err = inspect.Sum(ctx, in, opts.OnRead); err != nil {
		return f, err
	}
	opts.OnRead = nil // each byte counts once
	if f.sum = digest(f.SHA256, want, sum); !strings.EqualFold(f.sum, want.Digits) {
		return f, nil
	}
	if _, err = file.Seek(0, io.SeekStart); err != nil {
		return f, err
	}
	f.Problems, err = inspect.Contents(ctx, file, subject, opts)
	return f, err
}

// digest returns the checksum of the wanted kind, which sum has if it is not SHA-256.
func digest(sha256 string, want gogetter.Checksum, sum hash.Hash) string {
	switch want.Kind {
	case "":
		return ""
	case "sha256":
		return sha256
	}
	return hex.EncodeToString(sum.Sum(nil))
}

const pageHint = "the server answered with an HTML page; check that the URL is public and leads to the raw file"

// Plain removes the method and the URL from an error of net/http, because messages show them
// already.
func Plain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// hint returns what to do about a download that failed.
func (c *Check) hint(err error) string {
	code := 0
	if status, ok := errors.AsType[*fetch.StatusError](err); ok {
		code = status.Code
	}
	switch {
	case code == http.StatusNotFound || code == http.StatusGone:
		return "publish the file under exactly this URL; a draft or private release gives this answer, too"
	case (code == http.StatusUnauthorized || code == http.StatusForbidden) && c.headers:
		return "send the header of a private source with --artifact-header"
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return "make it public; Botkube sends its headers only with the request for the index"
	case errors.Is(err, fetch.ErrChanged):
		return "publish the new file under a new URL"
	case errors.Is(err, fs.ErrNotExist):
		return "build it, or generate the index again from what is in the directory"
	}
	return ""
}

// artifact checks one artifact of an entry.
func (v *verifier) artifact(ctx context.Context, slot *schedule.Slot, c *Check, e index.Entry, a index.Artifact, summed bool) error {
	file, err := ArtifactFile(e, a)
	if err != nil {
		return nil // the validation of the index reports it
	}
	d := file.Download
	dir, err := v.prepare(c, file)
	if dir == "" {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, fileName(e, a.Platform))

	var want gogetter.Checksum
	if summed {
		want = gogetter.Checksum{Kind: "sha256", Digits: a.Checksum}
	}
	f, err := v.read(ctx, c, d, inspect.Subject{Platform: a.Platform, Archive: d.Archive}, want, dir, binary)
	if err != nil || f.SHA256 == "" {
		return err
	}
	if !strings.EqualFold(f.sum, want.Digits) {
		c.report(problem.Problem{
			Found: fmt.Sprintf("a file of %d bytes with the SHA-256 %s", f.Size, f.sum),
			Want:  a.Checksum + ", as the index says", Hint: c.checksumHint(d.Archive != ""),
		})
		return nil
	}
	if len(f.Problems) > 0 {
		return nil
	}
	c.readBuild(binary)
	command, runs := v.opts.Exec[a.Platform.String()]
	if v.opts.Start && (runs || a.Platform == index.Host()) && (e.Type == index.TypeSource || e.Type == index.TypeExecutor) {
		if err := slot.Wait(ctx, func(ctx context.Context) error { return v.start(ctx, c, e, a, command, binary) }); err != nil {
			return err
		}
	}
	return v.keep(c, file, f, binary)
}

// fileName returns the name of a plugin's binary by Botkube's rule. It is a plain file name even if
// the index is invalid.
func fileName(e index.Entry, p index.Platform) string {
	name := artifact.FileName(e.Type, e.Name, p)
	name = strings.Map(func(r rune) rune {
		if r == '/' || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, name)
	return name[:min(len(name), 100)]
}

// checksumHint guesses why the checksum is wrong.
func (c *Check) checksumHint(archive bool) string {
	hint := "the file was changed after the index was generated, or damaged on the way; generate the index again from what is published"
	switch {
	case c.html:
		return pageHint
	case archive:
		return hint + "; the checksum must be that of the archive, not of the binary in it"
	}
	return hint
}
