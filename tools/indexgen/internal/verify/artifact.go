package verify

import (
	"context"
	"crypto/md5"  //nolint:gosec // go-getter offers it
	"crypto/sha1" //nolint:gosec // go-getter offers it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/inspect"
)

// maxUnpacked is how many bytes an archive may hold.
const maxUnpacked = 2 << 30

// remoteError is an error of the other side, unlike one of the disk here.
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

// open opens what is at the URL. contentType is what a server calls it.
func (v *verifier) open(ctx context.Context, d index.Download, local bool) (body io.ReadCloser, contentType string, err error) {
	if local {
		file, err := os.Open(filepath.Join(v.opts.Dist, filepath.Base(d.File)))
		if err != nil {
			return nil, "", remoteError{err}
		}
		return file, "", nil
	}
	b, err := v.opts.Client.Get(ctx, d.URL, nil)
	if err != nil {
		return nil, "", remoteError{err}
	}
	return remote{b}, b.ContentType, nil
}

// read inspects what is at the URL. An error of the other side becomes a problem of the
// check, and ok is false.
func (v *verifier) read(ctx context.Context, c *Check, d index.Download, subject inspect.Subject, sum hash.Hash, unpack string) (r inspect.Result, ok bool, err error) {
	body, contentType, err := v.open(ctx, d, v.opts.Dist != "" && c.Dependency == "")
	if err == nil {
		defer body.Close()
		var in io.Reader = body
		if sum != nil {
			in = io.TeeReader(body, sum)
		}
		subject.Name = c.where()
		r, err = inspect.Stream(ctx, in, subject, inspect.Options{Unpack: unpack, MaxUnpacked: maxUnpacked})
	}
	var failed remoteError
	switch {
	case ctx.Err() != nil:
		return r, false, context.Cause(ctx)
	case errors.As(err, &failed):
		c.problem(fmt.Sprintf("the error %q for %s", unwrapURL(failed.error), c.URL), "a file that can be downloaded", "")
		return r, false, nil
	case err != nil:
		return r, false, err
	}
	c.Size = r.Size
	for _, p := range r.Problems {
		if strings.HasPrefix(contentType, "text/html") {
			p.Hint = "the server answered with an HTML page; is the URL that of the raw file, and public?"
		}
		c.problems = append(c.problems, p)
	}
	return r, len(r.Problems) == 0, nil
}

// unwrapURL takes the method and URL, which are shown anyway, from an error of net/http.
func unwrapURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// artifact checks one artifact of an entry.
func (v *verifier) artifact(ctx context.Context, c *Check, e index.Entry, a index.Artifact) error {
	d, err := index.ParseDownload(a.URL)
	if err != nil {
		return nil // which the index's validation says
	}
	dir, err := os.MkdirTemp(v.dir, "")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, fmt.Sprintf("%s_%s_%s_%s", e.Type, filepath.Base(e.Name), a.Platform.OS, a.Platform.Arch))

	r, ok, err := v.read(ctx, c, d, inspect.Subject{Platform: a.Platform, Archive: d.Archive}, nil, binary)
	if err != nil || r.SHA256 == "" {
		return err
	}
	if !strings.EqualFold(r.SHA256, a.Checksum) {
		c.problem(
			fmt.Sprintf("a file of %d bytes with the SHA-256 %s at %s", r.Size, r.SHA256, c.URL),
			a.Checksum+", as the index says", checksumHint(binary, a.Checksum),
		)
		return nil
	}
	if !ok {
		return nil
	}
	c.readBuild(binary)
	if v.opts.Start && a.Platform == host {
		return v.start(ctx, c, e, a, binary)
	}
	return nil
}

// checksumHint guesses what a wrong checksum is that of.
func checksumHint(binary, checksum string) string {
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

// dependency checks one dependency.
func (v *verifier) dependency(ctx context.Context, c *Check) error {
	d, err := index.ParseDownload(c.URL)
	if err != nil {
		return nil // which the index's validation says
	}
	subject := inspect.Subject{Archive: d.Archive}
	if d.Archive != "" {
		subject.File = path.Join(d.Dir, strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(c.Dependency))
	}
	kind, want, typed := strings.Cut(d.Checksum, ":")
	if !typed {
		kind, want = "", d.Checksum
	}
	sum := newHash(kind, len(want))
	r, _, err := v.read(ctx, c, d, subject, sum, "")
	if err != nil || r.SHA256 == "" {
		return err
	}
	switch {
	case d.Checksum == "":
		c.warn("no checksum", fmt.Sprintf("the URL %s", withChecksum(c.URL, r.SHA256)),
			"go-getter then refuses a file that somebody has replaced")
	case sum == nil:
		c.warn(fmt.Sprintf("the checksum %q, which was not compared", d.Checksum), "sha256:"+r.SHA256, "")
	case !strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), want):
		c.problem(fmt.Sprintf("a file with the checksum %x at %s", sum.Sum(nil), d.URL), want+", as the URL says", "")
	}
	return nil
}

// newHash returns the hash of go-getter's checksum parameter: by its kind or else by the
// length of the hexadecimal digest. It is nil for a checksum that is in another file.
func newHash(kind string, digits int) hash.Hash {
	switch {
	case kind == "md5" || kind == "" && digits == 2*md5.Size:
		return md5.New() //nolint:gosec // go-getter offers it
	case kind == "sha1" || kind == "" && digits == 2*sha1.Size:
		return sha1.New() //nolint:gosec // go-getter offers it
	case kind == "sha256" || kind == "" && digits == 2*sha256.Size:
		return sha256.New()
	case kind == "sha512" || kind == "" && digits == 2*sha512.Size:
		return sha512.New()
	}
	return nil
}

func withChecksum(raw, sum string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	separator := "?"
	if u.RawQuery != "" {
		separator = "&"
	}
	return raw + separator + "checksum=sha256:" + sum
}
