package serve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/site"
)

// addPages adds the web site for people to a state. If a README cannot be read, the state has no site,
// but Botkube can install from it. It returns an error only if the context ends.
func (s *Site) addPages(ctx context.Context, next *state) error {
	ix, err := index.Decode(next.index)
	if err == nil {
		next.pages, err = site.Build(ctx, []site.Repository{{
			Name: s.opts.Repository, URL: s.opts.BaseURL + "/" + IndexFile, Index: ix, README: s.opts.README,
			Size: next.size,
		}})
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		next.reason = "the pages cannot be generated; see the output of indexgen serve"
		s.opts.Note("the pages cannot be generated: %v", err)
	}
	return nil
}

// size returns the size of the artifact at a URL.
func (s *state) size(link string) (int64, bool) {
	u, err := url.Parse(link)
	if err != nil {
		return 0, false
	}
	a, ok := s.artifacts[path.Base(u.Path)]
	if !ok {
		return 0, false
	}
	return a.info.Size(), true
}

// pageName returns the file of the web site for the path of a request.
func pageName(name string) string {
	if name == "" {
		return site.Overview
	}
	return name
}

// isPage reports whether the web site may have a file.
func isPage(name string) bool { return name == "" || strings.HasSuffix(name, ".html") }

// unavailablePage answers 503 with the reason. A browser then tries again by itself.
func unavailablePage(w http.ResponseWriter, reason string) {
	w.Header().Set("Refresh", "2")
	unavailable(w, reason)
}

// contentTypes are those of the files of the web site, by the extension.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
}

func (s *Site) servePage(w http.ResponseWriter, r *http.Request, now *state, name string, page []byte) {
	if !s.unchanged(now) {
		unavailablePage(w, s.changing())
		return
	}
	contentType, ok := contentTypes[path.Ext(name)]
	if !ok {
		contentType = "text/plain; charset=utf-8"
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "frame-ancestors 'none'") // the page has the rest
	w.Header().Set("ETag", etag(fmt.Sprintf("%x", sha256.Sum256(page))))
	http.ServeContent(w, r, "", noTime, bytes.NewReader(page))
}
