package command

import (
	"net/http"
	"regexp"
	"strings"
	"unicode"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
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
