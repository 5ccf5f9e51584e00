package cli

import (
	"fmt"

	"botkube-plugins/index"

	"github.com/spf13/cobra"
)

// validation is what validate reports to programs.
type validation struct {
	Entries  int             `json:"entries"`
	Problems []index.Problem `json:"problems"`
}

func newValidate(s streams) *cobra.Command {
	var asJSON, quiet bool
	cmd := &cobra.Command{
		Use:   "validate FILE|-",
		Short: "Check an index against all that Botkube needs",
		Long: `validate reads an index and reports everything in it that Botkube would reject, or
would accept and then fail to install, all at once. It looks at the index alone: it
fetches nothing.`,
		Example: `  indexgen validate dist/plugins-index.yaml
  curl -L https://example.com/plugins-index.yaml | indexgen validate -
  indexgen validate --json plugins-index.yaml | jq '.problems[].field'`,
		Args: cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := s.readInput(args[0])
			if err != nil {
				return err
			}
			ix, problems := index.Check(data)
			v := validation{Entries: len(ix.Entries), Problems: append([]index.Problem{}, problems...)}
			if asJSON {
				if err := s.printJSON(v); err != nil {
					return err
				}
			} else {
				for _, p := range v.Problems {
					fmt.Fprintln(s.err, p)
				}
			}
			if len(v.Problems) > 0 {
				return notInstallable(len(v.Problems))
			}
			if !quiet && !asJSON {
				fmt.Fprintf(s.out, "%s: valid, %s\n", args[0], entries(v.Entries))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a report for programs on stdout")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print nothing but problems")
	return cmd
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}
