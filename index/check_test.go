package index_test

import (
	"bytes"
	"slices"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"

	"github.com/hashicorp/go-version"
)

func TestCheck(t *testing.T) {
	file := func(found, want string) problem.List {
		return problem.List{{Where: "index", Line: 2, Found: found, Want: want}}
	}
	const readable = "an index that Botkube can read"
	ix := validIndex()
	text := mustEncode(t, ix)
	large := slices.Concat(text, bytes.Repeat([]byte("#"), index.LargeSize-len(text)))
	for name, test := range map[string]struct {
		data []byte
		ix   index.Index
		want problem.List
	}{
		"valid":          {text, ix, nil},
		"not yet large":  {large, ix, nil},
		"without a rule": {[]byte("entries: []"), index.Index{Entries: []index.Entry{}}, problem.List{{Where: "index", Line: 1, Column: 10, Field: "entries", Found: "nothing", Want: "at least one plugin"}}},
		"empty": {nil, index.Index{}, problem.List{{
			Where: "index", Found: `the error "found nothing, want a YAML mapping with the key entries"`, Want: readable,
			Hint: "the file is empty; check that its download or generation was complete",
		}}},
		"undecodable": {[]byte("entries: {}\nentries: 1"), index.Index{}, file(
			`the error "line 2: mapping key \"entries\" already defined at line 1"`, readable)},
	} {
		t.Run(name, func(t *testing.T) {
			got, found, err := index.Check(t.Context(), test.data)
			wantEqual(t, nil, err)
			wantEqual(t, test.ix, got)
			wantEqual(t, problem.Limit(test.want), found.Problems)
			wantEqual(t, problem.Limited{}, found.Warnings)
		})
	}
}

func TestSameVersion(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"1.2.3", "1.2.3", true},
		{"v1.2.3", "1.2.3", true},
		{"1.2.3", "v1.2.3", true},
		{"1.2", "1.2.0", true},
		{"dev", "dev", true},
		{"dev", "vdev", false},
		{"1.2.3", "dev", false},
		{"1.2.3", "1.2.4", false},
		{"1.2.3", "1.2.3-rc.1", false},
		{"1.2.3", "", false},
	} {
		if got := index.SameVersion(test.a, test.b); got != test.want {
			t.Errorf("%q and %q: found %t, want %t", test.a, test.b, got, test.want)
		}
	}
}

// Two versions are the same if neither is newer by the library that Botkube compares them with.
func TestSameVersionAgreesWithBotkube(t *testing.T) {
	versions := []string{
		"1", "1.0", "v1.0.0", "1.0.0+build.7", "1.2.3", "0", "0.0", "1.0.0-rc", "1.0.0-rc.1", "1.0.0-rc.01",
		"1.0.0-rc1", "1.0.0-rc.a", "1.0.0-7", "1.0.0-07", "1.0.0-0", "1.0.0-alpha", "1.0.0-beta+1", "1.0.1-beta",
	}
	for _, a := range versions {
		for _, b := range versions {
			va, vb := version.Must(version.NewVersion(a)), version.Must(version.NewVersion(b))
			if want := !va.GreaterThan(vb) && !vb.GreaterThan(va); index.SameVersion(a, b) != want {
				t.Errorf("%q and %q: found %t, want %t", a, b, !want, want)
			}
		}
	}
}
