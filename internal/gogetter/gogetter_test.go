package gogetter_test

import (
	"strings"
	"testing"

	"botkube-plugins/internal/gogetter"

	"github.com/google/go-cmp/cmp"
)

const digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// download holds the main fields of a gogetter.Download.
type download struct {
	URL, File, Archive, Dir, Checksum string
	Local                             bool
}

func TestParse(t *testing.T) {
	for raw, want := range map[string]download{
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
		"file:///plugins/a%20b.tar.gz//bin?checksum=sha256:" + digest: {
			URL: "file:///plugins/a%20b.tar.gz", File: "a b.tar.gz", Archive: ".tar.gz", Dir: "bin", Checksum: "sha256:" + digest, Local: true,
		},
		"https://user:secret@example.com:8443/a?x=1#f": {URL: "https://user:secret@example.com:8443/a?x=1#f", File: "a"},
	} {
		t.Run(raw, func(t *testing.T) {
			got, err := gogetter.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			short := download{URL: got.URL, File: got.File(), Archive: got.Archive, Dir: got.Dir, Checksum: got.Checksum, Local: got.Local}
			if diff := cmp.Diff(want, short); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got.HasDir != strings.Contains(strings.TrimPrefix(raw, "https://"), "//") && !strings.Contains(raw, "file:") {
				t.Errorf("found HasDir %t", got.HasDir)
			}
		})
	}
	if got, err := gogetter.Parse("https://example.com/%zz"); err == nil {
		t.Errorf("got %+v, want an error", got)
	}
}

func TestSuffix(t *testing.T) {
	type result struct {
		archive, compression string
	}
	for name, want := range map[string]result{
		"":                                    {},
		"source_ticker_linux_amd64":           {},
		"source_ticker_windows_amd64.exe":     {},
		"a.tar":                               {archive: ".tar"},
		"a.tar.gz":                            {archive: ".tar.gz"},
		"source_ticker_1.0.0_x.tar.gz":        {archive: ".tar.gz"},
		"a.tar.bz2":                           {archive: ".tar.bz2"},
		"a.tar.xz":                            {archive: ".tar.xz"},
		"a.tar.zst":                           {archive: ".tar.zst"},
		"a.tgz":                               {archive: ".tgz"},
		"a.tbz2":                              {archive: ".tbz2"},
		"a.txz":                               {archive: ".txz"},
		"a.tzst":                              {archive: ".tzst"},
		"a.zip":                               {archive: ".zip"},
		"a.zip.tar":                           {archive: ".tar"},
		"a.gz":                                {compression: ".gz"},
		"a.bz2":                               {compression: ".bz2"},
		"a.xz":                                {compression: ".xz"},
		"a.zst":                               {compression: ".zst"},
		"a.zip.gz":                            {compression: ".gz"},
		".tar.gz":                             {archive: ".tar.gz"},
		"a.TAR.GZ":                            {},
		"a.Tar.gz":                            {compression: ".gz"},
		"tar.gz":                              {compression: ".gz"},
		"zip":                                 {},
		"a.tar.gz.sig":                        {},
		"a.tar.gz.sbom.json":                  {},
		"a.7z":                                {},
		strings.Repeat(".", 100) + "x.tar.gz": {archive: ".tar.gz"},
	} {
		var got result
		switch unpack, suffix := gogetter.Suffix(name); unpack {
		case gogetter.IntoDirectory:
			got.archive = suffix
		case gogetter.IntoFile:
			got.compression = suffix
		default:
			if suffix != "" {
				t.Errorf("%q: found the suffix %q of a file that is not unpacked", name, suffix)
			}
		}
		if got != want {
			t.Errorf("%q: found %+v, want %+v", name, got, want)
		}
	}
}
