package command

import (
	"testing"

	"botkube-plugins/internal/cli"
)

// Without --uses, the workflow is that of the commit that the program was built from.
func TestInitUses(t *testing.T) {
	built := cli.Build{Repository: "o/r", Commit: "abc"}
	changed, local := built, built
	changed.Changed, local.Repository = true, ""
	for _, test := range []struct {
		flag  string
		build cli.Build
		want  string // or empty
		usage bool
	}{
		{"", built, "o/r@abc", false},
		{"", changed, "", false}, // nobody else has the changes
		{"", local, "", false},
		{"", cli.Build{}, "", false},
		{"a/b", built, "a/b@abc", false},
		{"a/b@v1", built, "a/b@v1", false},
		{"a/b@v1", cli.Build{}, "a/b@v1", false},
		{"a/b", changed, "", true},
		{"a", built, "", true},
		{"a/b@", built, "", true},
		{"a/b@v1 #", built, "", true},
		{"a/b/c@v1", built, "", true},
	} {
		f := initFlags{uses: test.flag}
		got, err := f.workflow(test.build)
		if got != test.want || cli.IsUsage(err) != test.usage || (err != nil) != test.usage {
			t.Errorf("%q with %+v: found %q, error %v, want %q", test.flag, test.build, got, err, test.want)
		}
	}
}
