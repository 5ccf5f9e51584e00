package fetch

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"botkube-plugins/internal/problem"

	"github.com/cenkalti/backoff/v5"
)

// Body reads an answer. If the connection breaks, it resumes where the connection broke.
type Body struct {
	// ContentType is the Content-Type header of the answer.
	ContentType string

	client *Client
	ctx    context.Context
	url    string
	header http.Header

	resp   *http.Response
	reqCtx context.Context
	cancel context.CancelFunc

	version version
	total   int64 // bytes, or -1 if the server does not report it
	offset  int64
	fails   int // in a row
	pause   *backoff.ExponentialBackOff
	// progress is how many bytes were received since fails was last reset.
	progress int

	gzipped bool
	plain   *gzip.Reader // reads a gzipped answer
	size    int64        // read from plain
}

// Total returns the size of the file in bytes, or false if the server does not report it.
func (b *Body) Total() (int64, bool) { return b.total, b.total >= 0 && !b.gzipped }

// Read reads the answer. If the connection breaks, it sends another request for the rest.
func (b *Body) Read(p []byte) (int, error) {
	if !b.gzipped {
		return b.read(p)
	}
	if b.plain == nil {
		plain, err := gzip.NewReader(reader(b.read))
		if err != nil {
			return 0, err
		}
		b.plain = plain
	}
	n, err := b.plain.Read(p)
	if b.size += int64(n); b.size > b.client.MaxSize {
		return n, &SizeError{b.client.MaxSize}
	}
	return n, err
}

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

// read is Read without decompression.
func (b *Body) read(p []byte) (int, error) {
	for {
		n, err := b.resp.Body.Read(p)
		if b.offset += int64(n); b.offset > b.client.MaxSize {
			return n, &SizeError{b.client.MaxSize}
		}
		if errors.Is(err, io.EOF) {
			if b.offset >= b.total {
				return n, io.EOF
			}
			err = io.ErrUnexpectedEOF // a range may end early
		}
		if n > 0 { // the next call returns the error again
			if b.progress += n; b.progress >= minProgress {
				b.progress, b.fails = 0, 0
				b.pause.Reset()
			}
			return n, nil
		}
		if err == nil {
			return 0, nil
		}
		if b.reqCtx.Err() != nil {
			err = context.Cause(b.reqCtx)
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

// checkRange returns the total size in a Content-Range, or -1 if it is not known. It rejects a
// range that does not begin at the offset.
func (b *Body) checkRange(value string) (total int64, err error) {
	span, size, _ := strings.Cut(strings.TrimPrefix(value, "bytes "), "/")
	start, _, _ := strings.Cut(span, "-")
	if n, err := strconv.ParseInt(start, 10, 64); err != nil || n != b.offset {
		return 0, fmt.Errorf("asked for the bytes from %d on, got %q", b.offset, problem.Line(value))
	}
	if total, err = strconv.ParseInt(size, 10, 64); err != nil {
		return -1, nil
	}
	return total, nil
}

// version identifies the version of a file that a server sends.
type version struct {
	etag, modified string
}

func newVersion(h http.Header) version {
	return version{etag: h.Get("ETag"), modified: h.Get("Last-Modified")}
}

// condition returns the value of If-Range: a strong ETag, or otherwise the time.
func (v version) condition() string {
	if v.etag != "" && !strings.HasPrefix(v.etag, "W/") {
		return v.etag
	}
	return v.modified
}

// differs reports whether the versions are known to be different.
func (v version) differs(other version) bool {
	if v.etag != "" && other.etag != "" {
		return v.etag != other.etag
	}
	return v.modified != "" && other.modified != "" && v.modified != other.modified
}
