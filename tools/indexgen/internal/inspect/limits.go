package inspect

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/ulikunitz/xz/lzma"
)

// Limits of an archive, in addition to Options.MaxUnpacked. Botkube has none of them.
const (
	// maxWindow is the largest dictionary of xz and the largest window of zstd, in bytes. "xz -9"
	// and "zstd -19" need no more.
	maxWindow = 64 << 20
	// maxEntries is how many entries an archive may have, and how many files and directories.
	maxEntries = 50_000
	// maxName is the length of an entry's name, in bytes.
	maxName = 1024
	// maxNames is the length of all names, and of the directory of a zip archive, in bytes.
	maxNames = 8 << 20
)

// limitError reports that an archive exceeds a limit. what describes it, with %d for the limit.
type limitError struct {
	what string
	max  int64
}

func (e *limitError) Error() string { return fmt.Sprintf(e.what, e.max) }

func tooLarge(limit int64) error { return &limitError{"more than %d bytes when it is unpacked", limit} }

// limited fails after a number of bytes, whatever size the headers state, and when its context ends.
// It calls spend with the number of bytes that it has read.
type limited struct {
	ctx  context.Context
	r    io.Reader
	max  int64
	read int64

	spend func(read int64) error
}

func (l *limited) Read(p []byte) (int, error) {
	if l.ctx.Err() != nil {
		return 0, context.Cause(l.ctx)
	}
	n, err := l.r.Read(p)
	if l.read += int64(n); l.read > l.max {
		return 0, tooLarge(l.max)
	}
	if err := l.spend(l.read); err != nil {
		return 0, err
	}
	return n, err
}

// limitedAt fails with err after a number of bytes, and when its context ends.
type limitedAt struct {
	ctx  context.Context
	r    io.ReaderAt
	left int64
	err  error
}

func (l *limitedAt) ReadAt(p []byte, offset int64) (int, error) {
	if l.ctx.Err() != nil {
		return 0, context.Cause(l.ctx)
	}
	n, err := l.r.ReadAt(p, offset)
	if l.left -= int64(n); l.left < 0 {
		return 0, l.err
	}
	return n, err
}

// dictionaryGuard passes on an xz file, and fails before the header of a block with a dictionary
// that is too large, because xz.Reader would allocate it. It looks for headers at every byte: a
// chunk that contains more than it states would lead a parser astray.
type dictionaryGuard struct {
	ctx    context.Context
	r      *bufio.Reader
	passed int // bytes of r's buffer that begin no such header
}

// maxBlockHeader is the largest size of the header of an xz block, in bytes.
const maxBlockHeader = 1024

func (g *dictionaryGuard) Read(p []byte) (int, error) {
	if g.ctx.Err() != nil {
		return 0, context.Cause(g.ctx)
	}
	if g.passed == 0 {
		buf, err := g.r.Peek(g.r.Size())
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		g.passed = len(buf)
		if err == nil {
			g.passed -= maxBlockHeader
		}
		for at := range g.passed {
			if statesLargeDictionary(buf[at:]) {
				return 0, &limitError{"a dictionary of more than %d bytes", maxWindow}
			}
		}
		if g.passed == 0 {
			return 0, io.EOF
		}
	}
	n, err := g.r.Read(p[:min(len(p), g.passed)])
	g.passed -= n
	return n, err
}

// statesLargeDictionary reports whether b begins with the header of an xz block (section 3.1 of the
// specification) with a dictionary above maxWindow.
func statesLargeDictionary(b []byte) bool {
	if len(b) < 12 || b[0] == 0 || b[1]&0x3f != 0 { // xz.Reader requires a single filter
		return false
	}
	size := 4 * (int(b[0]) + 1)
	if len(b) < size {
		return false
	}
	header, sum := b[:size-4], binary.LittleEndian.Uint32(b[size-4:])
	fields := header[2:]
	for _, present := range []byte{0x40, 0x80} { // the compressed and uncompressed size
		if b[1]&present != 0 {
			_, n := binary.Uvarint(fields)
			fields = fields[max(n, 0):]
		}
	}
	id, n := binary.Uvarint(fields)
	if id != 0x21 || n <= 0 || len(fields) < n+2 || fields[n] != 1 {
		return false
	}
	dictionary, err := lzma.DecodeDictCap(fields[n+1])
	return err == nil && dictionary > maxWindow && crc32.ChecksumIEEE(header) == sum
}
