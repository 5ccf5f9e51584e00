package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/adopt"

	"github.com/spf13/cobra"
)

type initFlags struct {
	uses string
	yes  bool
}

func newInit(s *cli.Screen) *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Prepare a repository with plugins for safe releases",
		Long: `init reads the configuration of GoReleaser, or without one the files in dist/. It lists the plugins
that it finds, and everything that Botkube could not install of them. It also checks the indexes
in the repository.

Then it shows what the repository lacks, as a diff, and writes it if you agree:

  .github/workflows/release.yml  releases the plugins when you push a tag such as v1.0.0
  README.md                      a section with Botkube's values for the plugins

It changes only what it has generated itself, and running it again changes nothing. Without a
configuration of GoReleaser it writes only the section.`,
		Example: `  indexgen init
  indexgen init --yes --uses OWNER/REPO@v1.2.3`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), s) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.uses, "uses", "", "use the workflow of this `OWNER/REPO[@REF]` (default what indexgen was built from)")
	flags.BoolVarP(&f.yes, "yes", "y", false, "write without asking")
	return cmd
}

func (f *initFlags) run(ctx context.Context, s *cli.Screen) error {
	uses, err := f.workflow(cli.ThisBuild())
	if err != nil {
		return err
	}
	if _, err := os.Lstat(".git"); err != nil {
		return problem.WithHint(errors.New("this directory is not the root of a git repository"), "change to the root, or run git init first")
	}
	root, err := os.OpenRoot(".")
	if err != nil {
		return err
	}
	defer root.Close()
	owner, repository, err := origin(ctx)
	if err != nil {
		return err
	}
	found, err := adopt.Find(ctx, root, repository)
	if err != nil {
		return err
	}
	show(s, found)
	if err := cli.NotInstallable(problem.Limit(found.Problems)); err != nil {
		return err
	}
	if found.Config == "" && uses != "" {
		repository, ref, _ := strings.Cut(uses, "@")
		s.Note("without a configuration of GoReleaser, add this step to the workflow that builds %s/: uses: %s/.github/actions/indexgen@%s", found.Dist, repository, ref)
	}
	changes, err := found.Plan(root, adopt.Options{Owner: owner, Repository: repository, Uses: uses})
	if errors.Is(err, adopt.ErrNoUses) {
		return problem.WithHint(err, "--uses OWNER/REPO@REF names them; a program that make install built from a commit of a clone from GitHub knows them itself")
	}
	if err != nil {
		return err
	}
	return f.write(ctx, s, root, changes)
}

var usesRule = regexp.MustCompile(`^[A-Za-z0-9-]+/[A-Za-z0-9._-]+(@[A-Za-z0-9._/-]+)?$`)

// workflow returns the OWNER/REPO@REF with the reusable workflow, or "" if it is not known.
func (f *initFlags) workflow(build cli.Build) (string, error) {
	if f.uses != "" && !usesRule.MatchString(f.uses) {
		return "", cli.Usagef("--uses: found %q, want OWNER/REPO or OWNER/REPO@REF", f.uses)
	}
	repository, ref, _ := strings.Cut(f.uses, "@")
	if repository == "" {
		repository = build.Repository
	}
	if ref == "" && !build.Changed {
		ref = build.Commit
	}
	switch {
	case repository != "" && ref != "":
		return repository + "@" + ref, nil
	case f.uses != "":
		return "", cli.Usagef("--uses: found %q, want OWNER/REPO@REF, since this program was not built from a commit without changes", f.uses)
	}
	return "", nil
}

var onGitHub = regexp.MustCompile(`^(?:https://|(?:ssh://)?git@)github\.com[/:]([A-Za-z0-9-]+)/([A-Za-z0-9._-]+?)(?:\.git)?/?\n?$`)

// origin returns the owner and the name of the repository on GitHub, from git's remote origin, or OWNER and
// the name of the directory.
func origin(ctx context.Context) (owner, repository string, err error) {
	out, err := exec.CommandContext(ctx, "git", "config", "--get", "remote.origin.url").Output()
	if ctx.Err() != nil {
		return "", "", context.Cause(ctx)
	}
	if match := onGitHub.FindSubmatch(out); err == nil && match != nil {
		return string(match[1]), string(match[2]), nil
	}
	dir, err := os.Getwd()
	name := regexp.MustCompile(`[^A-Za-z0-9._-]`).ReplaceAllString(filepath.Base(dir), "-")
	return "OWNER", name, err
}

// show prints what was found.
func show(s *cli.Screen, found adopt.Findings) {
	place := found.Config
	if place == "" {
		place = found.Dist + "/"
	}
	s.Note("%s has %s", place, problem.Count(len(found.Plugins), "plugin"))
	for _, line := range found.Describe() {
		s.Note("  %s", line)
	}
	if len(found.Others) > 0 {
		s.Note("  not plugins: %s; if a plugin needs one of them, see --dependency of indexgen generate", strings.Join(found.Others, ", "))
	}
	s.Warnings(found.Warnings)
	if found.Warnings.Total() > 0 {
		s.Note("each release gets a new index, without these problems")
	}
	if len(found.Releasing) > 0 {
		s.Note("these workflows may publish releases, too; remove what does: %s", strings.Join(found.Releasing, ", "))
	}
}

// write shows the changes and writes them.
func (f *initFlags) write(ctx context.Context, s *cli.Screen, root *os.Root, changes []adopt.Change) error {
	if len(changes) == 0 {
		s.Note("nothing to do: the repository has all of it")
		return nil
	}
	var names []string
	for _, c := range changes {
		names = append(names, c.Path)
		if err := s.Result([]byte(problem.Escape(c.Diff()))); err != nil {
			return err
		}
	}
	all := strings.Join(names, " and ")
	if !f.yes {
		if !cli.IsTerminal(s.In) {
			return problem.WithHint(errors.New("nothing was written, since there is no terminal to ask on"), "--yes writes "+all)
		}
		fmt.Fprintf(s.Err, "write %s? [y/N] ", all)
		answer, err := untilDone(ctx, func() ([]byte, error) { return bufio.NewReader(s.In).ReadBytes('\n') })
		if ctx.Err() != nil {
			fmt.Fprintln(s.Err)
			return fmt.Errorf("nothing was written: %w", context.Cause(ctx))
		}
		if err != nil || !strings.HasPrefix(strings.ToLower(string(answer)), "y") {
			return errors.New("nothing was written")
		}
	}
	if err := adopt.Write(ctx, root, changes); err != nil {
		return err
	}
	s.Note("wrote %s", all)
	return nil
}
