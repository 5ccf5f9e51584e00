package fakegithub_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"botkube-plugins/e2e/rehearsal/fakegithub"
)

const token = "secret"

func start(t *testing.T) *fakegithub.Server {
	s := fakegithub.New(token)
	t.Cleanup(s.Close)
	return s
}

// call sends an API request below /repos/someone/plugins and returns the status of the answer and
// the ID in it, if it has one.
func call(t *testing.T, s *fakegithub.Server, bearer, method, path, body string) (status int, id int64) {
	t.Helper()
	base := s.APIURL()
	if strings.Contains(path, "?name=") {
		base = s.UploadURL()
	}
	req, err := http.NewRequestWithContext(t.Context(), method, base+"/repos/someone/plugins"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+bearer)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, 0
	}
	defer resp.Body.Close()
	var answer struct {
		ID int64 `json:"id"`
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	json.Unmarshal(data, &answer) //nolint:errcheck // lists have no ID
	return resp.StatusCode, answer.ID
}

func want(t *testing.T, what string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%s: found status %d, want %d", what, got, want)
	}
}

// draft creates a draft with one asset, "file".
func draft(t *testing.T, s *fakegithub.Server, tag, content string) (release string) {
	t.Helper()
	status, id := call(t, s, token, "POST", "/releases", fmt.Sprintf(`{"tag_name": %q, "draft": true}`, tag))
	want(t, "create "+tag, status, 201)
	release = fmt.Sprintf("/releases/%d", id)
	status, _ = call(t, s, token, "POST", release+"/assets?name=file", content)
	want(t, "upload to "+tag, status, 201)
	return release
}

func TestDraftsAreHidden(t *testing.T) {
	s := start(t)
	release := draft(t, s, "v1", "one")

	status, _ := fakegithub.Get(t, s.URL()+"/someone/plugins/releases/download/v1/file")
	want(t, "download from a draft", status, 404)
	status, _ = fakegithub.Get(t, s.URL()+"/someone/plugins/releases/latest/download/file")
	want(t, "download from the latest", status, 404)
	status, _ = call(t, s, token, "GET", "/releases/tags/v1", "")
	want(t, "get a draft by tag", status, 404)
	_, list := fakegithub.Get(t, s.APIURL()+"/repos/someone/plugins/releases")
	if string(list) != "[]\n" {
		t.Errorf("found the list %s, want no draft in it", list)
	}
	status, _ = call(t, s, "wrong", "PATCH", release, `{"draft": false}`)
	want(t, "publish without the token", status, 401)
	if diff := cmp.Diff(fakegithub.Published{}, s.Published("someone", "plugins")); diff != "" {
		t.Error(diff)
	}

	status, _ = call(t, s, token, "PATCH", release, `{"draft": false}`)
	want(t, "publish", status, 200)
	status, body := fakegithub.Get(t, s.URL()+"/someone/plugins/releases/latest/download/file")
	if status != 200 || string(body) != "one" {
		t.Errorf("found %d, %q, want the file", status, body)
	}
}

func TestPublishedNeverChanges(t *testing.T) {
	s := start(t)
	release := draft(t, s, "v1", "one")
	call(t, s, token, "PATCH", release, `{"draft": false}`)
	before := s.Published("someone", "plugins")

	another := draft(t, s, "v1", "two")
	for _, refused := range []struct{ method, path, body string }{
		{"POST", release + "/assets?name=other", "x"},
		{"POST", release + "/assets?name=file", "x"},
		{"DELETE", "/releases/assets/2", ""},
		{"DELETE", release, ""},
		{"PATCH", release, `{"draft": true}`},
		{"PATCH", release, `{"tag_name": "v2"}`},
		{"PATCH", another, `{"draft": false}`},
	} {
		if status, _ := call(t, s, token, refused.method, refused.path, refused.body); status < 400 {
			t.Errorf("%v: found status %d, want it to be refused", refused, status)
		}
	}
	if diff := cmp.Diff(before, s.Published("someone", "plugins")); diff != "" {
		t.Error(diff)
	}
}

func TestLatest(t *testing.T) {
	s := start(t)
	for _, step := range []struct{ tag, publish, latest string }{
		{"v1", `{"draft": false}`, "v1"},
		{"v2-rc", `{"draft": false, "prerelease": true, "make_latest": "false"}`, "v1"},
		{"v3-rc", `{"draft": false, "prerelease": true}`, "v1"},
		{"v2", `{"draft": false, "make_latest": "true"}`, "v2"},
		{"v1.1", `{"draft": false, "make_latest": "false"}`, "v2"},
	} {
		status, _ := call(t, s, token, "PATCH", draft(t, s, step.tag, step.tag), step.publish)
		want(t, "publish "+step.tag, status, 200)
		if got := s.Published("someone", "plugins").Latest; got != step.latest {
			t.Errorf("after %s: found latest %q, want %q", step.tag, got, step.latest)
		}
	}
	status, _ := call(t, s, token, "PATCH", draft(t, s, "v4-rc", "x"), `{"draft": false, "prerelease": true, "make_latest": "true"}`)
	want(t, "a pre-release as latest", status, 422)
}

func TestFailures(t *testing.T) {
	s := start(t)
	release := draft(t, s, "v1", "one")
	s.Fail(func(asset string) fakegithub.Failure {
		return map[string]fakegithub.Failure{"bad": fakegithub.BadGateway, "reset": fakegithub.Reset}[asset]
	})
	for _, test := range []struct {
		asset string
		want  int
	}{{"bad", 502}, {"bad", 502}, {"reset", 0}, {"reset", 422}, {"fine", 201}, {"fine", 422}} {
		status, _ := call(t, s, token, "POST", release+"/assets?name="+test.asset, "content")
		want(t, test.asset, status, test.want)
	}
	var names []string
	for name := range s.Drafts("someone", "plugins")[0].Assets {
		names = append(names, name)
	}
	if len(names) != 2 {
		t.Errorf("found %q uploaded, want file and fine", names)
	}
}

// A list that is longer than a page links to the next page.
func TestPages(t *testing.T) {
	s := start(t)
	for i := range 3 {
		draft(t, s, fmt.Sprintf("v%d", i), "x")
	}
	seen := 0
	next := s.APIURL() + "/repos/someone/plugins/releases?per_page=2"
	for next != "" {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, next, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var list []any
		if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		seen += len(list)
		next, _, _ = strings.Cut(strings.TrimPrefix(resp.Header.Get("Link"), "<"), ">")
	}
	if seen != 3 {
		t.Errorf("found %d releases on all pages, want 3", seen)
	}
}

func TestUnknown(t *testing.T) {
	s := start(t)
	status, _ := call(t, s, token, "GET", "/compare/a...b", "")
	want(t, "unknown", status, 404)
	if diff := cmp.Diff([]string{"GET /api/v3/repos/someone/plugins/compare/a...b"}, s.Unknown()); diff != "" {
		t.Error(diff)
	}
}
