package verify

import (
	"context"
	"crypto/sha256"
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
	"botkube-plugins/tools/indexgen/internal/fetch"
	"botkube-plugins/tools/indexgen/internal/inspect"
)

// remoteError is an error of what is verified, unlike one of the disk here.
type remoteError struct{ error }

func (e remoteError) Unwrap() error { return e.error }

// remote marks a reader's errors.
type remote struct{ io.ReadCloser }

func (r remote) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = remoteError{err}
	}
	return n, err
}

// open opens what is at the URL, or of that name in the directory of artifacts.
func (v *verifier) open(ctx context.Context, c *Check, d index.Download) (io.ReadCloser, error) {
	if v.opts.Dist != "" && c.Dependency == "" {
		file, err := inspect.Open(filepath.Join(v.opts.Dist, filepath.Base(d.File)))
		if err != nil {
			return nil, remoteError{err}
		}
		return file, nil
	}
	body, err := v.opts.Client.Get(ctx, d.URL, nil)
	if err != nil {
		return nil, remoteError{err}
	}
	c.html = strings.HasPrefix(body.ContentType, "text/html")
	return remote{body}, nil
}

// read inspects what is at the URL. An error of the other side becomes a problem of the
// check, and the result is empty.
func (v *verifier) read(ctx context.Context, c *Check, d index.Download, subject inspect.Subject, sum hash.Hash, unpack string) (inspect.Result, error) {
	if err := v.reading.take(ctx); err != nil {
		return inspect.Result{}, err
	}
	defer v.reading.give()
	var r inspect.Result
	body, err := v.open(ctx, c, d)
	if err == nil {
		defer body.Close()
		var in io.Reader = body
		if sum != nil {
			in = io.TeeReader(body, sum)
		}
		subject.Name = c.where()
		r, err = inspect.Stream(ctx, in, subject, inspect.Options{Unpack: unpack, MaxUnpacked: v.opts.MaxUnpacked})
	}
	if ctx.Err() != nil {
		return inspect.Result{}, context.Cause(ctx)
	}
	if failed := (remoteError{}); errors.As(err, &failed) {
		c.problem(fmt.Sprintf("the error %q", Plain(failed.error)), "a file that can be downloaded", hint(err))
		return inspect.Result{}, nil
	}
	if err != nil {
		return inspect.Result{}, err
	}
	c.Size = r.Size
	for _, p := range r.Problems {
		if c.html {
			p.Hint = pageHint
		}
		c.report(p)
	}
	return r, nil
}

const pageHint = "the server answered with an HTML page; is the URL that of the raw file, and public?"

// Plain takes the method and URL, which are shown anyway, from an error of net/http.
func Plain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// hint says what to do about a download that failed.
func hint(err error) string {
	code := 0
	if status, ok := errors.AsType[*fetch.StatusError](err); ok {
		code = status.Code
	}
	switch {
	case code == http.StatusNotFound || code == http.StatusGone:
		return "publish the file under this very URL; a draft or private release answers so, too"
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return "make it public: Botkube sends its headers with the request for the index only"
	case errors.Is(err, fetch.ErrChanged):
		return "publish what is new under a new URL"
	case errors.Is(err, fs.ErrNotExist):
		return "build it, or make the index anew from what is in the directory"
	}
	return ""
}

// artifact checks one artifact of an entry.
func (v *verifier) artifact(ctx context.Context, c *Check, e index.Entry, a index.Artifact, summed bool) error {
	d, err := index.ParseDownload(a.URL)
	if err != nil {
		return nil // which the index's validation says
	}
	dir, err := os.MkdirTemp(v.dir, "")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, fileName(e, a.Platform))

	r, err := v.read(ctx, c, d, inspect.Subject{Platform: a.Platform, Archive: d.Archive}, nil, binary)
	if err != nil || r.SHA256 == "" {
		return err
	}
	if summed && !strings.EqualFold(r.SHA256, a.Checksum) {
		c.problem(
			fmt.Sprintf("a file of %d bytes with the SHA-256 %s", r.Size, r.SHA256),
			a.Checksum+", as the index says", c.checksumHint(binary, a.Checksum),
		)
		return nil
	}
	if len(r.Problems) > 0 {
		return nil
	}
	c.readBuild(binary)
	if v.opts.Start && a.Platform == host && (e.Type == index.TypeSource || e.Type == index.TypeExecutor) {
		return v.start(ctx, c, e, a, binary)
	}
	return nil
}

// fileName names a plugin's binary by Botkube's rule, whatever is in the index.
func fileName(e index.Entry, p index.Platform) string {
	name := fmt.Sprintf("%s_%s_%s_%s", e.Type, e.Name, p.OS, p.Arch)
	name = strings.Map(func(r rune) rune {
		if r == '/' || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, name)
	return name[:min(len(name), 100)]
}

// checksumHint guesses what a wrong checksum is that of.
func (c *Check) checksumHint(binary, checksum string) string {
	if c.html {
		return pageHint
	}
	file, err := os.Open(binary)
	if err == nil {
		defer file.Close()
		sum := sha256.New()
		if _, err := io.Copy(sum, file); err == nil && strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), checksum) {
			return "that is the checksum of the binary in the archive; it must be the archive's own"
		}
	}
	return "the file was changed after the index was made, or damaged on its way; make the index anew from what is published"
}
