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
}

func newValidate(s *cli.Screen) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate FILE|-",
		Short: "Check an index against all of Botkube's rules",
		Long: `validate reads an index and reports everything in it that Botkube rejects, or accepts but
then fails to install, all at once. It looks only at the index and downloads nothing.

docs/json.md describes the report of --json.`,
		Example: `  indexgen validate dist/plugins-index.yaml
  curl -L https://example.com/plugins-index.yaml | indexgen validate -
  indexgen validate --json plugins-index.yaml | jq '.problems[].field'`,
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runValidate(cmd.Context(), s, args[0]) },
	}
	s.AddFlags(cmd.Flags())
	return cmd
}

func runValidate(ctx context.Context, s *cli.Screen, name string) error {
	data, err := readInput(ctx, s, name)
	if err != nil {
		return err
	}
	ix, problems := index.Check(data)
	switch {
	case s.JSON:
		err = s.Report(validation{len(ix.Entries), problems})
	case len(problems) == 0 && !s.Quiet:
		err = s.Result(fmt.Appendf(nil, "%s: valid, %s\n", name, summary(ix)))
	}
	if err != nil {
		return err
	}
	return cli.NotInstallable(problems)
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
