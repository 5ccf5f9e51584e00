package command

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/verify"

	"github.com/spf13/cobra"
)

func newSummary(s *cli.Screen) *cobra.Command {
	return &cobra.Command{
		Use:   "summary REPORT...",
		Short: "Show as a Markdown table what verify checked and started on several machines",
		Long: `summary reads the reports that verify --report wrote on several machines, and prints a Markdown
table of all artifacts: their platform, size and checksum, and whether the plugin was started
on one of the machines or only checked.`,
		Example: `  indexgen summary linux.json darwin.json >> "$GITHUB_STEP_SUMMARY"`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			checks, err := readChecks(cmd.Context(), args)
			if err != nil {
				return err
			}
			return s.Result([]byte(table(checks)))
		},
	}
}

// readChecks reads reports. Reports of the same file become one check: it is started if one report
// says so, and ok if all say so.
func readChecks(ctx context.Context, reports []string) ([]verify.Check, error) {
	var checks []verify.Check
	for _, name := range reports {
		data, err := readIndexFile(ctx, name)
		if err != nil {
			return nil, err
		}
		var report verification
		if err := json.Unmarshal(data, &report); err != nil {
			return nil, problem.WithHint(fmt.Errorf("%s is not a report: %w", name, err), "give files that indexgen verify --report wrote")
		}
		for _, c := range report.Checks {
			same := func(other verify.Check) bool {
				return other.Plugin == c.Plugin && other.Version == c.Version && other.Platform == c.Platform &&
					other.Dependency == c.Dependency && other.Checksum == c.Checksum
			}
			if i := slices.IndexFunc(checks, same); i >= 0 {
				checks[i].Started = checks[i].Started || c.Started
				checks[i].OK = checks[i].OK && c.OK
				continue
			}
			checks = append(checks, c)
		}
	}
	if len(checks) == 0 {
		return nil, fmt.Errorf("the reports have no checks")
	}
	return checks, nil
}

// table returns a Markdown table of checks, and a list of the platforms that were not started.
func table(checks []verify.Check) string {
	var b strings.Builder
	b.WriteString("| plugin | version | platform | size in bytes | result | SHA-256 |\n|---|---|---|--:|---|---|\n")
	started := map[string]bool{}
	for _, c := range checks {
		result := "only checked"
		switch {
		case !c.OK:
			result = "**failed**"
		case c.Started:
			result = "started"
		}
		started[c.Platform] = started[c.Platform] || c.Started
		name := c.Plugin
		if c.Dependency != "" {
			name += " dependency " + c.Dependency
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %s | %s |\n",
			markdown(name), markdown(c.Version), markdown(c.Platform), c.Size, result, markdown(c.Checksum))
	}
	var missing []string
	for _, c := range checks {
		if p := markdown(c.Platform); !started[c.Platform] && !slices.Contains(missing, p) {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 {
		fmt.Fprintf(&b, "\nBuilt and checked, but not started on any machine: %s.\n", strings.Join(missing, ", "))
	}
	return b.String()
}

var punctuation = regexp.MustCompile("[!-/:-@\\[-`{-~]")

// markdown escapes a text for a table in Markdown, so that nothing in it is markup or a link.
func markdown(text string) string {
	return punctuation.ReplaceAllString(problem.OneLine(text), `\$0`)
}
