package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The requests that publish a release with two files.
const (
	create     = "POST /releases"
	upload1    = "POST /uploads/releases/9/assets?name=one.txt"
	upload2    = "POST /uploads/releases/9/assets?name=two.txt"
	assets     = "GET /releases/9/assets?page=1&per_page=100"
	tagCommit  = "GET /commits/tags/v1.0.0"
	makePublic = "PATCH /releases/9"

	published = "published v1.0.0 with 2 files: " + page + "\n"
	one       = `{"id": 1, "name": "one.txt", "state": "uploaded", "size": 4, "digest": "sha256:2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"}`
	two       = `{"id": 2, "name": "two.txt", "state": "uploaded", "size": 7}`
)

var publishing = map[string][]answer{
	create:     {{status: 201, body: `{"id": 9, "tag_name": "v1.0.0", "draft": true}`}},
	upload1:    {{status: 201, body: one}},
	upload2:    {{status: 201, body: two}},
	assets:     {ok("[" + one + "," + two + "]")},
	tagCommit:  {ok(commit)},
	makePublic: {ok("{}")},
}

func TestPublished(t *testing.T) {
	t.Parallel()
	const stub = `{"id": 3, "name": "one.txt", "state": "starter", "size": 0}`
	empty := answer{status: 200, body: "[]"}
	play(t, 0, map[string]scenario{
		"an upload that breaks off": {
			map[string][]answer{
				list: {empty}, upload1: {badGateway, {status: 201, body: one}}, "DELETE /releases/assets/3": {{status: 204}},
				assets: {ok("[" + stub + "]"), ok("[" + one + "," + two + "]")},
			},
			"GitHub answered 502 Bad Gateway; trying again in 0s\n" + published,
			[]string{byTag, list, create, upload1, assets, "DELETE /releases/assets/3", upload1, upload2, assets, tagCommit, makePublic},
		},
		"the answer to an upload is lost": {
			map[string][]answer{list: {empty}, upload2: {badGateway, {status: 201, body: two}}, "DELETE /releases/assets/2": {{status: 204}}},
			"GitHub answered 502 Bad Gateway; trying again in 0s\n" + published,
			[]string{byTag, list, create, upload1, upload2, assets, "DELETE /releases/assets/2", upload2, assets, tagCommit, makePublic},
		},
		"the draft exists, but the answer is lost": {
			map[string][]answer{list: {empty, ok(draft)}, create: {badGateway, {status: 201, body: `{"id": 9}`}}, remove: {{status: 204}}},
			"GitHub answered 502 Bad Gateway; trying again in 0s\ndeleted a draft of v1.0.0 that a failed run left behind\n" + published,
			[]string{byTag, list, create, byTag, list, remove, create, upload1, upload2, assets, tagCommit, makePublic},
		},
		"the answer to the last request is lost": {
			map[string][]answer{list: {empty}, makePublic: {badGateway, ok("{}")}},
			"GitHub answered 502 Bad Gateway; trying again in 0s\n" + published,
			[]string{byTag, list, create, upload1, upload2, assets, tagCommit, makePublic, makePublic},
		},
	})
}

func TestNotPublished(t *testing.T) {
	t.Parallel()
	empty := answer{status: 200, body: "[]"}
	before := []string{byTag, list, create, upload1, upload2, assets}
	play(t, 1, map[string]scenario{
		"no draft": {
			map[string][]answer{list: {empty}, create: {{status: 422, body: `{"message": "Validation Failed"}`}}},
			"error: cannot create the draft of v1.0.0: GitHub answered 422 Unprocessable Entity: Validation Failed\n",
			before[:3],
		},
		"an upload that is refused": {
			map[string][]answer{list: {empty}, upload2: {{status: 422, body: `{"message": "already_exists"}`}}},
			"error: cannot upload two.txt: GitHub answered 422 Unprocessable Entity: already_exists\n",
			before[:5],
		},
		"a file is missing": {
			map[string][]answer{list: {empty}, assets: {ok("[" + one + "]")}},
			"error: v1.0.0 is not published: GitHub does not have two.txt\n",
			before,
		},
		"a file is too short": {
			map[string][]answer{list: {empty}, assets: {ok("[" + one + "," + strings.Replace(two, "7", "6", 1) + "]")}},
			"error: v1.0.0 is not published: GitHub has 6 bytes of two.txt, in the state \"uploaded\", of 7\n",
			before,
		},
		"a file is another one": {
			map[string][]answer{list: {empty}, assets: {ok("[" + strings.Replace(one, "sha256:2c8b", "sha256:0000", 1) + "," + two + "]")}},
			"error: v1.0.0 is not published: GitHub has sha256:000008da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806 of one.txt, want sha256:2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806\n",
			before,
		},
		"a file that nobody uploaded": {
			map[string][]answer{list: {empty}, assets: {ok("[" + one + "," + two + "," + strings.Replace(two, "two", "three", 1) + "]")}},
			"error: v1.0.0 is not published: GitHub has 3 files, want 2\n",
			before,
		},
		"no tag": {
			map[string][]answer{list: {empty}, tagCommit: {{status: 422, body: `{"message": "No commit found for SHA: tags/v1.0.0"}`}}},
			"error: v1.0.0 is not published: cannot find the commit of the tag: GitHub answered 422 Unprocessable Entity: No commit found for SHA: tags/v1.0.0\n",
			append(before, tagCommit),
		},
		"the tag was moved": {
			map[string][]answer{list: {empty}, tagCommit: {ok(strings.Repeat("0", 40))}},
			"error: v1.0.0 is not published: the tag is at the commit \"" + strings.Repeat("0", 40) + "\", and the files were built from \"" + commit + "\"\n" +
				"  hint: the tag was moved: the run for its new commit publishes the release\n",
			append(before, tagCommit),
		},
		"somebody else published it": {
			map[string][]answer{list: {empty}, makePublic: {{status: 422, body: `{"message": "already_exists"}`}}},
			"error: cannot publish v1.0.0: GitHub answered 422 Unprocessable Entity: already_exists\n",
			append(before, tagCommit, makePublic),
		},
	})
}

func TestUnfitFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	notes, long := path("notes.md", "ö"), path("long.md", strings.Repeat("ö", maxNotes+1))
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no notes":        {[]string{"publish", dir + "/none.md", page, commit, "testdata/one.txt"}, "error: open DIR/none.md: no such file or directory\n"},
		"long notes":      {[]string{"publish", long, page, commit, "testdata/one.txt"}, "error: DIR/long.md has 125001 characters, but GitHub accepts only 125000\n"},
		"no file":         {[]string{"publish", notes, page, commit, dir + "/none"}, "error: open DIR/none: no such file or directory\n"},
		"a directory":     {[]string{"publish", notes, page, commit, dir}, "error: read DIR: is a directory\n"},
		"an empty file":   {[]string{"publish", notes, page, commit, path("empty", "")}, "error: DIR/empty is empty, and GitHub accepts no empty file\n"},
		"an unusual name": {[]string{"publish", notes, page, commit, path("a b", "x")}, "error: GitHub does not keep the name \"a b\"\n  hint: use letters, digits, and . _ - inside the name\n"},
		"a name twice":    {[]string{"publish", notes, page, commit, "testdata/one.txt", path("one.txt", "x")}, "error: testdata/one.txt and DIR/one.txt have the same name\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, nil)
			var stderr strings.Builder
			code := run(t.Context(), test.args, env(map[string]string{"GITHUB_TOKEN": "secret", "GITHUB_API_URL": s.URL}), time.Millisecond, io.Discard, &stderr)
			if found := strings.ReplaceAll(stderr.String(), dir, "DIR"); code != 1 || !strings.HasPrefix(found, test.want) || len(s.requests) > 0 {
				t.Errorf("found exit code %d, the requests %q and\n%swant 1, none and\n%s", code, s.requests, found, test.want)
			}
		})
	}
}

func TestUploadURL(t *testing.T) {
	for api, want := range map[string]string{
		"https://api.github.com/":            "https://uploads.github.com/",
		"https://api.acme.ghe.com/":          "https://uploads.acme.ghe.com/",
		"https://github.example.com/api/v3/": "https://github.example.com/api/uploads/",
	} {
		if found := uploadURL(api); found != want {
			t.Errorf("%s: found %s, want %s", api, found, want)
		}
	}
}

// A pre-release is marked as one, and never becomes the latest release.
func TestPrerelease(t *testing.T) {
	for tag, want := range map[string]bool{"v1.0.0": false, "v1.0.0-rc.1": true, "v1.0.0+a-b": false, "v1.0.0-rc.1+b": true} {
		if found := (release{tag: tag}).isPrerelease(); found != want {
			t.Errorf("%s: found %t, want %t", tag, found, want)
		}
	}
}
