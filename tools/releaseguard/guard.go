package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"botkube-plugins/internal/problem"

	"github.com/google/go-github/v88/github"
)

// repository is a repository on GitHub.
type repository struct {
	owner, name string
}

// release is a tag's release in a repository, published or not.
type release struct {
	repository
	tag string
	url string // of its page
}

// parse reads the URL of a release's page, which ends in /OWNER/REPO/releases/tag/TAG.
func parse(releaseURL string) (release, error) {
	u, err := url.Parse(releaseURL)
	if err != nil {
		return release{}, fmt.Errorf("the release's URL is invalid: %w", err)
	}
	path, tag, found := strings.Cut(u.Path, "/releases/tag/")
	owner, repo, isRepo := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !found || !isRepo || tag == "" || owner == "" || repo == "" {
		return release{}, problem.WithHint(
			fmt.Errorf("%q is not the URL of a release", releaseURL),
			"give a URL such as https://github.com/OWNER/REPO/releases/tag/TAG",
		)
	}
	return release{repository{owner, repo}, tag, releaseURL}, nil
}

// GitHub lists the first 10000 releases of a repository, and no more.
const (
	perPage  = 100
	maxPages = 100
)

// clear deletes the release's drafts. It is an error if the release is published, or if the API
// does not say.
func (a *api) clear(ctx context.Context, r release, log io.Writer) error {
	published, err := a.published(ctx, r)
	if err != nil {
		return fmt.Errorf("cannot find out whether %s is published: %w", r.tag, err)
	}
	if published {
		return problem.WithHint(
			fmt.Errorf("%s is already published: %s", r.tag, r.url),
			"a published release never changes; release a new version instead",
		)
	}
	drafts, err := a.drafts(ctx, r)
	if err != nil {
		return fmt.Errorf("cannot list the drafts of %s: %w", r.tag, err)
	}
	for _, id := range drafts {
		if err := a.deleteDraft(ctx, r, id); err != nil {
			return fmt.Errorf("cannot delete a draft of %s: %w", r.tag, err)
		}
		fmt.Fprintf(log, "deleted a draft of %s that a failed run left behind\n", problem.OneLine(r.tag))
	}
	return nil
}

// published says whether there is a published release of the tag. The API never finds a draft
// by its tag.
func (a *api) published(ctx context.Context, r release) (bool, error) {
	return call(ctx, a, func() (bool, error) {
		_, _, err := a.client.Repositories.GetReleaseByTag(ctx, url.PathEscape(r.owner), url.PathEscape(r.name), url.PathEscape(r.tag))
		if isNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}

// drafts returns the IDs of the tag's drafts.
func (a *api) drafts(ctx context.Context, r release) (ids []int64, err error) {
	err = a.list(ctx, r.repository, func(found *github.RepositoryRelease) {
		if found.GetDraft() && found.GetTagName() == r.tag {
			ids = append(ids, found.GetID())
		}
	})
	return ids, err
}

// list calls visit for each release of a repository, also for those that are not published if the
// token allows that.
func (a *api) list(ctx context.Context, r repository, visit func(*github.RepositoryRelease)) error {
	type page struct {
		releases []*github.RepositoryRelease
		next     int
	}
	options := github.ListOptions{PerPage: perPage, Page: 1}
	for range maxPages {
		p, err := call(ctx, a, func() (page, error) {
			releases, resp, err := a.client.Repositories.ListReleases(ctx, url.PathEscape(r.owner), url.PathEscape(r.name), &options)
			if err != nil {
				return page{}, err
			}
			if releases == nil { // the client takes an empty answer for a success
				return page{}, errEmpty
			}
			return page{releases, resp.NextPage}, nil
		})
		if err != nil {
			return err
		}
		for _, found := range p.releases {
			visit(found)
		}
		if p.next == 0 {
			return nil
		}
		options.Page = p.next
	}
	return problem.WithHint(
		fmt.Errorf("the list of releases goes on after %d pages, but GitHub ends it there at the latest", maxPages),
		a.checkURL(),
	)
}

// deleteDraft succeeds as well if the draft does not exist anymore: the answer to an earlier
// try may have been lost.
func (a *api) deleteDraft(ctx context.Context, r release, id int64) error {
	_, err := call(ctx, a, func() (struct{}, error) {
		_, err := a.client.Repositories.DeleteRelease(ctx, url.PathEscape(r.owner), url.PathEscape(r.name), id)
		if isNotFound(err) {
			err = nil
		}
		return struct{}{}, err
	})
	return err
}
