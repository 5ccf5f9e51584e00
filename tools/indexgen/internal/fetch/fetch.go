// Package fetch downloads files over HTTP as streams that survive broken connections.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Client downloads. Its fields must be set; it may be used by several goroutines.
type Client struct {
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

// Body is an answer that is being read. It goes on where a connection broke.
type Body struct {
	// ContentType is what the server calls it.
	ContentType string

	client *Client
	ctx    context.Context
	url    string
	header http.Header

	resp   *http.Response
	cancel context.CancelFunc
	etag   string // strong, or empty
	offset int64
	fails  int // in a row
	pause  *backoff.ExponentialBackOff
}

// Get requests a URL and follows redirects. It tries again when the server cannot be
// reached or answers 429 or 5xx. The body must be closed.
func (c *Client) Get(ctx context.Context, url string, header http.Header) (*Body, error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = c.Wait
	b := &Body{client: c, ctx: ctx, url: url, header: header, pause: pause}
	for {
		err := b.request()
		if err == nil {
			b.ContentType = b.resp.Header.Get("Content-Type")
			return b, nil
		}
		if err := b.retry(err); err != nil {
			return nil, err
		}
	}
}

// Read reads on, with another request if the connection breaks.
func (b *Body) Read(p []byte) (int, error) {
	for {
		n, err := b.resp.Body.Read(p)
		b.offset += int64(n)
		if b.offset > b.client.MaxSize {
			return n, &SizeError{b.client.MaxSize}
		}
		switch {
		case errors.Is(err, io.EOF):
			return n, io.EOF
		case n > 0: // an error shows again at the next call
			b.fails = 0
			b.pause.Reset()
			return n, nil
		case err == nil:
			return 0, nil
		}
		for err != nil {
			if err := b.retry(err); err != nil {
				return 0, err
			}
			err = b.request()
		}
	}
}

// Close ends the download.
func (b *Body) Close() error {
	b.cancel()
	return b.resp.Body.Close()
}

// retry waits before the next try, or returns the error if there is none.
func (b *Body) retry(err error) error {
	if b.ctx.Err() != nil {
		return context.Cause(b.ctx)
	}
	var status *StatusError
	if errors.As(err, &status) && status.Code != http.StatusTooManyRequests && status.Code < 500 {
		return err
	}
	if b.fails++; b.fails >= b.client.Tries || errors.As(err, new(*SizeError)) || errors.Is(err, errChanged) {
		return err
	}
	select {
	case <-time.After(b.pause.NextBackOff()):
		return nil
	case <-b.ctx.Done():
		return context.Cause(b.ctx)
	}
}

var errChanged = errors.New("the file changed on the server while it was downloaded")

// request asks for what is still missing.
func (b *Body) request() error {
	ctx, cancel := context.WithTimeoutCause(b.ctx, b.client.Timeout, fmt.Errorf("no complete answer within %s", b.client.Timeout))
	resp, err := b.do(ctx)
	if err != nil {
		if ctx.Err() != nil && b.ctx.Err() == nil {
			err = context.Cause(ctx)
		}
		cancel()
		return err
	}
	if b.resp != nil {
		_ = b.Close()
	}
	b.resp, b.cancel = resp, cancel
	if tag := resp.Header.Get("ETag"); !strings.HasPrefix(tag, "W/") {
		b.etag = tag
	}
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
		if b.etag != "" {
			req.Header.Set("If-Range", b.etag)
		}
	}
	resp, err := b.client.HTTP.Do(req)
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
	switch resp.StatusCode {
	case http.StatusOK:
		if resp.ContentLength > b.client.MaxSize {
			return &SizeError{b.client.MaxSize}
		}
		if b.offset == 0 {
			return nil
		}
		if tag := resp.Header.Get("ETag"); b.etag != "" && tag != b.etag {
			return errChanged
		}
		// The server cannot resume: what is known already is skipped.
		_, err := io.CopyN(io.Discard, resp.Body, b.offset)
		return err
	case http.StatusPartialContent:
		start, _, _ := strings.Cut(strings.TrimPrefix(resp.Header.Get("Content-Range"), "bytes "), "-")
		if n, err := strconv.ParseInt(start, 10, 64); err != nil || n != b.offset {
			return fmt.Errorf("asked for the bytes from %d on, got %q", b.offset, resp.Header.Get("Content-Range"))
		}
		return nil
	}
	return &StatusError{Code: resp.StatusCode, Status: resp.Status}
}
