package verify_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/problem"
	"botkube-plugins/internal/testplugin"
	"botkube-plugins/tools/indexgen/internal/fetch"
	"botkube-plugins/tools/indexgen/internal/inspect"
	"botkube-plugins/tools/indexgen/internal/schedule"
	"botkube-plugins/tools/indexgen/internal/verify"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var windows = testplugin.Executable("windows", "arm64", 10_000)

// serve serves one file under every path.
func serve(t *testing.T, data []byte) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }))
	t.Cleanup(s.Close)
	return s.URL
}

// indexOf returns an index of the file at a URL, changed by mutate.
func indexOf(url string, mutate func(*index.Entry)) []byte {
	e := index.Entry{
		Name: "x", Type: index.TypeSource, Description: "X", Version: "1.0.0",
		URLs: []index.Artifact{{
			URL: url + "/x", Checksum: fmt.Sprintf("%x", sha256.Sum256(windows)),
			Platform: index.Platform{OS: "windows", Arch: "arm64"},
		}},
	}
	if mutate != nil {
		mutate(&e)
	}
	text, err := index.Encode(index.Index{Entries: []index.Entry{e}})
	if err != nil {
		panic(err)
	}
	return text
}

// run verifies an index, and checks that no temporary file is left.
func run(t *testing.T, ctx context.Context, opts verify.Options) (verify.Result, error) {
	t.Helper()
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	opts.Client = &fetch.Client{HTTP: http.DefaultClient, Tries: 1, Wait: time.Millisecond, Timeout: 30 * time.Second, MaxSize: 1 << 20}
	opts.Start, opts.Timeout, opts.Jobs, opts.Progress = true, 10*time.Second, 2, schedule.NoProgress{}
	opts.Done = func(verify.Check) {}
	r, err := verify.Run(ctx, opts)
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("left in the temporary directory: %s", left)
	}
	return r, err
}

func TestInstallable(t *testing.T) {
	url := serve(t, windows)
	got, err := run(t, t.Context(), verify.Options{Index: indexOf(url, nil)})
	want := verify.Result{Checks: []verify.Check{{
		Plugin: "source/x", Version: "1.0.0", Platform: "windows/arm64", URL: url + "/x",
		Checksum: fmt.Sprintf("%x", sha256.Sum256(windows)), Size: int64(len(windows)), OK: true,
	}}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(verify.Check{})); diff != "" || err != nil {
		t.Errorf("error %v; -want +got:\n%s", err, diff)
	}
}

// A hostile index must not write outside the temporary directory or to the terminal, and must not
// stop the verification of the rest.
func TestHostileIndex(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	up := strings.Repeat("../", 20)
	for name, mutate := range map[string]func(*index.Entry){
		"type":     func(e *index.Entry) { e.Type = index.Type(up + outside) },
		"name":     func(e *index.Entry) { e.Name = up + outside },
		"platform": func(e *index.Entry) { e.URLs[0].Platform.Arch = up + outside },
		"NUL":      func(e *index.Entry) { e.Name = "x\x00y" },
		"long":     func(e *index.Entry) { e.Name = strings.Repeat("x", 300) },
		"terminal": func(e *index.Entry) { e.Name = "x\x1b[2J"; e.Version = "1\x1b]0;title\a" },
		"URL":      func(e *index.Entry) { e.URLs[0].URL = "https://example.com/\x1b[2J" },
		"host": func(e *index.Entry) {
			e.Type = "sources"
			e.URLs[0].Platform = index.Platform{OS: "linux", Arch: "amd64"}
		},
		"dependency": func(e *index.Entry) {
			e.URLs[0].Dependencies = index.Dependencies{up + outside: {URL: e.URLs[0].URL + ".tar.gz//" + up}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := run(t, t.Context(), verify.Options{Index: indexOf(serve(t, windows), mutate)})
			if err != nil || len(r.Problems.Kept) == 0 {
				t.Errorf("%d problems and the error %v, want problems", len(r.Problems.Kept), err)
			}
			for _, c := range r.Checks {
				if c.OK && c.Dependency == "" && name != "dependency" {
					t.Errorf("%+v is ok", c)
				}
			}
			for _, p := range r.Problems.Kept {
				if text := p.String(); strings.ContainsAny(text, "\x1b\x00\a") {
					t.Errorf("%q contains control characters", text)
				}
			}
			if found, _ := filepath.Glob(outside + "*"); len(found) > 0 {
				t.Errorf("%s was written", found)
			}
		})
	}
}

// A file with a mistake in the index is reported only once, and not as installable.
func TestFaultsOfTheIndex(t *testing.T) {
	url := serve(t, windows)
	ok := cmpopts.IgnoreUnexported(verify.Check{})
	for name, test := range map[string]struct {
		mutate func(*index.Entry)
		where  string
		size   int64
	}{
		"checksum": {func(e *index.Entry) { e.URLs[0].Checksum = "" }, "source/x: entries[0].urls[0].checksum", int64(len(windows))},
		"URL":      {func(e *index.Entry) { e.URLs[0].URL = url + "//x" }, "source/x: entries[0].urls[0].url", 0},
		"version":  {func(e *index.Entry) { e.Version = "dev" }, "source/x: entries[0].version", int64(len(windows))},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := run(t, t.Context(), verify.Options{Index: indexOf(url, test.mutate)})
			if err != nil || len(r.Problems.Kept) != 1 || r.Problems.Kept[0].Where+": "+r.Problems.Kept[0].Field != test.where {
				t.Errorf("error %v, problems %v, want one of %s", err, r.Problems.Kept, test.where)
			}
			want := r.Checks[0]
			want.OK, want.Size = false, test.size
			if diff := cmp.Diff([]verify.Check{want}, r.Checks, ok); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestProblemNamesEntryPlatformAndURL(t *testing.T) {
	url := serve(t, windows[:5000])
	r, err := run(t, t.Context(), verify.Options{Index: indexOf(url, nil)})
	want := problem.List{{
		Where: "source/x 1.0.0 windows/arm64",
		Found: fmt.Sprintf("a file of 5000 bytes with the SHA-256 %x", sha256.Sum256(windows[:5000])),
		Want:  fmt.Sprintf("%x, as the index says", sha256.Sum256(windows)),
		URL:   url + "/x",
		Hint:  "the file was changed after the index was generated, or damaged on the way; generate the index again from what is published",
	}}
	if diff := cmp.Diff(want, r.Problems.Kept); diff != "" || err != nil {
		t.Errorf("error %v; -want +got:\n%s", err, diff)
	}
}

func TestLimitOfDownload(t *testing.T) {
	url := serve(t, make([]byte, 1<<20+1))
	r, err := run(t, t.Context(), verify.Options{Index: indexOf(url, nil)})
	if err != nil || len(r.Problems.Kept) != 1 || r.Problems.Kept[0].Found != `the error "more than 1048576 bytes"` {
		t.Errorf("error %v, problems %v, want one of the size", err, r.Problems.Kept)
	}
}

// All archives together, dependencies included, have one limit of what is unpacked.
func TestBudgetOfTheRun(t *testing.T) {
	data := tarball(t, "x", windows)
	url := serve(t, data) + "/x.tar"
	mutate := func(e *index.Entry) {
		a := e.URLs[0]
		a.URL, a.Checksum = url, fmt.Sprintf("%x", sha256.Sum256(data))
		a.Dependencies = index.Dependencies{"x": {URL: url + "?dependency"}}
		b := a
		b.Platform.Arch, b.Dependencies = "amd64", nil
		e.URLs = []index.Artifact{a, b}
	}
	for contents, want := range map[int64]string{
		int64(3 * len(data)):   "",
		int64(3*len(data) - 1): fmt.Sprintf("archives that together have more than %d bytes when they are unpacked", 3*len(data)-1),
	} {
		r, err := run(t, t.Context(), verify.Options{Index: indexOf(url, mutate), Budget: inspect.NewBudget(contents, 1<<20)})
		found := ""
		for _, p := range r.Problems.Kept {
			if p.Field == "" && strings.Contains(p.Want, "the limit of indexgen; Botkube has none") {
				found += p.Found
			}
		}
		if err != nil || found != want || len(r.Checks) != 3 {
			t.Errorf("%d bytes: error %v, problems %v, want %q of 3 checks", contents, err, r.Problems.Kept, want)
		}
	}
}

// Without disk for temporary files, one job after the other exceeds the limit, and none is refused.
func TestDiskOfTheRun(t *testing.T) {
	url := serve(t, windows)
	mutate := func(e *index.Entry) {
		e.URLs = nil
		for _, arch := range []string{"386", "amd64", "arm", "arm64"} {
			e.URLs = append(e.URLs, index.Artifact{URL: url + "/" + arch, Checksum: fmt.Sprintf("%x", sha256.Sum256(windows)), Platform: index.Platform{OS: "windows", Arch: arch}})
		}
	}
	r, err := run(t, t.Context(), verify.Options{Index: indexOf(url, mutate), Budget: inspect.NewBudget(0, 0)})
	if err != nil || len(r.Checks) != 4 {
		t.Fatalf("error %v, checks %v, want 4", err, r.Checks)
	}
	for _, c := range r.Checks {
		if c.Size != int64(len(windows)) {
			t.Errorf("%s: found size %d, want %d", c.Platform, c.Size, len(windows))
		}
	}
}

// A file that changes while it is read is a problem, and its checksum means nothing.
func TestFileThatChanges(t *testing.T) {
	for _, suffix := range []string{"", ".tar"} {
		path := filepath.Join(t.TempDir(), "x"+suffix)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 200<<20)); err != nil { // takes a while to read
			t.Fatal(err)
		}
		started, done, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			close(started)
			for i := 1; ; i++ {
				select {
				case <-done:
					return
				default:
					_ = os.Chtimes(path, time.Time{}, time.Unix(int64(i), 0))
				}
			}
		}()
		<-started
		r, err := run(t, t.Context(), verify.Options{
			Dist: filepath.Dir(path), Index: indexOf("https://example.com", func(e *index.Entry) { e.URLs[0].URL += suffix }),
		})
		close(done)
		<-ended
		want := problem.List{{
			Where: "source/x 1.0.0 windows/arm64", URL: "https://example.com/x" + suffix,
			Found: "a file that changed while it was read", Want: "a complete build",
			Hint: "run it again when nothing writes to " + filepath.Dir(path),
		}}
		if diff := cmp.Diff(want, r.Problems.Kept); err != nil || diff != "" {
			t.Errorf("%s: error %v; -want +got:\n%s", suffix, err, diff)
		}
	}
}

// Without the right checksum, an archive is not unpacked: that would report that it is none.
func TestChecksumBeforeUnpack(t *testing.T) {
	data := []byte("no archive")
	dist := t.TempDir()
	for _, suffix := range []string{".tar.gz", ".zip"} {
		if err := os.WriteFile(filepath.Join(dist, "x"+suffix), data, 0o600); err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct {
			dist, found string
			mutate      func(*index.Entry)
		}{
			"artifact": {"", "a file of 10 bytes with the SHA-256 ", func(e *index.Entry) { e.URLs[0].URL += suffix }},
			"file":     {dist, "a file of 10 bytes with the SHA-256 ", func(e *index.Entry) { e.URLs[0].URL += suffix }},
			"dependency": {"", "a file of 10 bytes with the checksum ", func(e *index.Entry) {
				e.URLs[0].Checksum = fmt.Sprintf("%x", sha256.Sum256(data))
				url := e.URLs[0].URL + suffix + "?checksum=md5:" + strings.Repeat("0", 32)
				e.URLs[0].Dependencies = index.Dependencies{"helm": {URL: url}}
			}},
		} {
			r, err := run(t, t.Context(), verify.Options{Index: indexOf(serve(t, data), test.mutate), Dist: test.dist})
			var found []string
			for _, p := range r.Problems.Kept {
				if test.dist != "" || strings.Contains(p.URL, suffix) {
					found = append(found, p.Found)
				}
			}
			if err != nil || len(found) != 1 || !strings.HasPrefix(found[0], test.found) {
				t.Errorf("%s%s: error %v, found %q, want only %q", name, suffix, err, found, test.found)
			}
		}
	}
}

func TestContextEnds(t *testing.T) {
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(windows[:1000])
		_ = http.NewResponseController(w).Flush()
		cancel(interrupted)
		<-r.Context().Done()
	}))
	defer s.Close()
	for _, suffix := range []string{"", ".tar.gz", ".zip"} {
		_, err := run(t, ctx, verify.Options{Index: indexOf(s.URL, func(e *index.Entry) { e.URLs[0].URL += suffix })})
		if !errors.Is(err, interrupted) {
			t.Errorf("%q: error is %v, want %v", suffix, err, interrupted)
		}
	}
}

// An error of this machine is not a problem of the release.
func TestFailures(t *testing.T) {
	text := indexOf(serve(t, windows), nil)
	if _, err := run(t, t.Context(), verify.Options{Index: text, Plugins: []string{"y"}}); !errors.Is(err, verify.ErrNothing) {
		t.Errorf("error is %v, want %v", err, verify.ErrNothing)
	}
	t.Setenv("TMPDIR", "/nowhere")
	_, err := verify.Run(t.Context(), verify.Options{Index: text, Jobs: 1, Progress: schedule.NoProgress{}})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v, want %v", err, os.ErrNotExist)
	}
	dir := t.TempDir()
	if err := os.Mkdir(path.Join(dir, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	r, err := run(t, t.Context(), verify.Options{Index: text, Dist: dir})
	if err != nil || len(r.Problems.Kept) != 1 || !strings.Contains(r.Problems.Kept[0].Found, "is not a regular file") {
		t.Errorf("error %v, problems %v, want one that the file is a directory", err, r.Problems.Kept)
	}
}

// The problems that were found before a failure of this machine are returned with it.
func TestProblemsBeforeAFailure(t *testing.T) {
	tmp := t.TempDir()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/x" {
			http.NotFound(w, r)
			return
		}
		_ = os.RemoveAll(tmp) // there is no place for the archive
	}))
	defer s.Close()
	text := indexOf(s.URL, func(e *index.Entry) {
		b := e.URLs[0]
		b.URL, b.Platform.Arch = s.URL+"/y.tar", "riscv64" // sorted last
		e.URLs = append(e.URLs, b)
	})
	t.Setenv("TMPDIR", tmp)
	r, err := verify.Run(t.Context(), verify.Options{
		Index: text, Jobs: 1, Progress: schedule.NoProgress{}, Done: func(verify.Check) {},
		Client: &fetch.Client{HTTP: http.DefaultClient, Tries: 1, Wait: time.Millisecond, Timeout: 30 * time.Second, MaxSize: 1 << 20},
	})
	found := ""
	for _, p := range r.Problems.Kept {
		if p.Field == "" {
			found += p.Where + ": " + p.Found
		}
	}
	if !errors.Is(err, os.ErrNotExist) || found != `source/x 1.0.0 windows/arm64: the error "HTTP status 404 Not Found"` {
		t.Errorf("error %v, problems %v, want the first problem and the error", err, r.Problems.Kept)
	}
}

func tarball(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
