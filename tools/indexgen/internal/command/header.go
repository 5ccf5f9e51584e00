package command

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/tools/indexgen/internal/fetch"
)

// headerName is a token of RFC 9110.
var headerName = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

// addHeader parses 'Name: value'. It does not show what it rejects, since any part may be a secret.
func addHeader(header http.Header, text string) (ok bool) {
	name, value, found := strings.Cut(text, ":")
	value = strings.TrimSpace(value)
	if !found || !headerName.MatchString(name) || strings.ContainsFunc(value, unicode.IsControl) {
		return false
	}
	header.Add(name, value)
	return true
}

// parseHeaders parses the values of --header.
func parseHeaders(headers []string) (http.Header, error) {
	header := http.Header{}
	for _, h := range headers {
		if !addHeader(header, h) {
			return nil, cli.Usagef("--header: found a value of another form, want 'Name: value'; it is not shown, since it may be secret")
		}
	}
	return header, nil
}

// parsePlatform parses a value of --platform.
func parsePlatform(text string) (index.Platform, error) {
	goos, goarch, _ := strings.Cut(text, "/")
	p := index.Platform{OS: goos, Arch: goarch}
	if !index.KnownPlatform(p) {
		return p, cli.Usagef("--platform: found %q, want a platform such as linux/amd64", text)
	}
	return p, nil
}

// checkHeaders parses --header and --artifact-header. A header is for one origin: whoever serves
// another index or file must not get it.
func (f *mirrorFlags) checkHeaders() error {
	var err error
	if f.header, err = parseHeaders(f.headers); err != nil {
		return err
	}
	var origins []string
	for _, arg := range f.indexes {
		if u, err := url.Parse(arg.index); err == nil && u.Host != "" {
			origins = append(origins, fetch.Origin(u))
		}
	}
	slices.Sort(origins)
	if len(f.header) > 0 && len(slices.Compact(origins)) > 1 {
		return cli.Usagef("--header: found indexes at several origins, want one origin, since the header may be secret; mirror the others from files")
	}
	f.origins = map[string]http.Header{}
	for _, text := range f.artifactHeaders {
		origin, rest, _ := strings.Cut(text, " ")
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil || u.RawQuery != "" {
			return cli.Usagef("--artifact-header: found a value of another form, want 'ORIGIN Name: value' with an origin such as https://example.com; it is not shown, since it may be secret")
		}
		header := f.origins[fetch.Origin(u)]
		if header == nil {
			header = http.Header{}
			f.origins[fetch.Origin(u)] = header
		}
		if !addHeader(header, rest) {
			return cli.Usagef("--artifact-header: found a value of another form, want 'ORIGIN Name: value'; it is not shown, since it may be secret")
		}
	}
	return nil
}

// headerFor returns the header for a file at a URL.
func (f *mirrorFlags) headerFor(link string) http.Header {
	u, err := url.Parse(link)
	if err != nil {
		return nil
	}
	return f.origins[fetch.Origin(u)]
}

// parseMirrorURL checks and normalizes --base-url of mirror.
func parseMirrorURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "file" {
		return parseBaseURL(text)
	}
	link := (&url.URL{Scheme: "file", Path: strings.TrimRight(u.Path, "/")}).String()
	if u.Host != "" || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Path, "//") || strings.Trim(u.Path, "/") == "" {
		return "", cli.Usagef("--base-url: found %q, want a directory such as file:///plugins", text)
	}
	return link, nil
}

// defaultClient downloads as verify does without flags.
func defaultClient() *fetch.Client {
	return &fetch.Client{HTTP: http.DefaultClient, Tries: 4, Wait: 500 * time.Millisecond, Timeout: 2 * time.Minute, MaxSize: maxArtifact}
}
