package command

import (
	"bytes"
	"testing"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
)

// A warning says what a system does not deny, and --sandbox=require needs files and network.
func TestSandboxReport(t *testing.T) {
	const files, network, processes = pluginhost.Files, pluginhost.Network, pluginhost.Processes
	for _, test := range []struct {
		denied  []pluginhost.Restriction
		missing string
		enough  bool
	}{
		{[]pluginhost.Restriction{files, network, processes}, "", true},
		{[]pluginhost.Restriction{files, network}, "processes", true},
		{[]pluginhost.Restriction{network}, "files, processes", false},
		{[]pluginhost.Restriction{files, processes}, "network", false},
		{nil, "files, network, processes", false},
	} {
		warning := ""
		if test.missing != "" {
			warning = "warning: the sandbox of this system does not deny plugins access to " + test.missing + "\n"
		}
		for _, flag := range []sandboxFlag{sandboxAuto, sandboxRequire} {
			var stderr bytes.Buffer
			err := flag.report(cli.NewScreen(nil, nil, &stderr), test.denied)
			if flag == sandboxRequire && !test.enough {
				want := "this system has no sandbox that denies plugins access to " + test.missing
				if err == nil || err.Error() != want || stderr.Len() > 0 {
					t.Errorf("%v, require: found error %v and %q, want %s", test.denied, err, &stderr, want)
				}
				continue
			}
			if err != nil || stderr.String() != warning {
				t.Errorf("%v, %s: found error %v and %q, want %q", test.denied, flag, err, &stderr, warning)
			}
		}
	}
}
