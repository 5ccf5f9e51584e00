// Package serve serves built plugins and their index to a local Botkube over HTTP, and a web site
// about them to people. It watches the directory of the plugins, and generates both again after each
// build.
package serve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/generate"
	"botkube-plugins/tools/indexgen/internal/site"
)

// IndexFile is the name of the index file, on the server and in a release.
const IndexFile = "plugins-index.yaml"

// Options defines what a Site serves.
type Options struct {
	// Dist is the directory of the artifacts. It need not exist yet.
	Dist string
	// Repository is the name of the repository in Botkube's values.
	Repository string
	// README returns the README of a plugin, as in site.Repository.
	README func(plugin string) (string, error)
	// Dependencies are as in generate.Options.
	Dependencies []generate.Dependency
	// BaseURL is the URL, without a trailing slash, by which Botkube reaches the site.
	BaseURL string
	// Timeout limits the start of a plugin and each of its answers.
	Timeout time.Duration
	// Jobs is how many files are read at once, as in generate.Options.
	Jobs int
	// Sandbox confines the plugins, as in pluginhost.Config.
	Sandbox bool
	// Note receives a line for people: which file keeps changing.
	Note func(format string, args ...any)
}

// Site serves only the index, the files in the directory that the index names, and the web site. It
// never serves a partial build: while Botkube could not install from the index, it answers 503. The
// answer never contains the problems, since they may quote a plugin.
type Site struct {
	opts    Options
	current atomic.Pointer[state]
}

// state is what the site serves. It is immutable.
type state struct {
	index     []byte // nil if there is none
	reason    string // why index is nil
	artifacts map[string]served
	pages     site.Files // of the web site; nil if it cannot be generated
}

// served is an artifact or a dependency as the index describes it.
type served struct {
	info   os.FileInfo
	sha256 string
}

// New returns a site that answers 503 until Watch finds plugins.
func New(opts Options) *Site {
	s := &Site{opts: opts}
	s.current.Store(&state{reason: opts.Dist + " has not been read yet"})
	return s
}

// publish replaces what the site serves. seen are the files that the result was generated from. It
// returns an error only if the context ends.
func (s *Site) publish(ctx context.Context, result generate.Result, seen files) error {
	next := &state{}
	if len(result.Problems) > 0 {
		next.reason = problem.Count(len(result.Problems), "problem") + " in " + s.opts.Dist + "; see the output of indexgen serve"
	} else {
		next.index, next.artifacts = result.Index, map[string]served{}
		for _, plugin := range result.Plugins {
			for _, a := range plugin.Artifacts {
				next.artifacts[a.File] = served{seen[a.File], a.Checksum}
				for _, d := range a.Dependencies {
					next.artifacts[d.File] = served{seen[d.File], d.Checksum}
				}
			}
		}
		if err := s.addPages(ctx, next); err != nil {
			return err
		}
	}
	s.current.Store(next)
	return nil
}

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "found the method "+r.Method+", want GET or HEAD", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Cache-Control", "no-cache") // makes caches compare the ETag
	name := strings.TrimPrefix(r.URL.Path, "/")
	now := s.current.Load()
	a, named := now.artifacts[name]
	page, paged := now.pages[pageName(name)]
	switch {
	case name == IndexFile && now.index != nil:
		s.serveIndex(w, r, now)
	case named:
		s.serveArtifact(w, r, name, a)
	case paged:
		s.servePage(w, r, now, pageName(name), page)
	case now.index == nil && (name == IndexFile || isArtifact(name) || s.isDependency(name)):
		unavailable(w, now.reason)
	case now.pages == nil && isPage(name):
		unavailablePage(w, now.reason)
	default:
		http.Error(w, "found no such file, want /, /"+IndexFile+" or an artifact that it names", http.StatusNotFound)
	}
}

func isArtifact(name string) bool {
	_, ok, _ := artifact.Parse(name)
	return ok
}

func (s *Site) isDependency(name string) bool {
	return slices.ContainsFunc(s.opts.Dependencies, func(d generate.Dependency) bool { return d.Matches(name) })
}

// unavailable answers 503 with the reason.
func unavailable(w http.ResponseWriter, reason string) {
	w.Header().Set("Retry-After", "1")
	http.Error(w, reason, http.StatusServiceUnavailable)
}

// unchanged reports whether all artifacts of a state are as they were.
func (s *Site) unchanged(now *state) bool {
	root, err := os.OpenRoot(s.opts.Dist)
	if err != nil {
		return false
	}
	defer root.Close()
	for name, a := range now.artifacts {
		if info, err := root.Stat(name); err != nil || !same(info, a.info) {
			return false
		}
	}
	return true
}

func (s *Site) serveIndex(w http.ResponseWriter, r *http.Request, now *state) {
	if !s.unchanged(now) {
		unavailable(w, s.changing())
		return
	}
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("ETag", etag(fmt.Sprintf("%x", sha256.Sum256(now.index))))
	http.ServeContent(w, r, "", noTime, bytes.NewReader(now.index))
}

func (s *Site) serveArtifact(w http.ResponseWriter, r *http.Request, name string, a served) {
	file, err := open(s.opts.Dist, name, a.info)
	if err != nil {
		unavailable(w, s.changing())
		return
	}
	defer file.close()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("ETag", etag(a.sha256))
	http.ServeContent(w, r, "", noTime, file)
}

func (s *Site) changing() string {
	return s.opts.Dist + " has changed, and its index is being generated"
}

// noTime omits Last-Modified from the answers. In reproducible builds, different files have the
// same time, so a client that compares times would miss a new file.
var noTime time.Time

func etag(sha256 string) string { return `"` + sha256 + `"` }
