package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"botkube-plugins/internal/problem"

	"github.com/google/go-github/v88/github"
)

// indexFile is the name of the index in a release.
const indexFile = "plugins-index.yaml"

// parseRepository reads the URL of a repository, which ends in /OWNER/REPO.
func parseRepository(repositoryURL string) (repository, error) {
	u, err := url.Parse(repositoryURL)
	if err != nil {
		return repository{}, fmt.Errorf("the repository's URL is invalid: %w", err)
	}
	owner, name, found := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	isPlain := u.Scheme != "" && u.Host != "" && repositoryURL == u.Scheme+"://"+u.Host+u.Path
	if !found || !isPlain || owner == "" || name == "" || strings.Contains(name, "/") {
		return repository{}, problem.WithHint(
			fmt.Errorf("%q is not the URL of a repository", repositoryURL),
			"give a URL such as https://github.com/OWNER/REPO",
		)
	}
	return repository{owner, name}, nil
}

// printIndexes prints the URL of each release that has an index and is neither a draft nor a
// pre-release. The URLs of the release's files begin with it. It is an error if there is none.
func (a *api) printIndexes(ctx context.Context, r repository, repositoryURL string, out io.Writer) error {
	var urls []string
	err := a.list(ctx, r, func(found *github.RepositoryRelease) {
		hasIndex := slices.ContainsFunc(found.Assets, func(asset *github.ReleaseAsset) bool { return asset.GetName() == indexFile })
		if hasIndex && !found.GetDraft() && !found.GetPrerelease() {
			urls = append(urls, repositoryURL+"/releases/download/"+url.PathEscape(found.GetTagName()))
		}
	})
	if err != nil {
		return fmt.Errorf("cannot list the releases of %s/%s: %w", r.owner, r.name, err)
	}
	if len(urls) == 0 {
		return fmt.Errorf("%s/%s has no release with a %s, apart from pre-releases", r.owner, r.name, indexFile)
	}
	_, err = io.WriteString(out, strings.Join(urls, "\n")+"\n")
	return err
}
