package command

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"

	"github.com/spf13/cobra"
)

// validation is the report of validate.
type validation struct {
	Entries  int          `json:"entries"`
	Problems problem.List `json:"problems"`
	// MoreProblems is how many problems are not in Problems.
	MoreProblems int          `json:"moreProblems,omitempty"`
	Warnings     problem.List `json:"warnings"`
	// MoreWarnings is how many warnings are not in Warnings.
	MoreWarnings int `json:"moreWarnings,omitempty"`
}

func newValidate(s *cli.Screen) *cobra.Command {
	strict := false
	cmd := &cobra.Command{
		Use:   "validate FILE|-",
		Short: "Check an index against all of Botkube's rules",
		Long: `validate reads an index and reports everything in it that Botkube rejects, or accepts but
then fails to install, all at once, with the line and column. It warns of keys that Botkube
ignores. It looks only at the index and downloads nothing.

docs/json.md describes the report of --json.`,
		Example: `  indexgen validate dist/plugins-index.yaml
  curl -L https://example.com/plugins-index.yaml | indexgen validate -
  indexgen validate --json plugins-index.yaml | jq '.problems[].field'`,
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runValidate(cmd.Context(), s, args[0], strict) },
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "report warnings as problems")
	s.AddFlags(cmd.Flags())
	return cmd
}

func runValidate(ctx context.Context, s *cli.Screen, name string, strict bool) error {
	annotate(s, name)
	data, err := readInput(ctx, s, name)
	if err != nil {
		return err
	}
	limitMemory(len(data))
	ix, found, err := index.Check(ctx, data)
	if err != nil {
		return err
	}
	rejected := cli.NotInstallable
	if strict {
		if found.Problems.Total() == 0 {
			rejected = cli.NotAllowed
		}
		found.Problems.Add(found.Warnings.Kept...)
		found.Problems.More += found.Warnings.More
		found.Warnings = problem.Limited{}
	}
	s.Warnings(found.Warnings)
	switch {
	case s.JSON:
		err = s.Report(validation{len(ix.Entries), found.Problems.Kept, found.Problems.More, found.Warnings.Kept, found.Warnings.More})
	case found.Problems.Total() == 0 && !s.Quiet:
		err = s.Result(fmt.Appendf(nil, "%s: valid, %s\n", name, summary(ix)))
	}
	if err != nil {
		return err
	}
	return rejected(found.Problems)
}

// summary says how many entries a valid index has, and for which platforms.
func summary(ix index.Index) string {
	platforms := map[string]bool{}
	for _, entry := range ix.Entries {
		for _, a := range entry.URLs {
			platforms[a.Platform.String()] = true
		}
	}
	entries := fmt.Sprintf("%d entries", len(ix.Entries))
	if len(ix.Entries) == 1 {
		entries = "1 entry"
	}
	return entries + " for " + strings.Join(slices.Sorted(maps.Keys(platforms)), ", ")
}
