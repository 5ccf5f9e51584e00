package fakegithub

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Published is the public view of a repository's releases.
type Published struct {
	Latest   string // the tag of the latest release, if there is one
	Releases []Release
}

// Release is a release. Assets are the SHA-256 of its files by their names.
type Release struct {
	Tag, Name, Body string
	Prerelease      bool
	Assets          map[string]string
}

// Published returns the published releases of a repository, in the order of their creation.
func (s *Server) Published(owner, name string) Published {
	s.mu.Lock()
	defer s.mu.Unlock()
	var p Published
	r := s.repos[owner+"/"+name]
	if r == nil {
		return p
	}
	for _, release := range r.releases {
		if release.ID == r.latest {
			p.Latest = release.Tag
		}
		if !release.Draft {
			p.Releases = append(p.Releases, release.summary())
		}
	}
	return p
}

// Drafts returns the releases that are not published, with their completely uploaded assets.
func (s *Server) Drafts(owner, name string) []Release {
	s.mu.Lock()
	defer s.mu.Unlock()
	var drafts []Release
	if r := s.repos[owner+"/"+name]; r != nil {
		for _, release := range r.releases {
			if release.Draft {
				drafts = append(drafts, release.summary())
			}
		}
	}
	return drafts
}

func (r *release) summary() Release {
	summary := Release{Tag: r.Tag, Name: r.Name, Body: r.Body, Prerelease: r.Prerelease, Assets: map[string]string{}}
	for _, a := range r.Assets {
		if a.State == "uploaded" {
			sum := sha256.Sum256(a.content)
			summary.Assets[a.Name] = hex.EncodeToString(sum[:])
		}
	}
	return summary
}

// download redirects a request for a published file to its object, as GitHub does.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	repo := s.repos[r.PathValue("owner")+"/"+r.PathValue("repo")]
	if repo == nil {
		http.NotFound(w, r)
		return
	}
	release := repo.byID(repo.latest)
	if tag := r.PathValue("tag"); tag != "" {
		release = repo.published(tag)
	}
	if release != nil {
		for _, a := range release.Assets {
			if a.Name == r.PathValue("asset") && a.State == "uploaded" {
				http.Redirect(w, r, "/objects/"+strconv.FormatInt(a.ID, 10), http.StatusFound)
				return
			}
		}
	}
	http.NotFound(w, r)
}

// object serves a file, as GitHub's storage does.
func (s *Server) object(w http.ResponseWriter, r *http.Request) {
	content, ok := s.content(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func (s *Server) content(id string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, repo := range s.repos {
		for _, release := range repo.releases {
			i := slices.IndexFunc(release.Assets, func(a *asset) bool { return strconv.FormatInt(a.ID, 10) == id })
			if i >= 0 && !release.Draft {
				return release.Assets[i].content, true
			}
		}
	}
	return nil, false
}

// reset ends the connection of a request with a TCP reset, without an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) //nolint:errcheck // then it is closed without a reset, which is as bad
	}
	_ = conn.Close()
}
