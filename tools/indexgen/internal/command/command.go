// Package command defines the commands of indexgen.
package command

import (
	"net/url"
	"strings"
	"time"

	"botkube-plugins/internal/cli"
	"botkube-plugins/tools/indexgen/internal/serve"

	"github.com/spf13/cobra"
)

const manual = `indexgen generates the index through which Botkube finds plugins, from a directory of built
plugins, and finds everything that Botkube cannot install before you publish it.

Exit codes:
  0  success
  1  a failure of this machine or the network
  2  the command line is wrong
  3  Botkube cannot install what was checked; the problems are on stderr
  4  diff found a breaking change that nothing permits

A crash ends the program with SIGABRT, which a shell reports as 134.`

// New returns the root command.
func New(s *cli.Screen) *cobra.Command {
	return cli.Group("indexgen", "Generate and check Botkube plugin indexes", manual,
		newDiff(s), newGenerate(s), newInit(s), newMerge(s), newMirror(s), newServe(s), newSite(s), newSummary(s), newValidate(s), newVerify(s))
}

// indexFile is the name of the index, next to the artifacts.
const indexFile = serve.IndexFile

// parseBaseURL checks and normalizes the value of --base-url.
func parseBaseURL(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil && strings.Contains(text, "@") || err == nil && u.User != nil:
		return "", cli.Usagef("--base-url: found a URL with a user or password, want one without, since everybody can read it in the index")
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return "", cli.Usagef("--base-url: found %q, want an absolute http or https URL such as https://example.com/plugins", text)
	}
	// A slash at the end would become "//" in the artifacts' URLs, where go-getter expects a
	// subdirectory.
	return strings.TrimRight(text, "/"), nil
}

// maxJobs is the largest value of --jobs. Each job may hold a plugin and several open files.
const maxJobs = 256

// checkJobs checks the value of --jobs.
func checkJobs(jobs int) error {
	if jobs < 1 || jobs > maxJobs {
		return cli.Usagef("--jobs: found %d, want 1 to %d", jobs, maxJobs)
	}
	return nil
}

// checkPositive rejects durations that are not positive. The keys are the names of their flags.
func checkPositive(durations map[string]time.Duration) error {
	for flag, d := range durations {
		if d <= 0 {
			return cli.Usagef("--%s: found %s, want more than 0", flag, d)
		}
	}
	return nil
}
