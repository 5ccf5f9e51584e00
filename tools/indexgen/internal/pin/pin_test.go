package pin_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/fetch"
	"botkube-plugins/tools/indexgen/internal/pin"
	"botkube-plugins/tools/indexgen/internal/schedule"
	"botkube-plugins/tools/indexgen/internal/verify"
)

const script = "#!/bin/sh\n"

// pinned returns the dependencies of an artifact after pinning, and how many requests it took.
func pinned(t *testing.T, dependencies index.Dependencies) (index.Dependencies, verify.Result, int64) {
	t.Helper()
	var requests atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.URL.Path == "/none" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, script)
	}))
	defer s.Close()
	artifact := func(arch string) index.Artifact {
		a := index.Artifact{
			URL: s.URL + "/none", Checksum: strings.Repeat("0", 64), Platform: index.Platform{OS: "linux", Arch: arch},
			Dependencies: index.Dependencies{},
		}
		for name, d := range dependencies {
			a.Dependencies[name] = index.Dependency{URL: s.URL + d.URL}
		}
		return a
	}
	text, err := index.Encode(index.Index{Entries: []index.Entry{{
		Name: "x", Type: index.TypeSource, Description: "X", Version: "1.0.0", URLs: []index.Artifact{artifact("amd64"), artifact("arm64")},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	text, result, err := pin.Dependencies(t.Context(), text, verify.Options{
		Jobs: 2, Progress: schedule.NoProgress{}, Done: func(verify.Check) {},
		Client: &fetch.Client{HTTP: http.DefaultClient, Tries: 1, Wait: time.Millisecond, Timeout: time.Minute, MaxSize: 1 << 20},
	})
	if err != nil {
		t.Fatal(err)
	}
	ix, err := index.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	got := ix.Entries[0].URLs[1].Dependencies
	for name, d := range got {
		got[name] = index.Dependency{URL: strings.TrimPrefix(d.URL, s.URL)}
	}
	return got, result, requests.Load()
}

// Each dependency is downloaded once, whatever the number of platforms. Artifacts are not.
func TestDependencies(t *testing.T) {
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(script)))
	got, result, requests := pinned(t, index.Dependencies{
		"a": {URL: "/a"},
		"b": {URL: "/b?x=y"},
		"c": {URL: "/c?checksum=sha256:" + sum},
	})
	want := "map[a:{/a?checksum=sha256:" + sum + "} b:{/b?x=y&checksum=sha256:" + sum + "} c:{/c?checksum=sha256:" + sum + "}]"
	if found := fmt.Sprint(got); found != want || result.Problems.Total() > 0 || requests != 3 {
		t.Errorf("found %s, problems %v and %d requests, want %s and 3", found, result.Problems, requests, want)
	}
}

// A dependency that cannot be downloaded, and one that is no longer what its URL says.
func TestProblems(t *testing.T) {
	dependencies := index.Dependencies{"a": {URL: "/none"}, "b": {URL: "/b?checksum=sha256:" + strings.Repeat("0", 64)}}
	got, result, _ := pinned(t, dependencies)
	if fmt.Sprint(got) != fmt.Sprint(dependencies) || result.Problems.Total() != 2 {
		t.Errorf("found %v and the problems %v, want the same dependencies and two problems", got, result.Problems)
	}
}
