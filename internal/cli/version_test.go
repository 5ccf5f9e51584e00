package cli

import (
	"runtime/debug"
	"testing"
)

func TestBuild(t *testing.T) {
	settings := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: modified}}
	}
	for want, info := range map[string]debug.BuildInfo{
		"unknown: built without version control":  {Main: debug.Module{Version: "(devel)"}},
		"v1.2.3":                                  {Main: debug.Module{Version: "v1.2.3"}},
		"v1.2.3 (commit abc)":                     {Main: debug.Module{Version: "v1.2.3"}, Settings: settings("false")},
		"v1.2.3+dirty (commit abc, with changes)": {Main: debug.Module{Version: "v1.2.3+dirty"}, Settings: settings("true")},
		"abc":               {Main: debug.Module{Version: "(devel)"}, Settings: settings("false")},
		"abc, with changes": {Main: debug.Module{Version: "(devel)"}, Settings: settings("true")},
	} {
		if got := buildOf(&info, "o/r"); got.String() != want || got.Repository != "o/r" {
			t.Errorf("found %q of %s, want %q of o/r", got, got.Repository, want)
		}
	}
}
