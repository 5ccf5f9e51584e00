package index

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ArchiveSuffix returns the suffix, dot included, by which Botkube takes name
// for an archive that it unpacks into a directory: ".tar.gz" of
// "source_ticker_linux_amd64.tar.gz". The suffixes are matched by case.
//
// They are the keys of go-getter's LimitedDecompressors (decompress.go) whose
// decompressor can write to a directory.
func ArchiveSuffix(name string) (suffix string, ok bool) {
	return suffixOf(name, intoDirectory)
}

// CompressionSuffix returns the suffix, dot included, by which Botkube takes
// name for a single compressed file, such as ".gz". Botkube can install neither
// a plugin nor a dependency from one: it calls go-getter in a mode in which its
// Gzip, Bzip2, Xz and Zstd decompressors refuse ("can only unarchive to a
// single file").
func CompressionSuffix(name string) (suffix string, ok bool) {
	return suffixOf(name, intoFile)
}

func suffixOf(name string, want unpacking) (string, bool) {
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		// From the left, so that the longest suffix is the first that is known.
		if got := unpackingBy(name[i+1:]); got != asIs {
			if got == want {
				return name[i:], true
			}
			break
		}
	}
	return "", false
}

// unpacking is what go-getter does with a file after the download.
type unpacking int

const (
	asIs unpacking = iota
	intoDirectory
	intoFile
)

// unpackingBy looks a key of go-getter's decompressors up.
func unpackingBy(key string) unpacking {
	switch key {
	case "tar", "tar.bz2", "tar.gz", "tar.xz", "tar.zst", "tbz2", "tgz", "txz", "tzst", "zip":
		return intoDirectory
	case "bz2", "gz", "xz", "zst":
		return intoFile
	default:
		return asIs
	}
}

// Download is how Botkube takes the URL of an artifact or dependency apart.
type Download struct {
	// URL is what is requested: without the directory and the checksum.
	URL string
	// File is the last element of the path, decoded.
	File string
	// Archive is the suffix of an archive that is unpacked, such as ".tar.gz", and empty
	// for a file that is taken as it is.
	Archive string
	// Dir is the directory in the archive, a pattern of path.Match, given after //.
	Dir string
	// Checksum is the value of the parameter checksum, such as "sha256:<digits>".
	Checksum string
}

// ParseDownload takes a URL apart as Botkube and go-getter do. The URL must be one that
// Validate accepts; the error is for one that cannot be parsed at all.
func ParseDownload(raw string) (Download, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return Download{}, err
	}
	d := newDownload(u)
	query := u.Query()
	out := Download{File: path.Base(d.path), Dir: d.subdir, Checksum: query.Get("checksum")}
	if d.unpack == intoDirectory {
		out.Archive, _ = ArchiveSuffix(d.path)
		if archive := query.Get("archive"); archive != "" {
			out.Archive = "." + archive
		}
	}
	query.Del("checksum")
	query.Del("archive")
	query.Del("filename")
	u.RawQuery = query.Encode()
	if d.hasSubdir {
		escaped, _, _ := strings.Cut(u.EscapedPath(), "//")
		u.Path, u.RawPath = d.path, escaped
	}
	out.URL = u.String()
	return out, nil
}

// download is a URL as go-getter's Client.Get reads it.
type download struct {
	path      string // decoded, without the subdirectory
	hasSubdir bool   // whether the path has a //, with or without text after it
	subdir    string // not decoded
	unpack    unpacking
	named     unpacking // by the suffix alone
}

func newDownload(u *url.URL) download {
	var d download
	// As in SourceDirSubdir (source.go): the first // after the scheme and
	// before the query, in the escaped form that Botkube passes on.
	d.path, d.subdir, d.hasSubdir = strings.Cut(u.EscapedPath(), "//")
	if path, err := url.PathUnescape(d.path); err == nil {
		d.path = path
	}
	if _, ok := ArchiveSuffix(d.path); ok {
		d.named = intoDirectory
	} else if _, ok := CompressionSuffix(d.path); ok {
		d.named = intoFile
	}
	d.unpack = d.named
	// The archive parameter replaces the suffix, whatever its value. False and
	// unknown values mean that nothing is unpacked.
	if archive := u.Query().Get("archive"); archive != "" {
		d.unpack = unpackingBy(archive)
	}
	return d
}

// The functions below return what is wanted in place of the value, or "" if the
// value is fine.

// badWebURL judges a URL that is only followed with an HTTP client.
func badWebURL(raw string) string {
	_, bad := parseWebURL(raw)
	return bad
}

func parseWebURL(raw string) (*url.URL, string) {
	const want = "an absolute http or https URL with a host"
	u, err := url.Parse(raw)
	if err != nil {
		if parse, ok := errors.AsType[*url.Error](err); ok {
			err = parse.Err // without the URL, which is shown anyway
		}
		return nil, fmt.Sprintf("%s (%s)", want, printable(err.Error()))
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, want
	}
	if _, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && err != nil {
		return nil, "a port up to 65535"
	}
	return u, ""
}

func parseDownloadURL(raw string) (*url.URL, string) {
	u, bad := parseWebURL(raw)
	if bad != "" {
		return nil, bad
	}
	// Botkube writes the query anew (downloadBinary in its
	// pkg/plugin/downloader.go), which drops what Go cannot parse.
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		return nil, fmt.Sprintf("a query that Go can parse, since Botkube drops the rest (%s)", printable(err.Error()))
	}
	return u, ""
}

// badArtifactURL judges urls[].url, by what downloadBinary in Botkube's
// pkg/plugin/downloader.go and go-getter v1.7.3 make of it.
func badArtifactURL(raw string) string {
	u, bad := parseDownloadURL(raw)
	if bad != "" {
		return bad
	}
	d := newDownload(u)
	switch {
	case d.hasSubdir:
		// Without an archive go-getter downloads what is before the //, throws
		// it away and reports no error. With one, Botkube no longer sees the
		// suffix and looks for a file under the name of its own cache file.
		return "no // in the path, which go-getter takes for the start of a subdirectory"
	case d.path == "" || strings.HasSuffix(d.path, "/"):
		return wantFileName
	case d.unpack == intoFile:
		return wantNoCompression
	case d.unpack == asIs && d.named != asIs:
		// Botkube goes by the suffix and not by the parameter, finds no program
		// in what it takes for an archive, and installs a directory.
		return "no archive parameter that contradicts the suffix"
	case d.unpack == intoDirectory && d.named == asIs:
		return "a path with an archive suffix such as .tar.gz, without which Botkube does not look for the program in the archive"
	}
	return ""
}

// badDependencyURL judges the URL of a dependency. Botkube downloads it the
// same way, but takes the file with the dependency's own name from an archive,
// so that a subdirectory may be given.
func badDependencyURL(raw string) string {
	u, bad := parseDownloadURL(raw)
	if bad != "" {
		return bad
	}
	d := newDownload(u)
	switch {
	case d.unpack == intoFile:
		return wantNoCompression
	case d.hasSubdir && d.unpack != intoDirectory:
		return "// in the path only after an archive suffix, such as .tar.gz//linux-amd64"
	case slices.Contains(strings.Split(d.subdir, "/"), ".."):
		return "a directory inside the archive after //"
	case strings.Contains(d.subdir, "%"):
		return "a directory without escaped characters after //, since go-getter does not decode them"
	case d.unpack == asIs && (d.path == "" || strings.HasSuffix(d.path, "/")):
		return wantFileName
	}
	return badChecksumParameter(u.Query())
}

const (
	wantFileName      = "a path that ends in the name of a file"
	wantNoCompression = "a program or an archive, since go-getter refuses to unpack a single compressed file (.bz2, .gz, .xz, .zst)"
)

// badChecksumParameter judges ?checksum= by what extractChecksum in go-getter's
// checksum.go reads. An empty value turns the check off without a word.
func badChecksumParameter(query url.Values) string {
	if !query.Has("checksum") {
		return ""
	}
	const want = "?checksum=sha256: and 64 hexadecimal digits, or another form that go-getter reads (md5, sha1, sha512, file:<URL>)"
	value := query.Get("checksum")
	kind, sum, typed := strings.Cut(value, ":")
	if typed && kind == "file" {
		if u, bad := parseWebURL(sum); bad != "" || newDownload(u).hasSubdir {
			return "the http or https URL of a checksum file after ?checksum=file:"
		}
		return ""
	}
	if !typed {
		sum = value
	}
	digest, err := hex.DecodeString(sum)
	if err != nil {
		return want
	}
	// Without a kind, go-getter goes by the length.
	known := digestKind(len(digest))
	if known == "" || typed && strings.ToLower(kind) != known {
		return want
	}
	return ""
}

// digestKind returns the kind of a digest of n bytes.
func digestKind(n int) string {
	switch n {
	case 16:
		return "md5"
	case 20:
		return "sha1"
	case 32:
		return "sha256"
	case 64:
		return "sha512"
	default:
		return ""
	}
}
