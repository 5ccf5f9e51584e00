package archives

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io/fs"
	"math"
	"strings"
)

// zip returns a zip archive of the entries.
func (g *generator) zip(entries []entry) []byte {
	var out bytes.Buffer
	if g.chance(3) {
		g.trait("script before the zip archive")
		out.WriteString("#!/bin/sh\n")
	}
	w := zip.NewWriter(&out)
	if g.chance(50) {
		w.SetOffset(int64(out.Len()))
	}
	for _, e := range entries {
		if err := g.zipEntry(w, e); err != nil {
			panic(err)
		}
	}
	if g.chance(3) {
		g.trait("comment")
		_ = w.SetComment(strings.Repeat("c", 300)) // it is short enough
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	if g.chance(5) {
		g.trait("zip64")
		return zip64(out.Bytes())
	}
	return out.Bytes()
}

func (g *generator) zipEntry(w *zip.Writer, e entry) error {
	hdr := &zip.FileHeader{Name: e.name, Method: pick(g, zip.Store, zip.Deflate)}
	hdr.SetMode(fileMode(e))
	if g.chance(10) { // as MS-DOS: only read-only and directory
		hdr.CreatorVersion = 0
		hdr.ExternalAttrs = pick[uint32](g, 0, 0x01, 0x10)
		g.trait("attributes of MS-DOS %#x", hdr.ExternalAttrs)
	}
	switch {
	case strings.HasSuffix(e.name, "/"):
		e.content = "" // the library writes none
	case e.kind == tar.TypeLink:
		e.content = "text" // zip has no hard links
	}
	if g.chance(60) {
		entry, err := w.CreateHeader(hdr)
		if err == nil {
			_, err = entry.Write([]byte(e.content))
		}
		return err
	}
	return g.rawEntry(w, hdr, e.content)
}

// rawEntry writes an entry, and few with a header that does not suit the content.
func (g *generator) rawEntry(w *zip.Writer, hdr *zip.FileHeader, content string) error {
	packed := []byte(content)
	if hdr.Method == zip.Deflate && content != "" {
		var b bytes.Buffer
		f, err := flate.NewWriter(&b, flate.DefaultCompression)
		if err != nil {
			return err
		}
		_, _ = f.Write(packed) // to memory
		_ = f.Close()
		packed = b.Bytes()
	}
	hdr.CRC32, hdr.UncompressedSize64, hdr.CompressedSize64 = crc32.ChecksumIEEE([]byte(content)), uint64(len(content)), uint64(len(packed))
	if g.chance(15) {
		switch g.IntN(8) {
		case 0:
			hdr.CRC32 ^= 1
			g.trait("wrong CRC of %.40q", hdr.Name)
		case 1:
			hdr.Method = pick[uint16](g, 1, 6, 9, 12, 14, 93, 95, 99)
			g.trait("method %d of %.40q", hdr.Method, hdr.Name)
		case 2:
			hdr.Flags |= pick[uint16](g, 1, 0x41, 8, 0x800, 0x20)
			g.trait("flags %#x of %.40q", hdr.Flags, hdr.Name)
		case 3:
			hdr.UncompressedSize64 = pick(g, 0, hdr.UncompressedSize64+1, hdr.UncompressedSize64/2, 1<<31, 1<<33, math.MaxUint64)
			g.trait("size %d of %.40q", hdr.UncompressedSize64, hdr.Name)
		case 4:
			hdr.CompressedSize64 = pick(g, 0, hdr.CompressedSize64+1, hdr.CompressedSize64/2, 1<<31)
			g.trait("packed size %d of %.40q", hdr.CompressedSize64, hdr.Name)
		case 5:
			if len(packed) > 0 {
				packed[g.IntN(len(packed))] ^= 1
				g.trait("damaged content of %.40q", hdr.Name)
			}
		case 6:
			hdr.Extra = pick(g, []byte("\x75\x70\x05\x00\x01abcd"), []byte("\x01\x00\x08\x00\x05\x00\x00\x00\x00\x00\x00\x00"), []byte("\x01"), []byte("\x55\x54\x05\x00\x01\xff\xff\xff\xff"))
			g.trait("extra %x of %.40q", hdr.Extra, hdr.Name)
		case 7:
			hdr.CRC32 = 0
			g.trait("no CRC of %.40q", hdr.Name)
		}
	}
	entry, err := w.CreateRaw(hdr)
	if err == nil {
		_, err = entry.Write(packed)
	}
	return err
}

func fileMode(e entry) fs.FileMode {
	mode := fs.FileMode(e.mode & 0o777)
	for bit, flag := range map[int64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if e.mode&bit != 0 {
			mode |= flag
		}
	}
	switch e.kind {
	case tar.TypeDir:
		mode |= fs.ModeDir
	case tar.TypeSymlink:
		mode |= fs.ModeSymlink
	case tar.TypeChar:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	case tar.TypeBlock:
		mode |= fs.ModeDevice
	case tar.TypeFifo:
		mode |= fs.ModeNamedPipe
	}
	return mode
}

// zip64 moves the numbers at the end of a zip archive into the records of the format zip64.
func zip64(data []byte) []byte {
	at := bytes.LastIndex(data, []byte("PK\x05\x06"))
	end := data[at:]
	entries, size, offset := binary.LittleEndian.Uint16(end[10:]), binary.LittleEndian.Uint32(end[12:]), binary.LittleEndian.Uint32(end[16:])
	le := binary.LittleEndian
	record := append([]byte("PK\x06\x06"), 44, 0, 0, 0, 0, 0, 0, 0, 45, 0, 45, 0)
	record = le.AppendUint64(record, 0) // the numbers of the disks
	record = le.AppendUint64(record, uint64(entries))
	record = le.AppendUint64(record, uint64(entries))
	record = le.AppendUint64(record, uint64(size))
	record = le.AppendUint64(record, uint64(offset))
	record = le.AppendUint32(append(record, "PK\x06\x07"...), 0)
	record = le.AppendUint64(record, uint64(at))
	record = le.AppendUint32(record, 1)
	copy(end[8:20], bytes.Repeat([]byte{0xff}, 12))
	return append(data[:at:at], append(record, end...)...)
}
