package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/diff"
	"botkube-plugins/tools/indexgen/internal/fetch"

	"github.com/spf13/cobra"
)

// difference is the report of diff.
type difference struct {
	Plugins []diff.Plugin `json:"plugins"`
	// Breaking is how many plugins have a breaking change that their version does not permit.
	Breaking int `json:"breaking"`
	// Reason is why these changes are permitted all the same.
	Reason string `json:"reason,omitempty"`
	// Problems say why an index cannot be read.
	Problems problem.List `json:"problems"`
}

type diffFlags struct {
	format, reason             string
	allowBreaking, ifPublished bool
}

func newDiff(s *cli.Screen) *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show what changes for operators who move to another index",
		Long: `diff compares two indexes, each a URL or a file, and shows for each plugin what changes for
operators who move from OLD to NEW. Each change is

  breaking    something that worked no longer does: a plugin, a platform or a dependency is gone,
              the version goes down, a version has other content, a default is another one, or a
              config or payload that was valid no longer is; an example shows it
  compatible  everything that worked still does
  unknown     neither could be shown

A breaking change leads to exit code 4, unless the plugin has a new major version or
--allow-breaking is given. diff compares the newest versions, which are the ones that Botkube
installs. It downloads nothing except the indexes, and does not check their rules; see validate
and verify. If files are next to both indexes, it compares their sizes.

docs/json.md describes the report of --json.`,
		Example: `  indexgen diff https://github.com/me/plugins/releases/latest/download/plugins-index.yaml dist/plugins-index.yaml
  indexgen diff --format markdown old.yaml new.yaml
  indexgen diff --json old.yaml new.yaml | jq '.plugins[] | select(.verdict == "breaking")'`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.format != formatText && f.format != formatMarkdown:
				return cli.Usagef("--format: found %q, want text or markdown", f.format)
			case s.JSON && cmd.Flags().Changed("format"):
				return cli.Usagef("--json and --format exclude each other")
			case f.reason != "" && !f.allowBreaking:
				return cli.Usagef("--reason: found it without --allow-breaking, want both")
			}
			return f.run(cmd.Context(), s, args[0], args[1])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", formatText, "how to print the changes: text or markdown")
	flags.BoolVar(&f.allowBreaking, "allow-breaking", false, "exit with 0 even if a change breaks something")
	flags.StringVar(&f.reason, "reason", "", "with --allow-breaking, print why the breaking changes are permitted")
	flags.BoolVar(&f.ifPublished, "if-published", false, "print nothing if OLD does not exist, as before the first release")
	s.AddFlags(flags)
	cli.Must(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{formatText, formatMarkdown}, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

const (
	formatText     = "text"
	formatMarkdown = "markdown"
)

func (f *diffFlags) run(ctx context.Context, s *cli.Screen, from, to string) error {
	before, err := readSide(ctx, from)
	if f.ifPublished && isMissing(err) {
		s.Note("%s does not exist, so there is nothing to compare with", from)
		if s.JSON {
			return s.Report(difference{Plugins: []diff.Plugin{}})
		}
		return nil
	}
	var after diff.Side
	if err == nil {
		after, err = readSide(ctx, to)
	}
	if unreadable := cli.ProblemsOf(err); unreadable != nil && s.JSON {
		if err := s.Report(difference{Plugins: []diff.Plugin{}, Problems: unreadable}); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	plugins, err := diff.Run(ctx, before, after)
	if err != nil {
		return err
	}
	report := difference{Plugins: append([]diff.Plugin{}, plugins...)}
	for _, p := range plugins {
		if !p.Permitted() {
			report.Breaking++
		}
	}
	if report.Breaking > 0 {
		report.Reason = f.reason
	}
	switch {
	case s.JSON:
		err = s.Report(report)
	case f.format == formatMarkdown:
		err = s.Result([]byte(diff.Markdown(plugins, report.Reason)))
	case !s.Quiet || report.Breaking > 0:
		err = s.Result([]byte(diff.Text(plugins, report.Reason, cli.StyleOf(s.Out))))
	}
	if err != nil || report.Breaking == 0 || f.allowBreaking {
		return err
	}
	return problem.WithHint(cli.Breakingf("%s without a new major version", problem.Count(report.Breaking, "plugin")+" with a breaking change"),
		"release a new major version, or permit the change with --allow-breaking")
}

// isMissing reports whether an error says that a file or a URL does not exist.
func isMissing(err error) bool {
	status, ok := errors.AsType[*fetch.StatusError](err)
	return ok && status.Code == http.StatusNotFound || errors.Is(err, fs.ErrNotExist)
}

// readSide reads an index from a URL or a file.
func readSide(ctx context.Context, name string) (diff.Side, error) {
	data, err := readOneOf(ctx, name)
	if err != nil {
		return diff.Side{}, err
	}
	ix, err := index.Decode(data)
	if _, ok := errors.AsType[*index.LimitError](err); ok {
		return diff.Side{}, fmt.Errorf("%s: %w", name, err)
	}
	if err != nil {
		return diff.Side{}, cli.NotInstallable(problem.Limit(problem.List{{
			Where: name, Found: "the error " + problem.Quote(err.Error()), Want: "an index that Botkube can read", Hint: problem.Hint(err),
		}}))
	}
	if isURL(name) {
		return diff.Side{Index: ix}, nil
	}
	dir := filepath.Dir(name)
	return diff.Side{Index: ix, Size: func(artifact string) (int64, bool) { return sizeIn(dir, artifact) }}, nil
}

// sizeIn returns the size of the file in a directory that has the name of an artifact.
func sizeIn(dir, artifact string) (int64, bool) {
	u, err := url.Parse(artifact)
	if err != nil {
		return 0, false
	}
	name := path.Base(u.Path)
	if !filepath.IsLocal(name) {
		return 0, false
	}
	info, err := os.Lstat(filepath.Join(dir, name))
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}

func isURL(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}
