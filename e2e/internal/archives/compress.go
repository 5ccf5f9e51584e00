package archives

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"

	"github.com/dsnet/compress/bzip2"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// compress compresses data, few in several streams.
func (g *generator) compress(data []byte, suffix string) []byte {
	if !g.chance(10) {
		return g.stream(data, suffix)
	}
	at := g.IntN(len(data) + 1)
	padding := ""
	if g.chance(50) {
		padding = pick(g, "\x00\x00\x00\x00", "\x00", "x", "\x50\x2a\x4d\x18\x01\x00\x00\x00x") // the last is a frame that zstd skips
	}
	g.trait("two streams of %d and %d bytes, with %q in between", at, len(data)-at, padding)
	return append(append(g.stream(data[:at], suffix), padding...), g.stream(data[at:], suffix)...)
}

func (g *generator) stream(data []byte, suffix string) []byte {
	var out bytes.Buffer
	w, err := g.writer(&out, suffix)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	data = out.Bytes()
	if strings.HasSuffix(suffix, "zst") && len(data) > 5 {
		g.changeFrame(data)
	}
	return data
}

// changeFrame changes few zstd frames.
func (g *generator) changeFrame(frame []byte) {
	const singleSegment, checksum = 1 << 5, 1 << 2 // flags; without the first, the next byte describes the window
	if flags := frame[4]; flags&singleSegment == 0 && g.IntN(200) == 0 {
		frame[5] = 17 << 3 // 128 MiB
		g.trait(TooLargeWindow)
	} else if flags&checksum != 0 && g.IntN(100) == 0 {
		frame[len(frame)-1] ^= 1
		g.trait("checksum of a zstd frame is wrong")
	}
}

func (g *generator) writer(out io.Writer, suffix string) (io.WriteCloser, error) {
	switch {
	case strings.HasSuffix(suffix, "gz"):
		w, err := gzip.NewWriterLevel(out, pick(g, gzip.NoCompression, gzip.DefaultCompression))
		if g.chance(10) {
			w.Name, w.Comment, w.Extra = "name", "comment", []byte("extra")
		}
		return w, err
	case strings.HasSuffix(suffix, "bz2"):
		return bzip2.NewWriter(out, &bzip2.WriterConfig{Level: 1})
	case strings.HasSuffix(suffix, "xz"):
		config := xz.WriterConfig{DictCap: 1 << 16, CheckSum: pick[byte](g, xz.CRC32, xz.CRC64, xz.SHA256)}
		config.NoCheckSum = g.chance(5)
		if g.chance(5) {
			config.BlockSize = 1000
		}
		if g.IntN(200) == 0 {
			config.DictCap = 1<<26 + 1<<25
			g.trait(TooLargeWindow)
		}
		return config.NewWriter(out)
	}
	return zstd.NewWriter(
		out,
		zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(g.chance(70)), zstd.WithWindowSize(1<<16),
		zstd.WithEncoderLevel(pick(g, zstd.SpeedFastest, zstd.SpeedDefault)), zstd.WithSingleSegment(g.chance(10)), zstd.WithZeroFrames(g.chance(50)),
	)
}
