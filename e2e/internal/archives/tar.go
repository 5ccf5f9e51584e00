package archives

import (
	"archive/tar"
	"bytes"
	"fmt"
	"strings"
	"time"
)

const block = 512

// tar returns a tar archive of the entries.
func (g *generator) tar(entries []entry) []byte {
	format := pick(g, tar.FormatUnknown, tar.FormatUSTAR, tar.FormatPAX, tar.FormatGNU)
	var out []byte
	if g.chance(5) {
		g.trait("global header")
		out = g.tarEntry(&tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "global", PAXRecords: map[string]string{"comment": "x"}}, "")
	}
	for _, e := range entries {
		hdr := &tar.Header{Name: e.name, Typeflag: e.kind, Mode: e.mode, Format: format, Size: int64(len(e.content))}
		if e.kind == tar.TypeLink || e.kind == tar.TypeSymlink {
			hdr.Linkname, hdr.Size, e.content = e.content, 0, ""
		}
		if g.chance(10) {
			hdr.ModTime = pick(g, time.Unix(-5, 0), time.Unix(1e9, 5), time.Unix(1<<40, 0), time.Unix(1, 0))
			hdr.AccessTime = hdr.ModTime
			g.trait("time %d", hdr.ModTime.Unix())
		}
		if g.chance(4) {
			hdr.PAXRecords = map[string]string{pick(g, "comment", "SCHILY.xattr.user.x"): "value"}
		}
		out = append(out, g.tarEntry(hdr, e.content)...)
	}
	return g.tarEnd(out)
}

// tarEntry returns the blocks of one entry. There are none if tar cannot store it.
func (g *generator) tarEntry(hdr *tar.Header, content string) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	err := w.WriteHeader(hdr)
	if err != nil { // the format or the name does not allow it
		hdr.Format, hdr.PAXRecords, hdr.AccessTime = tar.FormatUnknown, nil, time.Time{}
		w = tar.NewWriter(&out)
		if err = w.WriteHeader(hdr); err != nil {
			g.trait("entry left out: %v", err)
			return nil
		}
	}
	start := out.Len() - block // of the last header
	if _, err := w.Write([]byte(content)); err != nil {
		panic(err)
	}
	if err := w.Flush(); err != nil {
		panic(err)
	}
	data := out.Bytes()
	if g.chance(4) {
		g.changeHeader(data[start : start+block])
	}
	return data
}

// changeHeader changes a field of a tar header.
func (g *generator) changeHeader(header []byte) {
	octal := func(from, to int, value int64) { copy(header[from:to], fmt.Sprintf("%0*o\x00", to-from-1, value)) }
	switch g.IntN(6) {
	case 0:
		header[156] = pick(g, []byte("\x000123456789LKxgSDVMNXA")...)
		g.trait("type of a header is %q", header[156])
	case 1:
		mode := pick[int64](g, 0o040755, 0o120777, 0o100755, 0o060644, 0o010644, 0o140644, 0o040000, 0o020644)
		octal(100, 108, mode)
		g.trait("mode of a header is %o", mode)
	case 2:
		size := pick[int64](g, 0, 1, 511, 512, 513, 5000, 1<<32, 1<<33-1)
		octal(124, 136, size)
		g.trait("size of a header is %d", size)
	case 3:
		copy(header[124:136], pick(g, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "-0000000001\x00", "abc        \x00", strings.Repeat("\x00", 12)))
		g.trait("size of a header is %q", header[124:136])
	case 4:
		header[148] ^= 1
		g.trait("checksum of a header is wrong")
		return
	case 5:
		copy(header[257:265], pick(g, "ustar\x0000", "ustar  \x00", "\x00\x00\x00\x00\x00\x00\x00\x00", "garbage!"))
		g.trait("magic of a header is %q", header[257:265])
	}
	copy(header[148:156], "        ")
	var sum int64
	for _, b := range header {
		sum += int64(b)
	}
	copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

// tarEnd ends the archive, most often with two empty blocks.
func (g *generator) tarEnd(data []byte) []byte {
	end := make([]byte, 2*block)
	if !g.chance(15) {
		return append(data, end...)
	}
	switch g.IntN(5) {
	case 0:
		g.trait("no end of the tar archive")
		return data
	case 1:
		g.trait("one empty block at the end")
		return append(data, end[:block]...)
	case 2:
		g.trait("garbage after the end of the tar archive")
		return append(append(data, end...), bytes.Repeat([]byte("garbage!"), 1000)...)
	case 3:
		g.trait("garbage instead of the end")
		return append(data, bytes.Repeat([]byte("garbage!"), 128)...)
	}
	data = data[:g.IntN(len(data)+1)]
	g.trait("tar archive truncated to %d bytes", len(data))
	return data
}
