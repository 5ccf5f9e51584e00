package index

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"botkube-plugins/internal/gogetter"
	"botkube-plugins/internal/problem"
)

// The functions below return what is wanted instead of a value, or "" if the value is valid.

// wantWebURL is the rule for a URL that is only opened with an HTTP client.
func wantWebURL(raw string) string {
	_, want := parseWebURL(raw)
	return want
}

func parseWebURL(raw string) (u *url.URL, want string) {
	const web = "an absolute http or https URL with a host"
	u, err := url.Parse(raw)
	if err != nil {
		if parse, ok := errors.AsType[*url.Error](err); ok {
			err = parse.Err // without the URL, which is shown anyway
		}
		return nil, fmt.Sprintf("%s (%s)", web, problem.Line(err.Error()))
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, web
	}
	if _, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && err != nil {
		return nil, "a port up to 65535"
	}
	return u, ""
}

// parseFileURL is the rule for a URL that FileGetter in go-getter's get_file.go opens. ok is false
// for a URL that is none.
func parseFileURL(raw string) (u *url.URL, want string, ok bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "file" {
		return nil, "", false
	}
	switch {
	case u.Host != "" || u.Opaque != "":
		return u, "an absolute path after file://, since go-getter ignores a host", true
	case u.EscapedPath() != (&url.URL{Path: u.Path}).EscapedPath(): // Botkube writes the URL again
		return u, "a path without needless escapes, since go-getter opens it as it is written", true
	}
	return u, "", true
}

func parseDownloadURL(raw string) (d gogetter.Download, u *url.URL, want string) {
	u, want, ok := parseFileURL(raw)
	if !ok {
		u, want = parseWebURL(raw)
	}
	if want != "" {
		return d, nil, want
	}
	// Botkube encodes the query again (downloadBinary in its pkg/plugin/downloader.go), which
	// drops what Go cannot parse.
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		return d, nil, fmt.Sprintf("a query that Go can parse, since Botkube drops the rest (%s)", problem.Line(err.Error()))
	}
	return gogetter.Read(u), u, ""
}

const (
	wantFileName      = "a path that ends in the name of a file"
	wantNoCompression = "a program or an archive, since go-getter refuses to unpack a single compressed file (.bz2, .gz, .xz, .zst)"
)

// wantArtifactURL is the rule for urls[].url. It follows from how go-getter and downloadBinary in
// Botkube's pkg/plugin/downloader.go read the URL.
func wantArtifactURL(raw string) string {
	d, _, want := parseDownloadURL(raw)
	switch {
	case want != "":
		return want
	case d.HasDir:
		// For a file that is not an archive, go-getter downloads the part before the //, discards
		// it and reports no error. For an archive, Botkube does not see the suffix, and looks for a
		// file with the name of its own cache file.
		return "no // in the path, which go-getter takes for the start of a subdirectory"
	case lacksFileName(d):
		return wantFileName
	case d.Unpack == gogetter.IntoFile:
		return wantNoCompression
	case d.Unpack == gogetter.AsIs && d.Named != gogetter.AsIs:
		// Botkube looks at the suffix, not at the parameter. It finds no program in the file
		// that it mistakes for an archive, and installs the directory.
		return "no archive parameter that contradicts the suffix"
	case d.Unpack == gogetter.IntoDirectory && d.Named == gogetter.AsIs:
		return "a path with an archive suffix such as .tar.gz, without which Botkube does not look for the program in the archive"
	}
	return ""
}

// wantDependencyURL is the rule for the URL of a dependency. Botkube downloads it the same
// way, but takes the file with the dependency's own name from an archive, so that a
// subdirectory is allowed.
func wantDependencyURL(raw string) string {
	d, u, want := parseDownloadURL(raw)
	switch {
	case want != "":
		return want
	case d.Unpack == gogetter.IntoFile:
		return wantNoCompression
	case d.HasDir && d.Unpack != gogetter.IntoDirectory:
		return "// in the path only after an archive suffix, such as .tar.gz//linux-amd64"
	case slices.Contains(strings.Split(d.Dir, "/"), ".."):
		return "a directory inside the archive after //"
	case strings.Contains(d.Dir, "%"):
		return "a directory without escaped characters after //, since go-getter does not decode them"
	case d.Unpack == gogetter.AsIs && lacksFileName(d):
		return wantFileName
	case u.Query().Has("checksum"):
		return wantChecksum(d.Checksum)
	}
	return ""
}

func lacksFileName(d gogetter.Download) bool {
	return d.Path == "" || strings.HasSuffix(d.Path, "/")
}

// wantChecksum is the rule for the value of the parameter checksum, if there is one.
func wantChecksum(value string) string {
	const want = "?checksum=sha256: and 64 hexadecimal digits, or another form that go-getter reads (md5, sha1, sha512, file:<URL>)"
	sum, err := gogetter.ParseChecksum(value)
	switch {
	case value == "" || err != nil:
		return want
	case strings.HasPrefix(value, "file:"):
		if u, want := parseWebURL(sum.File); want != "" || gogetter.Read(u).HasDir {
			return "the http or https URL of a checksum file after ?checksum=file:"
		}
	}
	return ""
}
