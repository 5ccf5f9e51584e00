// Package fetch downloads files over HTTP as streams that survive broken connections.
package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Client downloads. Its fields must be set; it may be used by several goroutines.
type Client struct {
	// HTTP makes the requests. Its CheckRedirect is not used: ten redirects are followed.
	HTTP *http.Client
	// Tries is how often a request is made in vain, in a row, before giving up.
	Tries int
	// Wait is the pause after the first failure. It grows with each further one.
	Wait time.Duration
	// Timeout bounds each request by itself, up to the last byte of its answer. A download
	// that takes longer goes on with another request, if the server can resume.
	Timeout time.Duration
	// MaxSize is how many bytes an answer may have.
	MaxSize int64
}

// StatusError says that a server answered something else than success.
type StatusError struct {
	Code   int
	Status string // such as "404 Not Found"
}

func (e *StatusError) Error() string { return "HTTP status " + e.Status }

// SizeError says that an answer was too large.
type SizeError struct{ Max int64 }

func (e *SizeError) Error() string { return fmt.Sprintf("more than %d bytes", e.Max) }

// ErrChanged says that a download could not go on, as the file is another one by now.
var ErrChanged = errors.New("the file changed on the server while it was downloaded")

var errRedirects = errors.New("more than 10 redirects")

// Get requests a URL and follows redirects. It tries again when the server cannot be
// reached or answers 429 or 5xx. The body must be closed.
//
// An answer that is compressed although nobody asked for it is decompressed, as Go's own
// client does for Botkube.
func (c *Client) Get(ctx context.Context, url string, header http.Header) (*Body, error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = c.Wait
	b := &Body{client: c, ctx: ctx, url: url, header: header, total: -1, pause: pause}
	for {
		err := b.request()
		if err == nil {
			b.ContentType = b.resp.Header.Get("Content-Type")
			b.gzipped = b.resp.Header.Get("Content-Encoding") == "gzip"
			return b, nil
		}
		if err := b.retry(err); err != nil {
			return nil, err
		}
	}
}

// retry waits before the next try, or returns the error if there is none.
func (b *Body) retry(err error) error {
	if b.ctx.Err() != nil {
		return context.Cause(b.ctx)
	}
	if b.fails++; b.fails >= b.client.Tries || permanent(err) {
		return err
	}
	select {
	case <-time.After(b.pause.NextBackOff()):
		return nil
	case <-b.ctx.Done():
		return context.Cause(b.ctx)
	}
}

// permanent tells whether another try would end like the last.
func permanent(err error) bool {
	if status, ok := errors.AsType[*StatusError](err); ok {
		return status.Code != http.StatusTooManyRequests && status.Code < 500
	}
	return errors.Is(err, errRedirects) || errors.Is(err, ErrChanged) || errors.As(err, new(*SizeError)) ||
		errors.As(err, new(*tls.CertificateVerificationError))
}

// request asks for what is still missing.
func (b *Body) request() error {
	ctx, cancel := context.WithTimeoutCause(b.ctx, b.client.Timeout, fmt.Errorf("no complete answer within %s", b.client.Timeout))
	resp, err := b.do(ctx)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		cancel()
		return err
	}
	if b.resp != nil {
		_ = b.Close()
	}
	b.resp, b.reqCtx, b.cancel = resp, ctx, cancel
	return nil
}

func (b *Body) do(ctx context.Context) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url, http.NoBody)
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, b.header)
	// Ranges are of the bytes as they are sent, which must be the file's.
	req.Header.Set("Accept-Encoding", "identity")
	if b.offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", b.offset))
		if b.version.condition() != "" {
			req.Header.Set("If-Range", b.version.condition())
		}
	}
	client := *b.client.HTTP
	client.CheckRedirect = func(_ *http.Request, via []*http.Request) error {
		if len(via) > 10 {
			return errRedirects
		}
		return nil
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if err := b.accept(resp); err != nil {
		resp.Body.Close()
		return nil, err
	}
	return resp, nil
}

// accept brings an answer to the offset that is wanted.
func (b *Body) accept(resp *http.Response) error {
	total := resp.ContentLength
	switch {
	case resp.StatusCode == http.StatusOK:
	case resp.StatusCode == http.StatusPartialContent:
		var err error
		if total, err = b.checkRange(resp.Header.Get("Content-Range")); err != nil {
			return err
		}
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && b.offset > 0:
		return ErrChanged // it is shorter now
	default:
		return &StatusError{Code: resp.StatusCode, Status: resp.Status}
	}
	got := newVersion(resp.Header)
	if total > b.client.MaxSize {
		return &SizeError{b.client.MaxSize}
	}
	if b.offset > 0 && (b.version.differs(got) || b.total >= 0 && total >= 0 && total != b.total) {
		return ErrChanged
	}
	if b.offset == 0 {
		b.version, b.total = got, total
		return nil
	}
	if resp.StatusCode == http.StatusPartialContent {
		return nil
	}
	// The server cannot resume: what is known already is skipped.
	_, err := io.CopyN(io.Discard, resp.Body, b.offset)
	if errors.Is(err, io.EOF) {
		return ErrChanged // it is shorter now
	}
	return err
}
