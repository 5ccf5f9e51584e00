package serve_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/testplugin"
	"botkube-plugins/tools/indexgen/internal/generate"
	"botkube-plugins/tools/indexgen/internal/serve"
)

// The test goes from no directory to an index, through everything that can be wrong with a
// directory.
func TestFollowsTheDirectory(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	r := start(t, dist, 5*time.Second)
	bad := func(text string) {
		t.Helper()
		r.bad(text)
		for _, path := range []string{"/" + serve.IndexFile, "/source_good_" + host} {
			got := r.get("GET", path)
			// The problems may quote a plugin, and are not for the network.
			want := "1 problem in " + dist + "; see the output of indexgen serve\n"
			if got.status != http.StatusServiceUnavailable || string(got.body) != want {
				t.Errorf("%s: found status %d and %q, want 503 and %q", path, got.status, got.body, want)
			}
		}
		if got := r.get("GET", "/checksums.txt"); got.status != http.StatusNotFound {
			t.Errorf("found status %d of another file, want 404", got.status)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	bad("found no such directory, want a directory of built plugins\n  hint: build them")
	do(os.WriteFile(dist, nil, 0o600))
	bad("not a directory")
	do(os.Remove(dist))
	do(os.Mkdir(dist, 0o700))
	bad("found no plugin in this directory")
	install(t, dist, "source_dev")
	bad(`found "dev", want a version such as v1.2.3`)
	do(os.Rename(filepath.Join(dist, "source_dev_"+host), filepath.Join(dist, "source_good_"+host)))
	r.good()
	if got := r.index().Entries; len(got) != 1 || got[0].Name != "good" {
		t.Errorf("found the entries %+v, want only good", got)
	}

	// GoReleaser writes the artifacts one by one, and its list of artifacts last.
	write(t, dist, "metadata.json", []byte("{}"))
	write(t, dist, "config.yaml", nil)
	bad("found an incomplete GoReleaser build: artifacts.json")
	write(t, dist, other, windows(1000, "one"))
	write(t, dist, "artifacts.json", []byte("[]"))
	r.good()
	if got := r.index().Entries; len(got) != 1 || len(got[0].URLs) != 2 {
		t.Errorf("found the entries %+v, want one with two platforms", got)
	}

	do(os.RemoveAll(dist))
	bad("no such directory")
}

// Other files do not lead to a new index, nor do the files that a plugin writes next to itself at
// each start.
func TestOtherFilesChangeNothing(t *testing.T) {
	dist := t.TempDir()
	plugin := install(t, dist, "source_good")
	r := start(t, dist, time.Minute)
	first := r.good()
	write(t, dist, "checksums.txt", []byte("x"))
	record := plugin + ".self.txt"
	if err := os.Remove(record); err != nil {
		t.Fatal(err)
	}
	if !testplugin.Eventually(func() bool { _, err := os.Stat(record); return err == nil }) {
		t.Fatal("the plugin was not asked again")
	}
	write(t, dist, other, windows(1000, "one")) // the next change that counts
	if second := r.good(); len(second.Plugins[0].Artifacts) != 2 || len(first.Plugins[0].Artifacts) != 1 {
		t.Errorf("found artifacts %v and then %v, want one and then two", first.Plugins, second.Plugins)
	}
	last, err := testplugin.Recorded(plugin, "self")
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if pid, err := testplugin.Recorded(plugin, "self"); err == nil && pid != last {
			t.Fatal("the plugin is asked repeatedly")
		}
	}
}

// A change while plugins are asked ends the generation.
func TestChangeSupersedesAGeneration(t *testing.T) {
	r, plugin, pid := asking(t, "hang-metadata")
	if err := os.Rename(plugin, filepath.Join(filepath.Dir(plugin), "source_good_"+host)); err != nil {
		t.Fatal(err)
	}
	if got := r.good(); len(got.Plugins) != 1 || got.Plugins[0].Name != "good" {
		t.Errorf("found plugins %v, want only good", got.Plugins)
	}
	if testplugin.Alive(pid) {
		t.Error("the plugin of the previous generation still runs")
	}
}

func TestWatchEndsDuringAGeneration(t *testing.T) {
	r, _, pid := asking(t, "hang-start")
	r.stop()
	if testplugin.Alive(pid) {
		t.Error("the plugin is still there")
	}
	if len(r.results) > 0 {
		t.Errorf("found the result %+v, want none", <-r.results)
	}
}

// asking serves a plugin that hangs, and waits until it runs.
func asking(t *testing.T, behavior string) (r *running, plugin string, pid int) {
	t.Helper()
	dist := t.TempDir()
	plugin = install(t, dist, "source_"+behavior)
	return start(t, dist, time.Hour), plugin, started(t, plugin)
}

// started waits until a plugin runs, and returns its process ID.
func started(t *testing.T, plugin string) (pid int) {
	t.Helper()
	if !testplugin.Eventually(func() bool {
		var err error
		pid, err = testplugin.Recorded(plugin, "self")
		return err == nil && testplugin.Alive(pid)
	}) {
		t.Fatal("the plugin has not started")
	}
	return pid
}

func TestWatchEndsWithTheErrorOfPublish(t *testing.T) {
	site := serve.New(serve.Options{Dist: t.TempDir(), BaseURL: "http://127.0.0.1:1", Timeout: time.Minute, Jobs: 1})
	broken := errors.New("broken pipe")
	if err := site.Watch(t.Context(), func(generate.Result) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("found error %v, want the error of publish", err)
	}
}

// A client sends requests all the time while builds delete the directory and write it again file by
// file. Every index that it receives is complete, and every artifact has the checksum in the index,
// unless the index has been replaced.
func TestRebuildsUnderAClient(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	r := start(t, dist, time.Minute)
	ctx, stop := context.WithCancel(t.Context())
	var client sync.WaitGroup
	defer client.Wait()
	defer stop()
	var artifacts, unavailable atomic.Int64
	client.Go(func() {
		for ctx.Err() == nil {
			a := r.get("GET", "/"+serve.IndexFile)
			if a.status == http.StatusServiceUnavailable {
				unavailable.Add(1)
				continue
			}
			ix, found, err := index.Check(t.Context(), a.body)
			if a.status != http.StatusOK || a.err != nil || err != nil || found.Problems.Total() > 0 {
				t.Errorf("found status %d, errors %v and %v, problems %v", a.status, a.err, err, found.Problems)
				return
			}
			for _, artifact := range ix.Entries[0].URLs {
				got := r.get("GET", strings.TrimPrefix(artifact.URL, r.URL))
				switch {
				case got.status == http.StatusServiceUnavailable, errors.Is(got.err, io.ErrUnexpectedEOF):
				case got.status == http.StatusOK && got.header.Get("ETag") != `"`+sum(got.body)+`"`:
					t.Errorf("%s: found the checksum %s, want its ETag, %s", artifact.URL, sum(got.body), got.header.Get("ETag"))
				case got.status == http.StatusOK && sum(got.body) == artifact.Checksum:
					artifacts.Add(1)
				case r.get("GET", "/"+serve.IndexFile).header.Get("ETag") == a.header.Get("ETag"):
					t.Errorf("%s: found status %d and the checksum %s, want %s", artifact.URL, got.status, sum(got.body), artifact.Checksum)
				}
			}
		}
	})

	for _, build := range []string{"one", "two", "and three"} {
		if err := errors.Join(os.RemoveAll(dist), os.MkdirAll(dist, 0o700)); err != nil {
			t.Fatal(err)
		}
		data := windows(4<<20, build)
		file, err := os.Create(filepath.Join(dist, other))
		if err != nil {
			t.Fatal(err)
		}
		for piece := range slices.Chunk(data, 64<<10) {
			if _, err := file.Write(piece); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Millisecond) // as long as it takes to build
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		install(t, dist, "source_good")
		for checksum(r.next()) != sum(data) {
		}
		before := artifacts.Load()
		if !testplugin.Eventually(func() bool { return artifacts.Load() > before }) {
			t.Fatal("the client gets no artifact")
		}
	}
	if unavailable.Load() == 0 {
		t.Error("the client never received status 503")
	}
}

// checksum returns the checksum of the artifact for windows, or "".
func checksum(result generate.Result) string {
	if len(result.Problems) > 0 {
		return ""
	}
	for _, a := range result.Plugins[0].Artifacts {
		if a.File == other {
			return a.Checksum
		}
	}
	return ""
}

// A file that changes every 100 ms never settles.
func TestFilesThatNeverSettle(t *testing.T) {
	dist := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		var notes []string
		site := serve.New(serve.Options{Dist: dist, Note: func(format string, args ...any) {
			notes = append(notes, fmt.Sprintf(format, args...))
		}})
		write(t, dist, "log", nil)
		go func() {
			for i := 0; ctx.Err() == nil; i++ {
				write(t, dist, "log", make([]byte, i))
				time.Sleep(100 * time.Millisecond)
			}
		}()
		err := site.Watch(ctx, func(result generate.Result) error {
			t.Errorf("found the result %+v, want none", result)
			return nil
		})
		want := []string{dist + " keeps changing, so no index is generated; the last change is in log"}
		if !errors.Is(err, context.DeadlineExceeded) || !slices.Equal(notes, want) {
			t.Errorf("found error %v and the notes %q, want the context error and %q", err, notes, want)
		}
		synctest.Wait()
		time.Sleep(time.Second) // the writer has ended
	})
}

// A file that changes whenever its plugin is asked settles each time, but no index can be generated.
func TestFilesThatChangeWhileTheyAreRead(t *testing.T) {
	dist := t.TempDir()
	name := filepath.Base(install(t, dist, "source_restless"))
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		var notes []string
		site := serve.New(serve.Options{Dist: dist, BaseURL: "http://127.0.0.1:1", Timeout: time.Hour, Jobs: 1, Note: func(format string, args ...any) {
			notes = append(notes, fmt.Sprintf(format, args...))
			cancel()
		}})
		err := site.Watch(ctx, func(result generate.Result) error {
			t.Errorf("found the result %+v, want none", result)
			return nil
		})
		want := []string{dist + " keeps changing, so no index is generated; the last change is in " + name}
		if !errors.Is(err, context.Canceled) || !slices.Equal(notes, want) {
			t.Errorf("found error %v and the notes %q, want the context error and %q", err, notes, want)
		}
	})
}
