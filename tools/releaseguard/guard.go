package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// release is the release of a tag in a repository, published or not.
type release struct {
	owner, repo, tag string

	api, token string
	client     *http.Client
	wait       time.Duration // pause before a failed request is retried
}

// parse reads the URL of a release's page, which ends in /OWNER/REPO/releases/tag/TAG.
func parse(releaseURL string) (release, error) {
	u, err := url.Parse(releaseURL)
	if err != nil {
		return release{}, err
	}
	path, tag, found := strings.Cut(u.Path, "/releases/tag/")
	owner, repo, isRepo := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !found || !isRepo || tag == "" || owner == "" || repo == "" {
		return release{}, fmt.Errorf("found the URL %q, want https://github.com/OWNER/REPO/releases/tag/TAG", releaseURL)
	}
	return release{owner: owner, repo: repo, tag: tag}, nil
}

// answer is a release in the format of the API.
type answer struct {
	ID    int64  `json:"id"`
	Tag   string `json:"tag_name"`
	Draft bool   `json:"draft"`
	URL   string `json:"html_url"`
}

// errNotFound reports the status 404.
var errNotFound = errors.New("not found")

// clear deletes the drafts of the tag. It returns an error if the release is published, or if the
// API does not say whether it is.
func (r release) clear(ctx context.Context, log io.Writer) error {
	var published answer
	err := r.call(ctx, http.MethodGet, "/releases/tags/"+url.PathEscape(r.tag), &published)
	if err == nil {
		return fmt.Errorf("%s is published already, and a published release is never changed: %s\nhint: release a new version", r.tag, published.URL)
	}
	if !errors.Is(err, errNotFound) {
		return err
	}
	drafts, err := r.drafts(ctx)
	if err != nil {
		return err
	}
	for _, id := range drafts {
		if err := r.call(ctx, http.MethodDelete, fmt.Sprintf("/releases/%d", id), nil); err != nil && !errors.Is(err, errNotFound) {
			return err
		}
		fmt.Fprintf(log, "deleted a draft of %s that was left behind\n", r.tag)
	}
	return nil
}

// drafts returns the IDs of the tag's drafts.
func (r release) drafts(ctx context.Context) ([]int64, error) {
	const perPage = 100
	var ids []int64
	for page := 1; ; page++ {
		var answers []answer
		if err := r.call(ctx, http.MethodGet, fmt.Sprintf("/releases?per_page=%d&page=%d", perPage, page), &answers); err != nil {
			return nil, err
		}
		for _, a := range answers {
			if a.Draft && a.Tag == r.tag {
				ids = append(ids, a.ID)
			}
		}
		if len(answers) < perPage {
			return ids, nil
		}
	}
}

// call sends a request to the API of the repository and decodes the answer into out, unless out is
// nil. It tries at most three times if the server fails.
func (r release) call(ctx context.Context, method, path string, out any) error {
	target := fmt.Sprintf("%s/repos/%s/%s%s", strings.TrimRight(r.api, "/"), url.PathEscape(r.owner), url.PathEscape(r.repo), path)
	for try := 1; ; try++ {
		again, err := r.once(ctx, method, target, out)
		if err == nil {
			return nil
		}
		if !again || try == 3 {
			return fmt.Errorf("%s %s: %w", method, target, err)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Duration(try) * r.wait):
		}
	}
}

func (r release) once(ctx context.Context, method, target string, out any) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, method, target, http.NoBody)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("Authorization", "Bearer "+r.token)
	resp, err := r.client.Do(req)
	if err != nil {
		return true, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return false, errNotFound
	case resp.StatusCode >= http.StatusInternalServerError:
		return true, errors.New(resp.Status)
	case resp.StatusCode >= http.StatusMultipleChoices:
		return false, errors.New(resp.Status)
	case out == nil:
		return false, nil
	}
	return true, json.NewDecoder(resp.Body).Decode(out)
}
