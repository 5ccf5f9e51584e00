package index_test

import (
	"testing"

	"botkube-plugins/index"
)

func TestCompareVersions(t *testing.T) {
	for _, test := range []struct {
		a, b     string
		order    int
		ok       bool
		newMajor bool // of b
	}{
		{"1.0.0", "v1.0", 0, true, false},
		{"1.9.0", "1.10.0", -1, true, false},
		{"2.0.0", "1.10.0", 1, true, false},
		{"1.9.0", "v2.0.0-rc.1", -1, true, true},
		{"0.9.0", "1.0.0", -1, true, true},
		{"0.1.0", "0.2.0", -1, true, false},
		{"dev", "1.0.0", 0, false, false},
		{"dev", "dev", 0, true, false},
	} {
		order, ok := index.CompareVersions(test.a, test.b)
		if order != test.order || ok != test.ok {
			t.Errorf("CompareVersions(%q, %q): found %d, %v, want %d, %v", test.a, test.b, order, ok, test.order, test.ok)
		}
		if same := index.VersionKey(test.a) == index.VersionKey(test.b); same != index.SameVersion(test.a, test.b) {
			t.Errorf("VersionKey of %q and %q: found the same one: %v", test.a, test.b, same)
		}
		if got := index.NewMajor(test.a, test.b); got != test.newMajor {
			t.Errorf("NewMajor(%q, %q): found %v, want %v", test.a, test.b, got, test.newMajor)
		}
	}
}
