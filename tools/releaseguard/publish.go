package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"botkube-plugins/internal/problem"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/go-github/v88/github"
)

// What GitHub accepts.
const (
	maxFiles = 1000    // in a release
	maxNotes = 125_000 // characters
)

// content is what a release consists of.
type content struct {
	commit string // from which the files were built
	notes  string
	files  []file
}

// file is a file of a release.
type file struct {
	path, name string
	size       int64
	digest     string // as GitHub writes it, such as "sha256:" and 64 hex digits
}

// usual are the names that GitHub keeps as they are.
var usual = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

// read reads the notes, and the names, sizes and checksums of the files.
func read(notes, commit string, paths []string) (content, error) {
	text, err := os.ReadFile(notes)
	if err != nil {
		return content{}, err
	}
	if n := len([]rune(string(text))); n > maxNotes {
		return content{}, fmt.Errorf("%s has %d characters, but GitHub accepts only %d", notes, n, maxNotes)
	}
	if len(paths) > maxFiles {
		return content{}, fmt.Errorf("these are %d files, but GitHub accepts only %d for a release", len(paths), maxFiles)
	}
	c := content{commit: commit, notes: string(text)}
	seen := map[string]string{}
	for _, path := range paths {
		f, err := readFile(path)
		if err != nil {
			return content{}, err
		}
		if other, found := seen[f.name]; found {
			return content{}, fmt.Errorf("%s and %s have the same name", other, path)
		}
		seen[f.name] = path
		c.files = append(c.files, f)
	}
	return c, nil
}

func readFile(path string) (file, error) {
	f := file{path: path, name: filepath.Base(path)}
	if !usual.MatchString(f.name) {
		return f, problem.WithHint(fmt.Errorf("GitHub does not keep the name %q", f.name), "use letters, digits, and . _ - inside the name")
	}
	opened, err := os.Open(path)
	if err != nil {
		return f, err
	}
	defer opened.Close()
	hash := sha256.New()
	if f.size, err = io.Copy(hash, opened); err != nil {
		return f, err
	}
	if f.size == 0 {
		return f, fmt.Errorf("%s is empty, and GitHub accepts no empty file", path)
	}
	f.digest = fmt.Sprintf("sha256:%x", hash.Sum(nil))
	return f, nil
}

// publish uploads everything to a draft, and publishes it when GitHub has all of it. If it fails,
// nothing is public.
func (a *api) publish(ctx context.Context, r release, c content, log io.Writer) error {
	id, err := a.createDraft(ctx, r, c.notes, log)
	if err != nil {
		return fmt.Errorf("cannot create the draft of %s: %w", r.tag, err)
	}
	for _, f := range c.files {
		if err := a.upload(ctx, r, id, f); err != nil {
			return fmt.Errorf("cannot upload %s: %w", f.name, err)
		}
	}
	if err := a.check(ctx, r, id, c.files); err != nil {
		return fmt.Errorf("%s is not published: %w", r.tag, err)
	}
	if err := a.checkTag(ctx, r, c.commit); err != nil {
		return fmt.Errorf("%s is not published: %w", r.tag, err)
	}
	if err := a.makePublic(ctx, r, id); err != nil {
		return fmt.Errorf("cannot publish %s: %w", r.tag, err)
	}
	fmt.Fprintf(log, "published %s with %d files: %s\n", problem.OneLine(r.tag), len(c.files), problem.OneLine(r.url))
	return nil
}

// createDraft returns the ID of a new draft. Like every POST, it may succeed although the answer is
// lost, so another try deletes the tag's drafts first.
func (a *api) createDraft(ctx context.Context, r release, notes string, log io.Writer) (int64, error) {
	first := true
	return call(ctx, a, func() (int64, error) {
		if !first {
			if err := a.clear(ctx, r, log); err != nil {
				return 0, backoff.Permanent(err) // clear has tried again itself
			}
		}
		first = false
		created, _, err := a.client.Repositories.CreateRelease(ctx, url.PathEscape(r.owner), url.PathEscape(r.name), &github.RepositoryRelease{
			TagName: &r.tag, Name: &r.tag, Body: &notes, Draft: new(true), Prerelease: new(r.isPrerelease()),
		})
		if err == nil && created.GetID() == 0 {
			err = errEmpty
		}
		return created.GetID(), err
	})
}

// upload uploads a file to a draft. What an earlier try left behind is deleted first: GitHub keeps
// the stub of an upload that broke off.
func (a *api) upload(ctx context.Context, r release, id int64, f file) error {
	first := true
	_, err := call(ctx, a, func() (struct{}, error) {
		if !first {
			if err := a.deleteAsset(ctx, r, id, f.name); err != nil {
				return struct{}{}, err
			}
		}
		first = false
		opened, err := os.Open(f.path)
		if err != nil {
			return struct{}{}, backoff.Permanent(err)
		}
		defer opened.Close()
		_, _, err = a.uploads.Repositories.UploadReleaseAsset(ctx, url.PathEscape(r.owner), url.PathEscape(r.name), id,
			&github.UploadOptions{Name: f.name, MediaType: "application/octet-stream"}, opened)
		return struct{}{}, err
	})
	return err
}

func (a *api) deleteAsset(ctx context.Context, r release, id int64, name string) error {
	assets, err := a.assets(ctx, r, id)
	if err != nil {
		return err
	}
	for _, asset := range assets {
		if asset.GetName() == name {
			_, err := a.client.Repositories.DeleteReleaseAsset(ctx, url.PathEscape(r.owner), url.PathEscape(r.name), asset.GetID())
			if err != nil && !isNotFound(err) {
				return err
			}
		}
	}
	return nil
}

// check compares what GitHub has with the files.
func (a *api) check(ctx context.Context, r release, id int64, files []file) error {
	assets, err := call(ctx, a, func() ([]*github.ReleaseAsset, error) { return a.assets(ctx, r, id) })
	if err != nil {
		return err
	}
	found := map[string]*github.ReleaseAsset{}
	for _, asset := range assets {
		found[asset.GetName()] = asset
	}
	for _, f := range files {
		asset := found[f.name]
		switch {
		case asset == nil:
			return fmt.Errorf("GitHub does not have %s", f.name)
		case asset.GetState() != "uploaded" || int64(asset.GetSize()) != f.size:
			return fmt.Errorf("GitHub has %d bytes of %s, in the state %q, of %d", asset.GetSize(), f.name, asset.GetState(), f.size)
		case asset.GetDigest() != "" && asset.GetDigest() != f.digest: // servers of enterprises may have no digest
			return fmt.Errorf("GitHub has %s of %s, want %s", asset.GetDigest(), f.name, f.digest)
		}
	}
	if len(found) != len(files) {
		return fmt.Errorf("GitHub has %d files, want %d", len(found), len(files))
	}
	return nil
}

// checkTag checks that the tag is at the commit from which the files were built. Without the tag, GitHub
// would create it at another one.
func (a *api) checkTag(ctx context.Context, r release, commit string) error {
	found, err := call(ctx, a, func() (string, error) {
		sha, _, err := a.client.Repositories.GetCommitSHA1(ctx, url.PathEscape(r.owner), url.PathEscape(r.name), "tags/"+r.tag, "")
		return sha, err
	})
	if err != nil {
		return fmt.Errorf("cannot find the commit of the tag: %w", err)
	}
	if found != commit {
		return problem.WithHint(fmt.Errorf("the tag is at the commit %q, and the files were built from %q", found, commit),
			"the tag was moved: the run for its new commit publishes the release")
	}
	return nil
}

// assets returns the files of a release.
func (a *api) assets(ctx context.Context, r release, id int64) ([]*github.ReleaseAsset, error) {
	var all []*github.ReleaseAsset
	options := github.ListOptions{PerPage: perPage, Page: 1}
	for range maxFiles/perPage + 1 {
		assets, resp, err := a.client.Repositories.ListReleaseAssets(ctx, url.PathEscape(r.owner), url.PathEscape(r.name), id, &options)
		if err != nil {
			return nil, err
		}
		all = append(all, assets...)
		if resp.NextPage == 0 {
			return all, nil
		}
		options.Page = resp.NextPage
	}
	return nil, errors.New("the list of files does not end")
}

// makePublic publishes a draft. A pre-release never becomes the latest release.
func (a *api) makePublic(ctx context.Context, r release, id int64) error {
	_, err := call(ctx, a, func() (struct{}, error) {
		_, _, err := a.client.Repositories.EditRelease(ctx, url.PathEscape(r.owner), url.PathEscape(r.name), id, &github.RepositoryRelease{
			Draft: new(false), MakeLatest: new(fmt.Sprint(!r.isPrerelease())),
		})
		return struct{}{}, err
	})
	return err
}

// isPrerelease reports whether the tag is that of a pre-release, such as v1.0.0-rc.1.
func (r release) isPrerelease() bool {
	version, _, _ := strings.Cut(r.tag, "+")
	return strings.Contains(version, "-")
}
