package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

const repositoryPage = "https://github.com/someone/plugins"

func TestIndexes(t *testing.T) {
	t.Parallel()
	const withIndex = `"assets": [{"name": "checksums.txt"}, {"name": "plugins-index.yaml"}]`
	next := `<http://example.com/?page=2>; rel="next"`
	for name, test := range map[string]struct {
		script         map[string][]answer
		code           int
		stdout, stderr string
	}{
		"two pages": {
			script: map[string][]answer{
				list: {with(ok(`[{"tag_name": "v1.1.0", `+withIndex+`}, {"tag_name": "v1.1.0-rc.1", "prerelease": true, `+withIndex+`},
					{"tag_name": "v2.0.0", "draft": true, `+withIndex+`}, {"tag_name": "docs-1", "assets": [{"name": "docs.zip"}]}]`), "Link", next)},
				list2: {badGateway, ok(`[{"tag_name": "v1.0.0", ` + withIndex + `}, {"tag_name": "plugins/v0.1.0#\n$(id)", ` + withIndex + `}]`)},
			},
			stdout: "https://github.com/someone/plugins/releases/download/v1.1.0\n" +
				"https://github.com/someone/plugins/releases/download/v1.0.0\n" +
				"https://github.com/someone/plugins/releases/download/plugins%2Fv0.1.0%23%0A$%28id%29\n",
			stderr: "GitHub answered 502 Bad Gateway; trying again in 0s\n",
		},
		"no release": {
			script: map[string][]answer{list: {ok(`[{"tag_name": "v1.0.0-rc.1", "prerelease": true, ` + withIndex + `}]`)}},
			code:   1,
			stderr: "error: someone/plugins has no release with a plugins-index.yaml, apart from pre-releases\n",
		},
		"an error on the second page": {
			script: map[string][]answer{list: {with(ok(`[{"tag_name": "v1.1.0", `+withIndex+`}]`), "Link", next)}},
			code:   1,
			stderr: "error: cannot list the releases of someone/plugins: GitHub answered 404 Not Found: Not Found\n" + tokenHint,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, test.script)
			code, stdout, stderr := s.run(t, "indexes", repositoryPage)
			if code != test.code || stdout != test.stdout || stderr != test.stderr {
				t.Errorf("found exit code %d and\n%s%swant %d and\n%s%s", code, stdout, stderr, test.code, test.stdout, test.stderr)
			}
			if slices.ContainsFunc(s.requests, func(request string) bool { return !strings.HasPrefix(request, "GET ") }) {
				t.Errorf("found the requests %q, want some that only read", s.requests)
			}
		})
	}
}

// Anybody can list the indexes of a public repository.
func TestIndexesWithoutToken(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("found the header %q, want none", r.Header.Get("Authorization"))
		}
		io.WriteString(w, `[{"tag_name": "v1.0.0", "assets": [{"name": "plugins-index.yaml"}]}]`) //nolint:errcheck // the client notices
	}))
	defer server.Close()
	var stdout, stderr strings.Builder
	code := run(t.Context(), []string{"indexes", repositoryPage}, env(map[string]string{"GITHUB_API_URL": server.URL}), time.Millisecond, &stdout, &stderr)
	if code != 0 || stdout.String() != repositoryPage+"/releases/download/v1.0.0\n" {
		t.Errorf("found exit code %d and\n%s%s", code, &stdout, &stderr)
	}
}
