package index_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"botkube-plugins/index"
)

func TestParseDownload(t *testing.T) {
	for raw, want := range map[string]index.Download{
		"https://example.com/v1/source_x_linux_amd64": {
			URL: "https://example.com/v1/source_x_linux_amd64", File: "source_x_linux_amd64",
		},
		"https://example.com/a.tar.gz": {URL: "https://example.com/a.tar.gz", File: "a.tar.gz", Archive: ".tar.gz"},
		"https://example.com/v1/a%20b%2Bc.zip": {
			URL: "https://example.com/v1/a%20b%2Bc.zip", File: "a b+c.zip", Archive: ".zip",
		},
		"https://example.com/a.tar.gz//linux-amd64": {
			URL: "https://example.com/a.tar.gz", File: "a.tar.gz", Archive: ".tar.gz", Dir: "linux-amd64",
		},
		"https://example.com/a%20b.tgz//x/*?checksum=sha256:" + digest: {
			URL: "https://example.com/a%20b.tgz", File: "a b.tgz", Archive: ".tgz", Dir: "x/*", Checksum: "sha256:" + digest,
		},
		"https://example.com/a.tar.gz//": {URL: "https://example.com/a.tar.gz", File: "a.tar.gz", Archive: ".tar.gz"},
		"https://example.com/a?b=c&archive=tar.xz&filename=x&checksum=md5:abc": {
			URL: "https://example.com/a?b=c", File: "a", Archive: ".tar.xz", Checksum: "md5:abc",
		},
		"https://example.com/a.tar.gz?archive=false": {URL: "https://example.com/a.tar.gz", File: "a.tar.gz"},
		"https://example.com/a.gz":                   {URL: "https://example.com/a.gz", File: "a.gz"},
		"https://example.com/a?checksum=file:https://example.com/sums": {
			URL: "https://example.com/a", File: "a", Checksum: "file:https://example.com/sums",
		},
		"https://user:secret@example.com:8443/a?x=1#f": {URL: "https://user:secret@example.com:8443/a?x=1#f", File: "a"},
	} {
		t.Run(raw, func(t *testing.T) {
			got, err := index.ParseDownload(raw)
			if err != nil {
				t.Fatal(err)
			}
			wantEqual(t, want, got)
		})
	}
	if got, err := index.ParseDownload("https://example.com/%zz"); err == nil {
		t.Errorf("got %+v, want an error", got)
	}
}

func TestCheck(t *testing.T) {
	file := func(found, want string) index.Problems {
		return index.Problems{{Entry: -1, Field: "file", Found: found, Want: want}}
	}
	const readable = "an index that Botkube can read"
	ix := validIndex()
	text := mustEncode(t, ix)
	large := slices.Concat(text, bytes.Repeat([]byte("#"), index.MaxSize-len(text)))
	for name, test := range map[string]struct {
		data []byte
		ix   index.Index
		want index.Problems
	}{
		"valid":          {text, ix, nil},
		"just so large":  {large, ix, nil},
		"too large":      {slices.Concat(large, []byte("#")), ix, file(fmt.Sprintf("%d bytes", index.MaxSize+1), "at most 1048576")},
		"without a rule": {[]byte("entries: []"), index.Index{Entries: []index.Entry{}}, index.Problems{{Entry: -1, Field: "entries", Found: "nothing", Want: "at least one plugin"}}},
		"empty": {nil, index.Index{}, file(
			`the error "found nothing, want a YAML mapping with the key entries; hint: the file is empty: was the download or the generator cut short?"`, readable)},
		"undecodable": {[]byte("entries: {}\nentries: 1"), index.Index{}, file(
			`the error "line 2: mapping key \"entries\" already defined at line 1"`, readable)},
	} {
		t.Run(name, func(t *testing.T) {
			got, problems := index.Check(test.data)
			wantEqual(t, test.ix, got)
			wantEqual(t, test.want, problems)
		})
	}
}
