// Package fakegithub is a GitHub server for tests: the part of its REST API that creates releases,
// and the URLs of published files.
//
// It enforces the rules of GitHub that matter to a release. Drafts are visible only to clients with
// write access, and cannot be downloaded. Two published releases cannot have the same tag. The
// files of a published release cannot be replaced, deleted or added to, as with immutable releases.
// An upload that breaks off leaves a stub with the asset's name. The latest release is the last one
// that was published as latest, and never a pre-release. SetTag pushes a tag.
//
// It answers an unknown request with 404, and lists it in Unknown.
package fakegithub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Server is a running server.
type Server struct {
	http  *httptest.Server
	token string

	mu       sync.Mutex
	repos    map[string]*repo // by owner/name
	nextID   int64
	fail     func(asset string) Failure
	requests []string
	unknown  []string
}

// Failure is what happens to an upload.
type Failure int

// The failures of an upload.
const (
	None       Failure = iota
	BadGateway         // it is read and answered with 502; nothing is kept
	Reset              // the connection is reset in the middle; a stub is kept
)

type repo struct {
	releases []*release // in the order of their creation
	latest   int64      // a release's ID, or 0
	tags     map[string]string
}

// New starts a server. A client with the token has write access.
func New(token string) *Server {
	s := &Server{token: token, repos: map[string]*repo{}, fail: func(string) Failure { return None }}
	s.http = httptest.NewServer(s.routes())
	return s
}

// Close stops the server.
func (s *Server) Close() { s.http.Close() }

// URL is the URL of the website. The URLs of repositories begin with it.
func (s *Server) URL() string { return s.http.URL }

// APIURL is the base URL of the REST API.
func (s *Server) APIURL() string { return s.http.URL + "/api/v3" }

// UploadURL is the base URL of uploads.
func (s *Server) UploadURL() string { return s.http.URL + "/api/uploads" }

// Fail sets the failure of later uploads.
func (s *Server) Fail(fail func(asset string) Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// SetTag sets the commit of a tag.
func (s *Server) SetTag(owner, name, tag, commit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repo(owner + "/" + name).tags[tag] = commit
}

// repo returns a repository, which exists as soon as somebody asks for it. The server is locked.
func (s *Server) repo(name string) *repo {
	if s.repos[name] == nil {
		s.repos[name] = &repo{tags: map[string]string{}}
	}
	return s.repos[name]
}

// Requests returns the API requests since its last call, such as "POST
// /repos/someone/plugins/releases".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := s.requests
	s.requests = nil
	return requests
}

// Unknown returns the requests that the server does not know.
func (s *Server) Unknown() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unknown)
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unknownTo(w, r)
	})
	const releases = "/api/v3/repos/{owner}/{repo}/releases"
	for pattern, handler := range map[string]handler{
		"GET /api/v3/rate_limit":                                      s.rateLimit,
		"GET /api/v3/repos/{owner}/{repo}/commits/tags/{tag}":         s.commit,
		"GET " + releases:                                             s.list,
		"POST " + releases:                                            s.create,
		"GET " + releases + "/latest":                                 s.latest,
		"GET " + releases + "/{id}/{part}":                            s.part,
		"PATCH " + releases + "/{id}":                                 s.edit,
		"DELETE " + releases + "/{id}":                                s.deleteRelease,
		"DELETE " + releases + "/assets/{id}":                         s.deleteAsset,
		"POST /api/uploads/repos/{owner}/{repo}/releases/{id}/assets": s.upload,
	} {
		mux.Handle(pattern, s.api(handler))
	}
	mux.HandleFunc("GET /{owner}/{repo}/releases/download/{tag}/{asset}", s.download)
	mux.HandleFunc("GET /{owner}/{repo}/releases/latest/download/{asset}", s.download)
	mux.HandleFunc("GET /objects/{id}", s.object)
	return mux
}

// handler answers an API request. The server is locked.
type handler func(w http.ResponseWriter, r *http.Request, repo *repo)

// api records the request, rejects writes without the token, and finds the repository.
func (s *Server) api(handle handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/api/v3"), "/api/uploads")
		if path != "/rate_limit" {
			s.requests = append(s.requests, r.Method+" "+path)
		}
		if r.Method != http.MethodGet && !s.mayWrite(r) {
			refuse(w, http.StatusUnauthorized, "Requires authentication")
			return
		}
		handle(w, r, s.repo(r.PathValue("owner")+"/"+r.PathValue("repo")))
	})
}

func (s *Server) unknownTo(w http.ResponseWriter, r *http.Request) {
	s.unknown = append(s.unknown, r.Method+" "+r.URL.Path)
	refuse(w, http.StatusNotFound, "Not Found")
}

func (s *Server) mayWrite(r *http.Request) bool {
	return r.Header.Get("Authorization") == "Bearer "+s.token
}

func (s *Server) rateLimit(w http.ResponseWriter, _ *http.Request, _ *repo) {
	answer(w, http.StatusOK, map[string]any{"resources": map[string]any{
		"core": map[string]any{"limit": 5000, "remaining": 4999, "reset": 4102444800},
	}})
}

// commit answers with the commit of a tag, and nothing else, as GitHub does if only that is accepted.
func (s *Server) commit(w http.ResponseWriter, r *http.Request, repo *repo) {
	tag := r.PathValue("tag")
	if r.Header.Get("Accept") != "application/vnd.github.v3.sha" || repo.tags[tag] == "" {
		refuse(w, http.StatusUnprocessableEntity, "No commit found for SHA: tags/"+tag)
		return
	}
	fmt.Fprint(w, repo.tags[tag])
}

// find returns the release that the path names, or nil.
func find(r *http.Request, repo *repo) *release {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil
	}
	return repo.byID(id)
}

func (r *repo) byID(id int64) *release {
	for _, release := range r.releases {
		if release.ID == id {
			return release
		}
	}
	return nil
}

// published returns the tag's published release, or nil.
func (r *repo) published(tag string) *release {
	for _, release := range r.releases {
		if release.Tag == tag && !release.Draft {
			return release
		}
	}
	return nil
}

// unusual are the characters that GitHub does not keep in an asset's name.
var unusual = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// page returns the page of a list that the request asks for, and sets the link to the next page.
func page[T any](w http.ResponseWriter, r *http.Request, all []T) []T {
	number, perPage := 1, 30
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil {
		number = n
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("per_page")); err == nil {
		perPage = n
	}
	from := min((number-1)*perPage, len(all))
	to := min(from+perPage, len(all))
	if to < len(all) {
		next := *r.URL
		query := next.Query()
		query.Set("page", strconv.Itoa(number+1))
		next.RawQuery = query.Encode()
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s>; rel="next"`, r.Host, next.RequestURI()))
	}
	return all[from:to]
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]any{"message": message})
}

// invalid sends GitHub's answer to a request that breaks a rule.
func invalid(w http.ResponseWriter, resource, field, code string) {
	answer(w, http.StatusUnprocessableEntity, map[string]any{
		"message": "Validation Failed",
		"errors":  []map[string]string{{"resource": resource, "field": field, "code": code}},
	})
}
