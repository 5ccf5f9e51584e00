// Package fetch downloads files over HTTP as streams that survive broken connections.
package fetch

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"botkube-plugins/internal/problem"

	"github.com/cenkalti/backoff/v5"
)

// Client downloads files. All fields must be set. Several goroutines may use it at once.
type Client struct {
	// HTTP sends the requests. Its CheckRedirect is not used; the client follows at most ten
	// redirects.
	HTTP *http.Client
	// Tries is how many requests in a row may fail before the client gives up. Answers that break off
	// count as failures until they have brought minProgress bytes.
	Tries int
	// Wait is the pause after the first failure. It grows with each further failure.
	Wait time.Duration
	// Timeout limits each request, up to the last byte of its answer. A download that takes longer
	// continues with another request, if the server supports ranges.
	Timeout time.Duration
	// MaxSize is the largest size of an answer, in bytes.
	MaxSize int64
}

// StatusError reports an HTTP status other than success.
type StatusError struct {
	Code   int
	Status string // such as "404 Not Found"
}

func (e *StatusError) Error() string { return "HTTP status " + problem.Line(e.Status) }

// SizeError reports an answer that is too large.
type SizeError struct{ Max int64 }

func (e *SizeError) Error() string { return fmt.Sprintf("more than %d bytes", e.Max) }

// ErrChanged reports that a download cannot be resumed, because the file has changed.
var ErrChanged = errors.New("the file changed on the server while it was downloaded")

var errRedirects = errors.New("more than 10 redirects")

// minProgress is how many bytes must arrive, in one answer or several, before the failures are
// counted from 0 again. It bounds how many requests a server can provoke.
const minProgress = 64 << 10

// Get requests a URL and follows redirects. It retries if the server cannot be reached or answers
// 429 or 5xx. The caller must close the body.
//
// Get decompresses an answer that the server compressed unasked, as Go's HTTP client does for
// Botkube.
//
// The header may hold secrets. It is sent only to the origin of the URL: the same scheme, host and
// port.
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

// retry waits before the next try, or returns the error if no tries are left.
func (b *Body) retry(err error) error {
	if b.ctx.Err() != nil {
		return context.Cause(b.ctx)
	}
	if b.fails++; Permanent(err) {
		return err
	}
	if b.fails >= b.client.Tries {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("gave up after %d bytes and %d requests without progress: %w", b.offset, b.fails, err)
		}
		return err
	}
	select {
	case <-time.After(b.pause.NextBackOff()):
		return nil
	case <-b.ctx.Done():
		return context.Cause(b.ctx)
	}
}

// Permanent reports whether another try would fail in the same way: the server has answered, and will
// not send the file. Otherwise the server could not be reached, answered 429 or 5xx, or did not send
// everything.
func Permanent(err error) bool {
	if status, ok := errors.AsType[*StatusError](err); ok {
		return status.Code != http.StatusTooManyRequests && status.Code < 500
	}
	if invalid, ok := errors.AsType[*url.Error](err); ok && invalid.Op == "parse" {
		return true
	}
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, new(flate.CorruptInputError)) ||
		errors.Is(err, errRedirects) || errors.Is(err, ErrChanged) || errors.As(err, new(*SizeError)) ||
		errors.As(err, new(*tls.CertificateVerificationError))
}

// request sends a request for the bytes that are still missing.
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

// origin returns the scheme, host and port of a URL.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

func (b *Body) do(ctx context.Context) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url, http.NoBody)
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, b.header)
	// Ranges count the bytes that are sent, so these must be the bytes of the file.
	req.Header.Set("Accept-Encoding", "identity")
	if b.offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", b.offset))
		if b.version.condition() != "" {
			req.Header.Set("If-Range", b.version.condition())
		}
	}
	client := *b.client.HTTP
	client.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		if len(via) > 10 {
			return errRedirects
		}
		if origin(next.URL) != origin(req.URL) {
			for name := range b.header {
				next.Header.Del(name)
			}
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

// accept checks an answer and moves it to the offset.
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
	// The server does not support ranges, so skip the bytes that were already read.
	_, err := io.CopyN(io.Discard, resp.Body, b.offset)
	if errors.Is(err, io.EOF) {
		return ErrChanged // it is shorter now
	}
	return err
}
