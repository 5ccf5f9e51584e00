package fakegithub

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
)

// release is a release in the format of the API.
type release struct {
	ID         int64    `json:"id"`
	Tag        string   `json:"tag_name"`
	Name       string   `json:"name"`
	Body       string   `json:"body"`
	Draft      bool     `json:"draft"`
	Prerelease bool     `json:"prerelease"`
	URL        string   `json:"html_url"`
	Assets     []*asset `json:"assets"`
}

// asset is a file of a release in the format of the API.
type asset struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	State       string `json:"state"` // "uploaded", or "starter" if the upload broke off
	Size        int    `json:"size"`
	Digest      string `json:"digest,omitempty"`
	content     []byte
}

// change is the part of a release that a request may set. A missing field is nil.
type change struct {
	Tag        *string `json:"tag_name"`
	Name       *string `json:"name"`
	Body       *string `json:"body"`
	Draft      *bool   `json:"draft"`
	Prerelease *bool   `json:"prerelease"`
	MakeLatest *string `json:"make_latest"`
}

func (s *Server) list(w http.ResponseWriter, r *http.Request, repo *repo) {
	visible := []*release{}
	for _, release := range slices.Backward(repo.releases) {
		if !release.Draft || s.mayWrite(r) {
			visible = append(visible, release)
		}
	}
	answer(w, http.StatusOK, page(w, r, visible))
}

// part answers requests below a release, because the mux cannot distinguish releases/tags/TAG from
// releases/ID/assets.
func (s *Server) part(w http.ResponseWriter, r *http.Request, repo *repo) {
	switch {
	case r.PathValue("id") == "tags":
		s.byTag(w, r, repo)
	case r.PathValue("part") == "assets":
		s.assets(w, r, repo)
	default:
		s.unknownTo(w, r)
	}
}

func (s *Server) byTag(w http.ResponseWriter, r *http.Request, repo *repo) {
	release := repo.published(r.PathValue("part"))
	if release == nil {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	answer(w, http.StatusOK, release)
}

func (s *Server) latest(w http.ResponseWriter, _ *http.Request, repo *repo) {
	if repo.latest == 0 {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	answer(w, http.StatusOK, repo.byID(repo.latest))
}

func (s *Server) create(w http.ResponseWriter, r *http.Request, repo *repo) {
	s.nextID++
	created := &release{ID: s.nextID, Draft: true, Assets: []*asset{}}
	var c change
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
		return
	}
	if c.Tag == nil || *c.Tag == "" {
		invalid(w, "Release", "tag_name", "missing_field")
		return
	}
	created.URL = s.URL() + "/" + r.PathValue("owner") + "/" + r.PathValue("repo") + "/releases/tag/" + *c.Tag
	if c.Draft == nil {
		c.Draft = new(bool)
	}
	if repo.change(w, created, c) {
		repo.releases = append(repo.releases, created)
		answer(w, http.StatusCreated, created)
	}
}

func (s *Server) edit(w http.ResponseWriter, r *http.Request, repo *repo) {
	var c change
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
		return
	}
	release := find(r, repo)
	switch {
	case release == nil:
		refuse(w, http.StatusNotFound, "Not Found")
	case !release.Draft && (c.Tag != nil && *c.Tag != release.Tag || c.Draft != nil && *c.Draft):
		refuse(w, http.StatusUnprocessableEntity, "Cannot change the tag of an immutable release, or make it a draft")
	case repo.change(w, release, c):
		answer(w, http.StatusOK, release)
	}
}

// change applies a change to a release, and publishes the release if the change says so. If it
// returns false, the change is rejected and the release is unchanged.
func (r *repo) change(w http.ResponseWriter, release *release, c change) bool {
	changed := *release
	changed.Tag = *cmp.Or(c.Tag, &changed.Tag)
	changed.Name = *cmp.Or(c.Name, &changed.Name)
	changed.Body = *cmp.Or(c.Body, &changed.Body)
	changed.Draft = *cmp.Or(c.Draft, &changed.Draft)
	changed.Prerelease = *cmp.Or(c.Prerelease, &changed.Prerelease)

	publishes := release.Draft && !changed.Draft
	if other := r.published(changed.Tag); publishes && other != nil {
		invalid(w, "Release", "tag_name", "already_exists")
		return false
	}
	makeLatest := "true"
	if c.MakeLatest != nil {
		makeLatest = *c.MakeLatest
	}
	isLatest := makeLatest == "true" && (publishes || c.MakeLatest != nil)
	if makeLatest != "true" && makeLatest != "false" || c.MakeLatest != nil && isLatest && (changed.Draft || changed.Prerelease) {
		invalid(w, "Release", "make_latest", "invalid")
		return false
	}
	*release = changed
	if isLatest && !release.Draft && !release.Prerelease {
		r.latest = release.ID
	}
	return true
}

func (s *Server) deleteRelease(w http.ResponseWriter, r *http.Request, repo *repo) {
	found := find(r, repo)
	switch {
	case found == nil:
		refuse(w, http.StatusNotFound, "Not Found")
	case !found.Draft: // GitHub allows it, but the release pipeline must never do it
		refuse(w, http.StatusForbidden, "This release is published")
	default:
		repo.releases = slices.DeleteFunc(repo.releases, func(r *release) bool { return r == found })
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Server) assets(w http.ResponseWriter, r *http.Request, repo *repo) {
	release := find(r, repo)
	if release == nil || release.Draft && !s.mayWrite(r) {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	answer(w, http.StatusOK, page(w, r, release.Assets))
}

func (s *Server) deleteAsset(w http.ResponseWriter, r *http.Request, repo *repo) {
	for _, release := range repo.releases {
		i := slices.IndexFunc(release.Assets, func(a *asset) bool { return strconv.FormatInt(a.ID, 10) == r.PathValue("id") })
		if i < 0 {
			continue
		}
		if !release.Draft {
			refuse(w, http.StatusUnprocessableEntity, "Cannot delete asset from an immutable release")
			return
		}
		release.Assets = slices.Delete(release.Assets, i, i+1)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	refuse(w, http.StatusNotFound, "Not Found")
}

func (s *Server) upload(w http.ResponseWriter, r *http.Request, repo *repo) {
	release := find(r, repo)
	if release == nil {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	name := unusual.ReplaceAllString(r.URL.Query().Get("name"), ".")
	exists := slices.ContainsFunc(release.Assets, func(a *asset) bool { return a.Name == name })
	s.nextID++
	added := &asset{ID: s.nextID, Name: name, ContentType: r.Header.Get("Content-Type"), State: "starter"}
	failure := s.fail(name)
	if failure == Reset && release.Draft && !exists {
		io.CopyN(io.Discard, r.Body, r.ContentLength/2) //nolint:errcheck // it is broken off anyway
		release.Assets = append(release.Assets, added)
		reset(w)
		return
	}
	content, err := io.ReadAll(r.Body)
	switch {
	case err != nil || len(content) == 0 || name == "" || added.ContentType == "":
		refuse(w, http.StatusBadRequest, "Bad Size, name or Content-Type")
	case !release.Draft:
		refuse(w, http.StatusUnprocessableEntity, "Cannot upload assets to an immutable release.")
	case exists:
		invalid(w, "ReleaseAsset", "name", "already_exists")
	case failure == BadGateway:
		refuse(w, http.StatusBadGateway, "Server Error")
	default:
		added.State, added.content, added.Size = "uploaded", content, len(content)
		added.Digest = fmt.Sprintf("sha256:%x", sha256.Sum256(content))
		release.Assets = append(release.Assets, added)
		answer(w, http.StatusCreated, added)
	}
}
