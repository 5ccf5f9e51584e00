package command

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/plugin/internal/scaffold"

	"github.com/spf13/cobra"
)

// here is the repository in the working directory.
const here = scaffold.Repository(".")

func newNew(s *cli.Screen) *cobra.Command {
	var typ string
	var o scaffold.Options
	types := strings.Join(scaffold.Types, " or ")
	cmd := &cobra.Command{
		Use:   "new NAME --type source|executor [--interactive]",
		Short: "Generate a new plugin",
		Long: `new generates a plugin in plugins/NAME, with code, config schema, tests and README, and adds
its build and archive to the configuration of GoReleaser, so that it is released with the others.
The generated plugin compiles, passes its tests, and is included in the index.

Run it in the root of any Go module. If the module lacks internal/pluginkit, which the plugins
import, new generates it, and adds the modules that it needs to go.mod. A configuration of
GoReleaser that new cannot edit safely stays as it is, and new prints the entries to add.

If it fails, it changes nothing. To remove a plugin, remove its directory and run plugin sync, or
remove its entries.`,
		Example: `  plugin new pods --type source
  plugin new say-hello --type executor
  plugin new greet --type executor --dir cmd/executor
  plugin new ask --type executor --interactive`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := scaffold.Plugin{Type: index.Type(typ), Name: args[0]}
			if !slices.Contains(scaffold.Types, typ) {
				return cli.Usagef("--type: found %q, want %s", typ, types)
			}
			if o.Interactive && p.Type != index.TypeExecutor {
				return cli.Usagef("found --interactive and a %s, want an executor: only executors receive what users select", p.Type)
			}
			dir := path.Clean(filepath.ToSlash(o.Dir))
			if !plainDir.MatchString(dir) {
				return cli.Usagef("--dir: found %q, want a directory below this one, with letters, digits and . _ - in its name", o.Dir)
			}
			o.Dir = dir
			if err := here.CheckName(p); err != nil {
				return cli.Usage(err)
			}
			done, err := here.Create(cmd.Context(), p, o)
			if err != nil {
				return err
			}
			if err := s.Result([]byte(created(p, o.Dir, done))); err != nil {
				return err
			}
			if done.Entries != "" {
				s.Note("warning: %s stays as it is: %v; add these entries to it by hand:", done.Config, done.Reason)
				s.Styled(strings.TrimRight(done.Entries, "\n"))
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&typ, "type", "", "`type` of the plugin: "+types+" (required)")
	flags.BoolVar(&o.Interactive, "interactive", false, "generate an executor that asks with a drop-down, a text field and a button")
	flags.StringVar(&o.Dir, "dir", scaffold.Dir, "the `directory` of the plugins")
	cli.Must(cmd.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(scaffold.Types, cobra.ShellCompDirectiveNoFileComp)))
	cli.Must(cmd.MarkFlagDirname("dir"))
	return cmd
}

// plainDir matches a directory that Go, GoReleaser and YAML take as it is.
var plainDir = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$`)

// created returns the list of generated files and the next steps.
func created(p scaffold.Plugin, dir string, done scaffold.Created) string {
	var b strings.Builder
	fmt.Fprintf(&b, "created the %s %s:\n", p.Type, p.Name)
	for _, file := range done.Files {
		fmt.Fprintf(&b, "  %s\n", file)
	}
	for _, dir := range done.Kit {
		fmt.Fprintf(&b, "  %s/ (what plugins import)\n", dir)
	}
	if len(done.Required) > 0 {
		fmt.Fprintf(&b, "  go.mod, go.sum (what this needs):\n    %s\n", problem.Escape(strings.Join(done.Required, "\n    ")))
	}
	if done.Config != "" && done.Entries == "" {
		what := "its build"
		if done.Archived {
			what += " and archive"
		}
		fmt.Fprintf(&b, "  %s (%s)\n", done.Config, what)
	}
	fmt.Fprint(&b, "\nnext, change it as you like, and then\n")
	if here.HasTools() {
		fmt.Fprintf(&b, "  make test\n  make run PLUGIN=%s\n  make index\n", p.Name)
	} else {
		fmt.Fprintf(&b, "  go test ./%s/%s\n  plugin run %[1]s/%[2]s\n", dir, p.Name)
	}
	if done.Config == "" && dir == scaffold.Dir {
		fmt.Fprint(&b, "  plugin sync (generates .goreleaser.yaml, which builds what is in plugins/ for a release)\n")
	}
	return b.String()
}

func newSync(s *cli.Screen) *cobra.Command {
	return &cobra.Command{
		Use:   "sync",
		Short: "Bring .goreleaser.yaml in line with the directories of plugins/",
		Long: `sync generates the parts of .goreleaser.yaml that build and archive the plugins, from the
directories of plugins/. Without a configuration of GoReleaser it generates one. Run it in the root
of the repository.`,
		Example: `  rm -r plugins/pods && plugin sync`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ids, file, changed, err := here.Sync(cmd.Context())
			if err != nil {
				return err
			}
			did := file + " already lists them"
			if changed {
				did = "updated " + file
			}
			return s.Result(fmt.Appendf(nil, "plugins/ has %s; %s\n", cmp.Or(strings.Join(ids, ", "), "no plugins"), did))
		},
	}
}
