// Package gogetter reads a URL as hashicorp/go-getter v1.7.3 does, which Botkube downloads with:
// what it requests, whether it unpacks the file, and which checksum it compares.
package gogetter

import (
	"net/url"
	"path"
	"strings"
)

// Unpacking is what go-getter does with a file after the download.
type Unpacking int

const (
	// AsIs leaves the file unchanged.
	AsIs Unpacking = iota
	// IntoDirectory unpacks an archive.
	IntoDirectory
	// IntoFile decompresses a single file. Botkube can install neither a plugin nor a
	// dependency from one: it calls go-getter in a mode in which its Gzip, Bzip2, Xz and Zstd
	// decompressors fail ("can only unarchive to a single file").
	IntoFile
)

// byKey looks up a key of go-getter's LimitedDecompressors (decompress.go).
func byKey(key string) Unpacking {
	switch key {
	case "tar", "tar.bz2", "tar.gz", "tar.xz", "tar.zst", "tbz2", "tgz", "txz", "tzst", "zip":
		return IntoDirectory
	case "bz2", "gz", "xz", "zst":
		return IntoFile
	default:
		return AsIs
	}
}

// Suffix returns what go-getter does with a file of that name, and the suffix, with its dot, that
// decides it: IntoDirectory and ".tar.gz" for "source_ticker_linux_amd64.tar.gz". Suffixes are
// case-sensitive.
func Suffix(name string) (Unpacking, string) {
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		// From the left, so that the longest known suffix is found first.
		if unpack := byKey(name[i+1:]); unpack != AsIs {
			return unpack, name[i:]
		}
	}
	return AsIs, ""
}

// Download is a URL as Botkube and go-getter read it.
type Download struct {
	// URL is the URL that is requested, without the directory and the checksum.
	URL string
	// Path is the decoded path of URL.
	Path string
	// Local means that Path is a file on this machine, which is copied or linked.
	Local bool
	// Unpack is what happens to the file, and Named what would happen by its name alone. They
	// differ if the parameter archive overrides the name.
	Unpack, Named Unpacking
	// Archive is the suffix of an archive that is unpacked, such as ".tar.gz", or empty.
	Archive string
	// HasDir reports whether // is in the path. Dir is the part after it: a directory in the
	// archive, as a pattern of path.Match. It is not decoded.
	HasDir bool
	Dir    string
	// Checksum is the value of the parameter checksum, such as "sha256:<digits>".
	Checksum string
}

// File returns the last element of the path, decoded.
func (d Download) File() string { return path.Base(d.Path) }

// Parse reads a URL as go-getter's Client.Get does.
func Parse(raw string) (Download, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return Download{}, err
	}
	return Read(u), nil
}

// Read is Parse for a URL that is already parsed. It does not modify u.
func Read(u *url.URL) Download {
	d := Download{Local: u.Scheme == "file"}
	// SourceDirSubdir (source.go) splits at the first // after the scheme and before the query, in
	// the escaped form that Botkube passes to it.
	escaped, dir, hasDir := strings.Cut(u.EscapedPath(), "//")
	d.Path, d.Dir, d.HasDir = escaped, dir, hasDir
	if decoded, err := url.PathUnescape(escaped); err == nil {
		d.Path = decoded
	}
	d.Named, d.Archive = Suffix(d.Path)
	d.Unpack = d.Named
	// The parameter archive always replaces the suffix. With false or an unknown value, nothing is
	// unpacked.
	query := u.Query()
	if archive := query.Get("archive"); archive != "" {
		d.Unpack, d.Archive = byKey(archive), "."+archive
	}
	if d.Unpack != IntoDirectory {
		d.Archive = ""
	}
	d.Checksum = query.Get("checksum")
	query.Del("checksum")
	query.Del("archive")
	query.Del("filename")
	request := *u
	request.RawQuery = query.Encode()
	if hasDir {
		request.Path, request.RawPath = d.Path, escaped
	}
	d.URL = request.String()
	return d
}
