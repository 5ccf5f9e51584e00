package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// newRelease returns v1.0.0 of someone/plugins on a server. answers are its answers by method and
// path; it answers 404 to other requests. requests are the requests that it received.
func newRelease(t *testing.T, answers map[string]string) (r release, requests *[]string) {
	t.Helper()
	requests = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if got := req.Header.Get("Authorization"); got != "Bearer secret" {
			t.Errorf("found the authorization %q", got)
		}
		key := req.Method + " " + strings.TrimPrefix(req.URL.RequestURI(), "/api/v3/repos/someone/plugins")
		*requests = append(*requests, key)
		body, ok := answers[key]
		switch {
		case !ok:
			w.WriteHeader(http.StatusNotFound)
		case strings.HasPrefix(body, "status "):
			var code int
			if _, err := fmt.Sscanf(body, "status %d", &code); err != nil {
				t.Error(err)
			}
			w.WriteHeader(code)
		default:
			fmt.Fprint(w, body)
		}
	}))
	t.Cleanup(server.Close)
	r, err := parse("https://github.com/someone/plugins/releases/tag/v1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	r.api, r.token, r.client = server.URL+"/api/v3/", "secret", server.Client()
	return r, requests
}

const (
	byTag = "GET /releases/tags/v1.0.0"
	list  = "GET /releases?per_page=100&page="
)

func TestClear(t *testing.T) {
	// A full page, so that the client must request a second one.
	full := "[" + strings.Repeat(`{"id": 1, "tag_name": "v0.1.0"},`, 99) + `{"id": 7, "tag_name": "v1.0.0", "draft": true}]`
	for name, test := range map[string]struct {
		answers  map[string]string
		wantErr  string
		requests []string
	}{
		"published": {
			map[string]string{byTag: `{"id": 1, "tag_name": "v1.0.0", "html_url": "https://example.com/page"}`},
			"v1.0.0 is published already, and a published release is never changed: https://example.com/page",
			[]string{byTag},
		},
		"not allowed": {map[string]string{byTag: "status 403"}, "403 Forbidden", []string{byTag}},
		"server down": {map[string]string{byTag: "status 502"}, "502 Bad Gateway", []string{byTag, byTag, byTag}},
		"no list":     {map[string]string{}, "not found", []string{byTag, list + "1"}},
		"not JSON":    {map[string]string{byTag: "<html>"}, "invalid character", []string{byTag, byTag, byTag}},
		"new":         {map[string]string{list + "1": "[]"}, "", []string{byTag, list + "1"}},
		"drafts": {
			map[string]string{
				list + "1":           full,
				list + "2":           `[{"id": 8, "tag_name": "v1.0.0", "draft": true}, {"id": 9, "tag_name": "v1.1.0", "draft": true}]`,
				"DELETE /releases/7": "status 204",
				"DELETE /releases/8": "status 204",
			},
			"",
			[]string{byTag, list + "1", list + "2", "DELETE /releases/7", "DELETE /releases/8"},
		},
		"draft stays": {
			map[string]string{list + "1": `[{"id": 8, "tag_name": "v1.0.0", "draft": true}]`, "DELETE /releases/8": "status 403"},
			"403 Forbidden",
			[]string{byTag, list + "1", "DELETE /releases/8"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, requests := newRelease(t, test.answers)
			err := r.clear(t.Context(), new(bytes.Buffer))
			if test.wantErr == "" && err != nil || test.wantErr != "" && (err == nil || !strings.Contains(err.Error(), test.wantErr)) {
				t.Errorf("found error %v, want %q", err, test.wantErr)
			}
			if !slices.Equal(*requests, test.requests) {
				t.Errorf("found requests %q, want %q", *requests, test.requests)
			}
		})
	}
}

func TestParse(t *testing.T) {
	for _, u := range []string{"", "https://github.com/someone/plugins", "https://github.com/plugins/releases/tag/v1", "https://github.com/a/b/releases/tag/"} {
		if r, err := parse(u); err == nil {
			t.Errorf("%q: found %+v, want an error", u, r)
		}
	}
}
