package site

import (
	"botkube-plugins/index"
)

// trust is what is known about where the files of a plugin come from.
type trust struct {
	// Release is the release on GitHub that all files are in, or nil.
	Release *release
	// Verify checks everything that the index says.
	Verify string
}

func newTrust(indexURL string, e index.Entry) trust {
	t := trust{Verify: "indexgen verify " + shellWord(indexURL)}
	for i, a := range e.URLs {
		r := releaseOf(a.URL)
		if r == nil || i > 0 && *r != *t.Release {
			t.Release = nil
			return t
		}
		t.Release = r
	}
	return t
}
