package command

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/tools/plugin/internal/scaffold"

	"github.com/spf13/cobra"
)

// here is the repository in the working directory.
const here = scaffold.Repository(".")

func newNew(s *cli.Screen) *cobra.Command {
	var typ string
	var interactive bool
	types := strings.Join(scaffold.Types, " or ")
	cmd := &cobra.Command{
		Use:   "new NAME --type source|executor [--interactive]",
		Short: "Generate a new plugin",
		Long: `new generates a plugin in plugins/NAME, with code, config schema, tests and README, and adds
its build and archive to .goreleaser.yaml, so that it is released with the others. The
generated plugin compiles, passes its tests, and is included in the index.

Run it in the root of the repository. If it fails, it changes nothing. To remove a plugin,
remove its directory and run plugin sync.`,
		Example: `  plugin new pods --type source
  plugin new say-hello --type executor
  plugin new ask --type executor --interactive`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := scaffold.Plugin{Type: index.Type(typ), Name: args[0]}
			if !slices.Contains(scaffold.Types, typ) {
				return cli.Usagef("--type: found %q, want %s", typ, types)
			}
			if interactive && p.Type != index.TypeExecutor {
				return cli.Usagef("found --interactive and a %s, want an executor: only executors receive what users select", p.Type)
			}
			if err := here.CheckName(p); err != nil {
				return cli.Usage(err)
			}
			files, err := here.Create(cmd.Context(), p, interactive)
			if err != nil {
				return err
			}
			return s.Result([]byte(created(p, files)))
		},
	}
	cmd.Flags().StringVar(&typ, "type", "", "`type` of the plugin: "+types+" (required)")
	cmd.Flags().BoolVar(&interactive, "interactive", false, "generate an executor that asks with a drop-down, a text field and a button")
	cli.Must(cmd.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(scaffold.Types, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// created returns the list of generated files and the next steps.
func created(p scaffold.Plugin, files []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "created the %s %s:\n", p.Type, p.Name)
	for _, file := range files {
		fmt.Fprintf(&b, "  %s\n", file)
	}
	fmt.Fprintf(&b, `  .goreleaser.yaml (its build and archive)

next, change it as you like, and then
  make test
  make run PLUGIN=%s
  make index
`, p.Name)
	return b.String()
}

func newSync(s *cli.Screen) *cobra.Command {
	return &cobra.Command{
		Use:   "sync",
		Short: "Bring .goreleaser.yaml in line with the directories of plugins/",
		Long: `sync generates the parts of .goreleaser.yaml that build and archive the plugins, from the
directories of plugins/. Run it in the root of the repository.`,
		Example: `  rm -r plugins/pods && plugin sync`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ids, changed, err := here.Sync(cmd.Context())
			if err != nil {
				return err
			}
			did := ".goreleaser.yaml already lists them"
			if changed {
				did = "updated .goreleaser.yaml"
			}
			return s.Result(fmt.Appendf(nil, "plugins/ has %s; %s\n", cmp.Or(strings.Join(ids, ", "), "no plugins"), did))
		},
	}
}
