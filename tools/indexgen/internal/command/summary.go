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
	plugins := false
	cmd := &cobra.Command{
		Use:   "summary REPORT...",
		Short: "Show as a Markdown table what verify checked and started on several machines",
		Long: `summary reads the reports that verify --report wrote on several machines, and prints a Markdown
table of all artifacts: their platform, size and checksum, and whether the plugin was started
on one of the machines or only checked. It lists the problems in the reports, which can also be
those of generate --report.`,
		Example: `  indexgen summary linux.json darwin.json >> "$GITHUB_STEP_SUMMARY"
  indexgen summary --plugins report.json | jq -r '.[].name'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			checks, problems, err := readReports(cmd.Context(), args)
			switch {
			case err != nil:
				return err
			case plugins:
				return s.ReportLine(pluginsOf(checks))
			}
			return s.Result([]byte(table(checks) + list(problems)))
		},
	}
	cmd.Flags().BoolVar(&plugins, "plugins", false, "print a JSON list on one line instead: the type, name and version of each plugin")
	return cmd
}

// readReports reads reports. Reports of the same file become one check: it is started if one report
// says so, and ok if all say so. A problem that several reports have is listed once.
func readReports(ctx context.Context, reports []string) (checks []verify.Check, problems problem.Limited, err error) {
	known := map[string]bool{}
	for _, name := range reports {
		data, err := readIndexFile(ctx, name)
		if err != nil {
			return nil, problems, err
		}
		var report verification
		if err := json.Unmarshal(data, &report); err != nil {
			return nil, problems, problem.WithHint(fmt.Errorf("%s is not a report: %w", name, err), "give files that indexgen verify --report wrote")
		}
		for _, p := range report.Problems {
			if text := p.String(); !known[text] {
				known[text] = true
				problems.Add(p)
			}
		}
		problems.More += report.MoreProblems
		checks = combine(checks, report.Checks)
	}
	if len(checks) == 0 && problems.Total() == 0 {
		return nil, problems, fmt.Errorf("the reports have no checks")
	}
	return checks, problems, nil
}

// combine adds the checks of a report to those of others.
func combine(checks, added []verify.Check) []verify.Check {
	for _, c := range added {
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
	return checks
}

// checkedPlugin is a plugin in the list of summary --plugins.
type checkedPlugin struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

// pluginsOf returns the plugins in the order of the checks.
func pluginsOf(checks []verify.Check) []checkedPlugin {
	plugins := []checkedPlugin{}
	for _, c := range checks {
		kind, name, _ := strings.Cut(c.Plugin, "/")
		if p := (checkedPlugin{kind, name, c.Version}); !slices.Contains(plugins, p) {
			plugins = append(plugins, p)
		}
	}
	return plugins
}

// table returns a Markdown table of checks, and a list of the platforms that were not started, or
// nothing without checks.
func table(checks []verify.Check) string {
	if len(checks) == 0 {
		return ""
	}
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

// list returns a Markdown list of problems.
func list(problems problem.Limited) string {
	if problems.Total() == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n**%s**\n\n", problem.Count(problems.Total(), "problem"))
	for _, p := range problems.Kept {
		b.WriteString("- " + markdown(p.Error()) + "\n")
		if p.Hint != "" {
			b.WriteString("  <br>hint: " + markdown(p.Hint) + "\n")
		}
	}
	if problems.More > 0 {
		fmt.Fprintf(&b, "- and %d more\n", problems.More)
	}
	return b.String()
}

var punctuation = regexp.MustCompile("[!-/:-@\\[-`{-~]")

// markdown escapes a text for a line of Markdown, so that nothing in it is markup or a link.
func markdown(text string) string {
	return punctuation.ReplaceAllString(problem.OneLine(text), `\$0`)
}
