// Package adopt finds the plugins of any repository, says what Botkube could not install of them, and
// plans the files that the repository needs for releases.
package adopt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/goreleaser"
	"botkube-plugins/internal/problem"
)

// Findings are what a repository has.
type Findings struct {
	// Config is the name of GoReleaser's configuration, or empty if there is none. Then the plugins are
	// those in Dist.
	Config string
	// Dist is the directory of the built files.
	Dist    string
	Plugins []artifact.Plugin
	// Others are the builds that are no plugins.
	Others   []string
	Problems problem.List
	// Warnings are about the indexes in the repository, which a release does not use.
	Warnings problem.Limited
	// Releasing are the workflows that may publish releases in another way.
	Releasing []string
}

// Find finds the plugins of the repository at root. project is its name.
func Find(ctx context.Context, root *os.Root, project string) (Findings, error) {
	c, err := readConfig(root, project)
	if broken, ok := errors.AsType[problem.Problem](err); ok {
		return Findings{Problems: problem.List{broken}}, nil
	}
	if err != nil {
		return Findings{}, err
	}
	f := Findings{Dist: "dist"}
	var artifacts []artifact.Artifact
	if c != nil {
		f.Config, f.Dist = c.file, c.Dist
		r := &reader{config: c, root: root}
		artifacts = r.read()
		f.Problems, f.Others = r.problems, r.others
	} else {
		artifacts, f.Problems, err = artifact.Find(filepath.Join(root.Name(), f.Dist))
		if errors.Is(err, fs.ErrNotExist) {
			return Findings{}, problem.WithHint(
				fmt.Errorf("found neither %s nor %s/ here, want one of them", goreleaser.File, f.Dist),
				"run this in the root of a repository that has plugins; plugin new generates one, and plugin sync the configuration of GoReleaser")
		}
		if err != nil {
			return Findings{}, err
		}
	}
	plugins, problems := artifact.Group(artifacts, artifact.FormAuto)
	f.Plugins, f.Problems = plugins, append(f.Problems, problems...)
	f.checkNames()
	if len(f.Plugins) == 0 && len(f.Problems) == 0 {
		f.Problems = problem.List{{Where: cmp.Or(f.Config, f.Dist), Found: "no plugin", Want: "at least one file named " + artifact.Rule}}
	}
	if f.Warnings, err = checkIndexes(ctx, root); err != nil {
		return f, err
	}
	f.Releasing, err = releasing(root)
	return f, err
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

func (f *Findings) checkNames() {
	for _, p := range f.Plugins {
		if !plainName.MatchString(p.Name) {
			f.Problems = append(f.Problems, problem.Problem{
				Where: cmp.Or(f.Config, f.Dist), Found: "the plugin name " + problem.Quote(p.Name), Want: "letters, digits, and . _ - between them",
			})
		}
	}
}

// maxIndexes is how many indexes in a repository are checked.
const maxIndexes = 5

// checkIndexes checks the indexes in a repository, which somebody has written by hand or with another
// program.
func checkIndexes(ctx context.Context, root *os.Root) (found problem.Limited, err error) {
	files, err := fs.Glob(root.FS(), "*index.y*ml")
	if err != nil {
		return found, err
	}
	for _, file := range files[:min(len(files), maxIndexes)] {
		data, err := readFile(root, file)
		if err != nil {
			return found, err
		}
		_, findings, err := index.Check(ctx, data)
		if ctx.Err() != nil {
			return found, context.Cause(ctx)
		}
		if err != nil {
			found.Add(problem.Problem{Where: file, Found: problem.Line(err.Error()), Want: "an index"})
			continue
		}
		for _, p := range findings.Problems.Kept {
			p.Where = file + ": " + p.Where
			found.Add(p)
		}
		found.More += findings.Problems.More
	}
	return found, nil
}

// Describe returns a line about each plugin: its platforms, and whether they have archives or binaries.
func (f Findings) Describe() (lines []string) {
	for _, p := range f.Plugins {
		var platforms, forms []string
		for _, a := range p.Published {
			platforms = append(platforms, a.Platform.String())
			forms = append(forms, cmp.Or(strings.TrimPrefix(a.Archive, "."), "binary"))
		}
		slices.Sort(forms)
		lines = append(lines, fmt.Sprintf("%s for %s, as %s", p.Key(), strings.Join(platforms, ", "), strings.Join(slices.Compact(forms), " and ")))
	}
	return lines
}
