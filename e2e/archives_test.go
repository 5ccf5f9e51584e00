package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"botkube-plugins/e2e/internal/archives"

	"github.com/kubeshop/botkube/pkg/plugin"
)

const (
	lastSeed = 10_000
	atOnce   = 500
	// seedsVariable is an environment variable with other seeds, such as 1-100000, or 17-17 to try
	// one archive again.
	seedsVariable = "ARCHIVE_SEEDS"
)

// judgment is an archive with the results of the programs.
type judgment struct {
	archives.Archive
	problem  string    // that indexgen verify finds; empty if it accepts the archive
	old, new installed // by Botkube, with go-getter 1.7.3 and 1.8.4
}

// installed mirrors the results of cmd/unpack.
type installed struct {
	Error   string
	Content []byte
}

func (i installed) String() string { return fmt.Sprintf("%.30q, error %q", i.Content, i.Error) }

// stricter has the reasons for which indexgen verify rejects an archive that Botkube installs.
// docs/security.md states them.
var stricter = []struct {
	reason  string
	applies func(ctx context.Context, u unpackers, j judgment) bool
}{
	{"a long name", func(_ context.Context, _ unpackers, j judgment) bool {
		return j.Has(archives.TooLongName) && strings.Contains(j.problem, "an entry with a name of more than 1024 bytes")
	}},
	{"a large window", func(_ context.Context, _ unpackers, j judgment) bool {
		return j.Has(archives.TooLargeWindow) && strings.Contains(j.problem, " of more than 67108864 bytes")
	}},
	{"damage that go-getter sees on one processor only", func(ctx context.Context, u unpackers, j judgment) bool {
		one := []judgment{j}
		err := u.unpack(ctx, u.old, "GOMAXPROCS=1", one, func(j *judgment) *installed { return &j.old })
		return strings.HasSuffix(j.Suffix, "zst") && err == nil && one[0].old.Error != ""
	}},
}

// indexgen verify accepts exactly those archives from which Botkube installs a program with
// go-getter 1.7.3, and go-getter 1.8.4 does the same with each. Botkube runs as an ordinary user, as
// in its image.
func TestVerifyAcceptsWhatGoGetterUnpacks(t *testing.T) {
	first, last := seeds(t)
	u := newUnpackers(t)
	counts := map[string]int{}
	for from := first; from <= last; from += atOnce {
		for _, j := range u.judge(t, from, min(from+atOnce-1, last)) {
			installs := j.program()
			counts[fmt.Sprintf("%s installed %t", j.Suffix, installs)]++
			if installs != (j.problem == "") {
				if j.problem != "" {
					j.problem = u.verify(t, []judgment{j})[0] // verify does not print all problems of many archives
				}
				if reason := u.reason(t.Context(), j); reason != "" {
					counts[reason]++
				} else {
					j.fail(t, "found different verdicts of indexgen verify and Botkube")
				}
			}
			if (j.old.Error == "") != (j.new.Error == "") || !bytes.Equal(j.old.Content, j.new.Content) {
				j.fail(t, "found different results of the versions of go-getter")
			}
		}
	}
	t.Log(counts)
	if last-first+1 < lastSeed {
		return
	}
	for _, suffix := range archives.Suffixes {
		if counts[suffix+" installed true"] == 0 || counts[suffix+" installed false"] == 0 {
			t.Errorf("found only one verdict on %s, want both", suffix)
		}
	}
	for _, s := range stricter {
		if counts[s.reason] == 0 {
			t.Errorf("found no archive that indexgen verify alone rejects because of %s, want one", s.reason)
		}
	}
}

// seeds returns the seeds of the first and the last archive.
func seeds(t *testing.T) (first, last uint64) {
	t.Helper()
	text := os.Getenv(seedsVariable)
	if text == "" {
		return 1, lastSeed
	}
	from, to, _ := strings.Cut(text, "-")
	first, firstErr := strconv.ParseUint(from, 10, 64)
	last, lastErr := strconv.ParseUint(to, 10, 64)
	if err := errors.Join(firstErr, lastErr); err != nil || first > last {
		t.Fatalf("%s: found %q (error %v), want two numbers such as 1-20000", seedsVariable, text, err)
	}
	return first, last
}

// reason returns the reason for which indexgen verify is stricter, or "" if there is none.
func (u unpackers) reason(ctx context.Context, j judgment) string {
	for _, s := range stricter {
		if j.problem != "" && s.applies(ctx, u, j) {
			return s.reason
		}
	}
	return ""
}

func (j judgment) fail(t *testing.T, what string) {
	t.Helper()
	verdict := "accepts it"
	if j.problem != "" {
		verdict = j.problem
	}
	t.Errorf("%s for %s\n  indexgen verify: %s\n  go-getter 1.7.3: %s\n  go-getter 1.8.4: %s\n  try it again with %[6]s=%[7]d-%[7]d",
		what, j.Archive, verdict, j.old, j.new, seedsVariable, j.Seed)
}

// program reports whether Botkube has installed a program with go-getter 1.7.3: for a plugin, an
// executable for linux/amd64, and for a dependency, neither an empty file nor a link's target.
func (j judgment) program() bool {
	c := j.old.Content
	if j.old.Error != "" || len(c) == 0 {
		return false
	}
	if j.Dependency != "" {
		return !bytes.HasPrefix(c, []byte(archives.LinkTarget))
	}
	const class64, bigEndian, linux, exec, shared, amd64 = 2, 2, 3, 2, 3, 62
	return bytes.HasPrefix(c, []byte("\x7fELF")) && len(c) >= 20 && c[4] == class64 && c[5] != bigEndian &&
		(c[7] == 0 || c[7] == linux) && (c[16] == exec || c[16] == shared) && c[17] == 0 && c[18] == amd64 && c[19] == 0
}

// judge generates the archives of some seeds and lets all programs judge them.
func (u unpackers) judge(t *testing.T, first, last uint64) []judgment {
	t.Helper()
	// The archives of the last call are still there, because they may have been judged again.
	if err := errors.Join(os.RemoveAll(u.archives), os.Mkdir(u.archives, 0o755)); err != nil {
		t.Fatal(err)
	}
	judgments := make([]judgment, last-first+1)
	for i := range judgments {
		judgments[i].Archive = archives.Generate(first + uint64(i))
		if err := os.WriteFile(filepath.Join(u.archives, judgments[i].file()), judgments[i].Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var oldErr, newErr error
	var running sync.WaitGroup
	running.Go(func() {
		oldErr = u.unpack(t.Context(), u.old, "GOMAXPROCS=2", judgments, func(j *judgment) *installed { return &j.old })
	})
	running.Go(func() {
		newErr = u.unpack(t.Context(), u.new, "GOMAXPROCS=2", judgments, func(j *judgment) *installed { return &j.new })
	})
	found := u.verify(t, judgments)
	running.Wait()
	if err := errors.Join(oldErr, newErr); err != nil {
		t.Fatal(err)
	}
	for i := range judgments {
		judgments[i].problem = found[i]
	}
	return judgments
}

func (j judgment) file() string { return fmt.Sprintf("%d%s", j.Seed, j.Suffix) }

// under returns the archive's URL.
func (j judgment) under(base string) string {
	if j.Dir == "" {
		return base + "/" + j.file()
	}
	return base + "/" + j.file() + "//" + j.Dir
}

// verify runs indexgen verify and returns the problem that it finds in each archive, or "".
func (u unpackers) verify(t *testing.T, judgments []judgment) []string {
	t.Helper()
	s := newSite(t, u.archives)
	defer s.Close()
	cmd := exec.Command(built(t, buildIndexgen), "verify", "--json", "--no-run", s.putIndex(t, indexOf(s, judgments)))
	cmd.Env = append(os.Environ(), "TMPDIR="+u.dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	const notInstallable = 3
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != notInstallable) {
		t.Fatalf("indexgen verify: %v\n%s", err, stderr.String())
	}
	var report struct {
		Checks []struct {
			URL string
			OK  bool
		}
		Problems []struct{ URL, Found string }
	}
	if err := json.Unmarshal(output, &report); err != nil {
		t.Fatal(err)
	}
	problems := map[string]string{}
	for _, c := range report.Checks {
		if problems[c.URL] = ""; !c.OK {
			problems[c.URL] = "a problem that it does not print"
		}
	}
	for _, p := range report.Problems {
		problems[p.URL] = p.Found
	}
	found := make([]string, len(judgments))
	for i, j := range judgments {
		var ok bool
		if found[i], ok = problems[j.under(s.URL)]; !ok {
			t.Fatalf("indexgen verify: found no check of %s", j.under(s.URL))
		}
	}
	return found
}

// indexOf returns an index with an entry for each archive. An archive of a dependency belongs to a
// plugin without an archive.
func indexOf(s *site, judgments []judgment) plugin.Index {
	bare := s.put("bare", archives.Program)
	var ix plugin.Index
	for _, j := range judgments {
		url := plugin.IndexURL{URL: j.under(s.URL), Checksum: sum(j.Data), Platform: plugin.IndexURLPlatform{OS: "linux", Arch: "amd64"}}
		if j.Dependency != "" {
			url.Dependencies = plugin.Dependencies{j.Dependency: plugin.Dependency{URL: url.URL}}
			url.URL, url.Checksum = bare, sum(archives.Program)
		}
		ix.Entries = append(ix.Entries, plugin.IndexEntry{
			Name: fmt.Sprintf("it%d", j.Seed), Type: plugin.TypeSource, Description: "It.", Version: "1.0.0", URLs: []plugin.IndexURL{url},
		})
	}
	return ix
}
