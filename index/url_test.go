package index_test

import (
	"fmt"
	"testing"

	"botkube-plugins/index"
)

const (
	wantWeb         = "an absolute http or https URL with a host"
	wantFile        = "a path that ends in the name of a file"
	wantUncompress  = "a program or an archive, since go-getter refuses to unpack a single compressed file (.bz2, .gz, .xz, .zst)"
	wantNoSubdir    = "no // in the path, which go-getter takes for the start of a subdirectory"
	wantSameArchive = "no archive parameter that contradicts the suffix"
	wantSuffix      = "a path with an archive suffix such as .tar.gz, without which Botkube does not look for the program in the archive"
)

func TestValidateArtifactURL(t *testing.T) {
	for raw, want := range map[string]string{
		"source_ticker_linux_amd64":                       wantWeb,
		"/source_ticker_linux_amd64":                      wantWeb,
		"//example.com/a":                                 wantWeb,
		"ftp://example.com/a":                             wantWeb,
		"git::https://example.com/a":                      wantWeb,
		"https:///a":                                      wantWeb,
		"https://:8080/a":                                 wantWeb,
		"https:example.com/a":                             wantWeb,
		" https://example.com/a":                          wantWeb + " (first path segment in URL cannot contain colon)",
		"https://example.com/a\n":                         wantWeb + " (net/url: invalid control character in URL)",
		"https://exa mple.com/a":                          wantWeb + ` (invalid character " " in host name)`,
		"https://example.com/%zz":                         wantWeb + ` (invalid URL escape "%zz")`,
		"https://example.com:http/a":                      wantWeb + ` (invalid port after host)`,
		"https://example.com:65536/a":                     "a port up to 65535",
		"https://example.com/a?b;c=d":                     "a query that Go can parse, since Botkube drops the rest (invalid semicolon separator in query)",
		"https://example.com/a?%zz":                       `a query that Go can parse, since Botkube drops the rest (invalid URL escape "%zz")`,
		"https://example.com//a":                          wantNoSubdir,
		"https://example.com/v1//a":                       wantNoSubdir,
		"https://example.com/v1/a//":                      wantNoSubdir,
		"https://example.com/a.tar.gz//":                  wantNoSubdir,
		"https://example.com/a.tar.gz//bin":               wantNoSubdir,
		"https://example.com":                             wantFile,
		"https://example.com?a=b":                         wantFile,
		"https://example.com/":                            wantFile,
		"https://example.com/v1/":                         wantFile,
		"https://example.com/v1%2F":                       wantFile,
		"https://example.com/v1/?archive=zip":             wantFile,
		"https://example.com/a.gz":                        wantUncompress,
		"https://example.com/a.xz":                        wantUncompress,
		"https://example.com/a.bz2":                       wantUncompress,
		"https://example.com/a.zst":                       wantUncompress,
		"https://example.com/a%2Egz":                      wantUncompress,
		"https://example.com/a?archive=gz":                wantUncompress,
		"https://example.com/a.tar.gz?archive=false":      wantSameArchive,
		"https://example.com/a.tar.gz?archive=0":          wantSameArchive,
		"https://example.com/a.zip?archive=true":          wantSameArchive,
		"https://example.com/a.gz?archive=false":          wantSameArchive,
		"https://example.com/a?archive=tar.gz":            wantSuffix,
		"https://example.com/a":                           "",
		"HTTP://example.com:8080/a":                       "",
		"http://127.0.0.1:8080/source_ticker_linux_amd64": "",
		"http://[::1]:65535/a":                            "",
		"https://user:secret@example.com/a":               "",
		"https://example.com/a.tar.gz":                    "",
		"https://example.com/a.tgz":                       "",
		"https://example.com/a.zip":                       "",
		"https://example.com/a.tar.zst":                   "",
		"https://example.com/a.GZ":                        "",
		"https://example.com/a.gz.sig":                    "",
		"https://example.com/gz":                          "",
		"https://example.com/a?archive=false":             "",
		"https://example.com/a?archive=":                  "",
		"https://example.com/a.tar.gz?archive=tgz":        "",
		"https://example.com/a.gz?archive=tar.gz":         "",
		"https://example.com/a?from=https://x//y":         "",
		"https://example.com/a?checksum=abc&filename=b":   "",
		"https://example.com/a#x//y":                      "",
		"https://example.com/a%2F%2Fb":                    "",
		"https://example.com/a b":                         "",
	} {
		t.Run(raw, func(t *testing.T) {
			got := validate(t, validIndex(change(func(e *index.Entry) { e.URLs[0].URL = raw })))
			if want == "" {
				wantEqual(t, nil, got)
				return
			}
			wantEqual(t, ticker("urls[0].url", fmt.Sprintf("%q", raw), want), got)
		})
	}
}

func TestValidateDependencyURL(t *testing.T) {
	const (
		afterArchive = "// in the path only after an archive suffix, such as .tar.gz//linux-amd64"
		inside       = "a directory inside the archive after //"
		unescaped    = "a directory without escaped characters after //, since go-getter does not decode them"
		checksum     = "?checksum=sha256: and 64 hexadecimal digits, or another form that go-getter reads (md5, sha1, sha512, file:<URL>)"
		checksumFile = "the http or https URL of a checksum file after ?checksum=file:"
	)
	for raw, want := range map[string]string{
		"kubectl":                                              wantWeb,
		"s3::https://example.com/a":                            wantWeb,
		"https://example.com/a?b;c":                            "a query that Go can parse, since Botkube drops the rest (invalid semicolon separator in query)",
		"https://example.com/a.gz":                             wantUncompress,
		"https://example.com/a?archive=xz":                     wantUncompress,
		"https://example.com/a.gz//bin":                        wantUncompress,
		"https://example.com//a":                               afterArchive,
		"https://example.com/v1//a.tar.gz":                     afterArchive,
		"https://example.com/a.tar.gz//b?archive=false":        afterArchive,
		"https://example.com/a.tar.gz//../b":                   inside,
		"https://example.com/a.tar.gz///..":                    inside,
		"https://example.com/a.tar.gz//my dir":                 unescaped,
		"https://example.com/a.tar.gz//b%75n":                  unescaped,
		"https://example.com":                                  wantFile,
		"https://example.com/bin/":                             wantFile,
		"https://example.com/a?checksum=":                      checksum,
		"https://example.com/a?checksum=abc":                   checksum,
		"https://example.com/a?checksum=" + digest[:62]:        checksum,
		"https://example.com/a?checksum=sha256:" + digest[:40]: checksum,
		"https://example.com/a?checksum=sha384:" + digest:      checksum,
		"https://example.com/a?checksum=:" + digest:            checksum,
		"https://example.com/a?checksum=File:https://x/y":      checksum,
		"https://example.com/a?checksum=file:SHA256SUMS":       checksumFile,
		"https://example.com/a?checksum=file:https://x//y":     checksumFile,

		"https://example.com/kubectl":                                          "",
		"https://get.helm.sh/helm-v3.6.3-linux-amd64.tar.gz//linux-amd64":      "",
		"https://example.com/a.tar.gz":                                         "",
		"https://example.com/a.tar.gz//":                                       "",
		"https://example.com/a.zip//x..y/*":                                    "",
		"https://example.com/a?archive=tar.gz":                                 "",
		"https://example.com/a//bin?archive=zip":                               "",
		"https://example.com/download/?archive=zip":                            "",
		"https://example.com/a.tar.gz?archive=false":                           "",
		"https://example.com/a?checksum=" + digest:                             "",
		"https://example.com/a?checksum=" + digest[:32]:                        "",
		"https://example.com/a?checksum=SHA256:" + digest:                      "",
		"https://example.com/a?checksum=md5:" + digest[:32]:                    "",
		"https://example.com/a?checksum=sha1:" + digest[:40]:                   "",
		"https://example.com/a?checksum=sha512:" + digest + digest:             "",
		"https://example.com/a?checksum=file:https://example.com/SHA256SUMS":   "",
		"https://example.com/a.tar.gz//linux-amd64?checksum=sha256:" + digest:  "",
		"https://example.com/a?checksum=file:https%3A%2F%2Fexample.com%2Fsums": "",
	} {
		t.Run(raw, func(t *testing.T) {
			got := validate(t, validIndex(change(func(e *index.Entry) {
				e.URLs = e.URLs[:1]
				e.URLs[0].Dependencies = index.Dependencies{"tool": {URL: raw}}
			})))
			if want == "" {
				wantEqual(t, nil, got)
				return
			}
			wantEqual(t, ticker(`urls[0].dependencies["tool"].url`, fmt.Sprintf("%q", raw), want), got)
		})
	}
}
