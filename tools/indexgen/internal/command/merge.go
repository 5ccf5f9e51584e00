package command

import (
	"context"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/merge"

	"github.com/spf13/cobra"
)

// merging is the report of merge.
type merging struct {
	Index    string       `json:"index,omitempty"` // the file that was written
	Entries  int          `json:"entries"`
	Skipped  []skipped    `json:"skipped"`
	Problems problem.List `json:"problems"`
	// MoreProblems is how many problems are not in Problems.
	MoreProblems int `json:"moreProblems,omitempty"`
}

// skipped is an index that was left out.
type skipped struct {
	Index    string       `json:"index"`
	Problems problem.List `json:"problems"`
}

type mergeFlags struct {
	output     string
	keep       int
	skipBroken bool
}

func newMerge(s *cli.Screen) *cobra.Command {
	var f mergeFlags
	cmd := &cobra.Command{
		Use:   "merge INDEX... --output FILE",
		Short: "Make one index of several",
		Long: `merge writes one index with the entries of several indexes, each a URL or a file: all versions
of a repository, or several repositories. The order of the indexes does not matter.

It writes nothing if Botkube rejects one of the indexes, since Botkube rejects an index with one
bad entry. It also writes nothing if two indexes have the same version of a plugin with other
content, since a published version never changes.

docs/json.md describes the report of --json.`,
		Example: `  indexgen merge v1.yaml v2.yaml --output plugins-index.yaml
  indexgen merge --keep 3 --output plugins-index.yaml releases/*.yaml
  indexgen merge --skip-broken --output - https://example.com/a.yaml b.yaml | less`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case cmd.Flags().Changed("keep") && f.keep < 1:
				return cli.Usagef("--keep: found %d, want at least 1", f.keep)
			case s.JSON && f.output == "-":
				return cli.Usagef("--json and --output - both print on stdout; name a file for the index")
			}
			return f.run(cmd.Context(), s, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "`file` to write, - for stdout (required)")
	flags.IntVar(&f.keep, "keep", 0, "keep only the newest `versions` of each plugin (default all)")
	flags.BoolVar(&f.skipBroken, "skip-broken", false, "leave out an index that Botkube rejects")
	s.AddFlags(flags)
	cli.Must(cmd.MarkFlagRequired("output"))
	cli.Must(cmd.MarkFlagFilename("output", "yaml", "yml"))
	return cmd
}

func (f *mergeFlags) run(ctx context.Context, s *cli.Screen, names []string) error {
	var inputs []merge.Input
	for _, name := range names {
		data, err := readOneOf(ctx, name)
		if err != nil {
			return err
		}
		inputs = append(inputs, merge.Input{Name: name, Data: data})
	}
	result, err := merge.Run(ctx, inputs, merge.Options{Keep: f.keep, SkipBroken: f.skipBroken})
	if err != nil {
		return err
	}
	report := merging{
		Entries: len(result.Index.Entries), Skipped: []skipped{},
		Problems: result.Problems.Kept, MoreProblems: result.Problems.More,
	}
	for _, left := range result.Skipped {
		s.Warnings(left.Problems)
		s.Note("left out %s: %s", left.Name, problem.Count(left.Problems.Total(), "problem"))
		report.Skipped = append(report.Skipped, skipped{left.Name, left.Problems.Kept})
	}
	if result.Problems.Total() == 0 {
		data, err := index.Encode(result.Index)
		if err != nil {
			return err
		}
		if err := writeIndex(s, f.output, data); err != nil {
			return err
		}
		report.Index = f.output
	}
	if s.JSON {
		if err := s.Report(report); err != nil {
			return err
		}
	}
	if report.Index != "" && f.output != "-" {
		s.Note("wrote %s: %s", f.output, summary(result.Index))
	}
	return cli.NotInstallable(result.Problems)
}
