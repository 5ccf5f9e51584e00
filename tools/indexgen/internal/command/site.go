package command

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/site"

	"github.com/spf13/cobra"
)

// building is the report of site.
type building struct {
	// Output is the directory of the site. It is absent if there are problems.
	Output   string       `json:"output,omitempty"`
	Plugins  int          `json:"plugins"`
	Problems problem.List `json:"problems"`
	// MoreProblems is how many problems are not in Problems.
	MoreProblems int `json:"moreProblems,omitempty"`
}

type siteFlags struct {
	output                   string
	urls, readmes, workflows []string
	sizes                    bool
}

// defaultRepository is the name of a repository that has none on the command line, as in the documents.
const defaultRepository = "my-repo"

func newSite(s *cli.Screen) *cobra.Command {
	var f siteFlags
	cmd := &cobra.Command{
		Use:   "site [NAME=]INDEX... --output DIRECTORY",
		Short: "Make a web site that shows plugins, for people",
		Long: `site writes a static web site: an overview of all plugins with a search, and a page for each
plugin with its config, its values for Botkube, its README, its versions and its files. INDEX is
the URL or the file of an index, and NAME the name of its repository in Botkube's values
(default ` + defaultRepository + `).

With --sizes, it asks for the sizes of the files of the newest versions, and leaves out a size
that no server reports. The site needs no web server, and requests nothing from anywhere else. Without JavaScript, it
lacks only the search and the forms.

The values name the URL of the index. For a file, it is --url; without --url, the index must be
published next to the plugins' files.

site writes nothing if Botkube rejects one of the indexes. It replaces only a site that it wrote
itself, and leaves all other files in the directory alone.

docs/json.md describes the report of --json.`,
		Example: `  indexgen site https://github.com/me/plugins/releases/latest/download/plugins-index.yaml -o site
  indexgen site dist/plugins-index.yaml --readmes plugins -o site
  indexgen site mine=a.yaml theirs=b.yaml --url mine=https://example.com/a.yaml -o site`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			repositories, err := f.parse(args)
			if err != nil {
				return err
			}
			return f.run(cmd.Context(), s, repositories)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "`directory` of the site (required)")
	flags.StringArrayVar(&f.urls, "url", nil, "`[NAME=]URL` of an index in Botkube's values; may be repeated")
	flags.StringArrayVar(&f.readmes, "readmes", nil, "`[NAME=]DIRECTORY` that has the README.md of each plugin in a directory with the plugin's name; may be repeated")
	flags.StringArrayVar(&f.workflows, "workflow", nil, "`[NAME=]OWNER/REPO` on GitHub whose release-plugins.yml released the plugins, if it is not theirs; may be repeated")
	flags.BoolVar(&f.sizes, "sizes", false, "ask the servers of the newest files for the sizes; otherwise, only files next to an index have one")
	s.AddFlags(flags)
	cli.Must(cmd.MarkFlagRequired("output"))
	cli.Must(cmd.MarkFlagDirname("output"))
	return cmd
}

// siteRepository is what the command line says about a repository.
type siteRepository struct{ name, index, url, readmes, workflow string }

// parse parses the arguments and flags.
func (f *siteFlags) parse(args []string) ([]*siteRepository, error) {
	var all []*siteRepository
	byName := map[string]*siteRepository{}
	for _, arg := range args {
		name, index := cutName(arg)
		if index == "" {
			return nil, cli.Usagef("found %q, want [NAME=]INDEX", arg)
		}
		if byName[name] != nil {
			return nil, problem.WithHint(cli.Usagef("found several indexes for the repository %s, want one", name),
				"name them with NAME=INDEX, or make one index of them with indexgen merge")
		}
		byName[name] = &siteRepository{name: name, index: index}
		all = append(all, byName[name])
	}
	for _, text := range f.urls {
		name, link := cutName(text)
		u, err := url.Parse(link)
		switch {
		case byName[name] == nil:
			return nil, cli.Usagef("--url: found one for the repository %s, want the name of an index in the arguments", name)
		case err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "file" || u.User != nil:
			return nil, cli.Usagef("--url: found no http, https or file URL without a password for %s, want one", name)
		}
		byName[name].url = link
	}
	for _, text := range f.readmes {
		name, dir := cutName(text)
		if byName[name] == nil {
			return nil, cli.Usagef("--readmes: found a directory for the repository %s, want the name of an index in the arguments", name)
		}
		byName[name].readmes = dir
	}
	for _, text := range f.workflows {
		name, workflow := cutName(text)
		switch {
		case byName[name] == nil:
			return nil, cli.Usagef("--workflow: found one for the repository %s, want the name of an index in the arguments", name)
		case !ownerRepo.MatchString(workflow):
			return nil, cli.Usagef("--workflow: found %q, want OWNER/REPO", workflow)
		}
		byName[name].workflow = workflow
	}
	for _, r := range all {
		if r.url != "" || !isURL(r.index) {
			continue
		}
		if u, err := url.Parse(r.index); err != nil || u.User != nil {
			return nil, cli.Usagef("the URL of %s has a password, which the site would show; add --url with the one for Botkube's values", r.name)
		}
		r.url = r.index
	}
	return all, nil
}

var ownerRepo = regexp.MustCompile(`^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$`)

// cutName cuts the name of a repository off a text.
func cutName(text string) (name, rest string) {
	if name, rest, ok := strings.Cut(text, "="); ok && repositoryName.MatchString(name) {
		return name, rest
	}
	return defaultRepository, text
}

func (f *siteFlags) run(ctx context.Context, s *cli.Screen, named []*siteRepository) error {
	var repositories []site.Repository
	var problems problem.Limited
	for _, n := range named {
		r, found, err := n.read(ctx)
		if err != nil {
			return err
		}
		problems.Add(found.Kept...)
		problems.More += found.More
		if f.sizes && found.Total() == 0 {
			if r.Size, err = sizesOf(ctx, s, r.Index, defaultClient()); err != nil {
				return err
			}
		}
		repositories = append(repositories, r)
	}
	report := building{Problems: problems.Kept, MoreProblems: problems.More}
	if problems.Total() == 0 {
		files, err := site.Build(ctx, repositories)
		if err != nil {
			return err
		}
		if err := site.Write(ctx, f.output, files); err != nil {
			return err
		}
		report.Output, report.Plugins = f.output, files.Plugins()
		s.Note("wrote %s: %s", path.Join(f.output, "index.html"), problem.Count(report.Plugins, "plugin"))
	}
	if s.JSON {
		if err := s.Report(report); err != nil {
			return err
		}
	}
	return cli.NotInstallable(problems)
}

// read reads an index. The problems are those for which Botkube rejects it.
func (n *siteRepository) read(ctx context.Context) (site.Repository, problem.Limited, error) {
	r := site.Repository{Name: n.name, URL: n.url, Workflow: n.workflow}
	data, err := readOneOf(ctx, n.index)
	if err != nil {
		return r, problem.Limited{}, err
	}
	ix, found, err := index.Check(ctx, data)
	if err != nil {
		return r, found.Problems, fmt.Errorf("%s: %w", n.index, err)
	}
	for i := range found.Problems.Kept {
		p := &found.Problems.Kept[i]
		p.Where = n.index + ": " + p.Where
	}
	r.Index = ix
	if !isURL(n.index) {
		dir := filepath.Dir(n.index)
		r.Size = func(artifact string) (int64, bool) { return sizeIn(dir, artifact) }
	}
	if r.URL == "" && found.Problems.Total() == 0 {
		if r.URL, err = besideArtifacts(ix, filepath.Base(n.index)); err != nil {
			return r, found.Problems, cli.Usagef("%s: %w; add --url %s=URL with the URL of the index in Botkube's values", n.index, err, n.name)
		}
	}
	if n.readmes != "" {
		r.README = readmesIn(n.readmes)
	}
	return r, found.Problems, nil
}

// besideArtifacts returns the URL of an index that is published next to its artifacts.
func besideArtifacts(ix index.Index, name string) (string, error) {
	dir := ""
	for _, e := range ix.Entries {
		for _, a := range e.URLs {
			u, err := url.Parse(a.URL)
			if err != nil {
				return "", err
			}
			u.Path, u.RawPath, u.RawQuery, u.Fragment = path.Dir(u.Path), "", "", ""
			if u.User != nil || dir != "" && dir != u.String() {
				return "", errors.New("the plugins' files are in several directories")
			}
			dir = u.String()
		}
	}
	return strings.TrimSuffix(dir, "/") + "/" + url.PathEscape(name), nil
}
