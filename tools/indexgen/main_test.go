package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/scripttest"
	"botkube-plugins/internal/testplugin"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { scripttest.Main(m, map[string]func(){"indexgen": main, "peak": peak}) }

func TestScripts(t *testing.T) {
	t.Parallel()
	setup := func(env *testscript.Env) error {
		env.Setenv("HOST", runtime.GOOS+"_"+runtime.GOARCH)
		env.Setenv("PLATFORM", runtime.GOOS+"/"+runtime.GOARCH)
		env.Setenv("HOST_OS", runtime.GOOS)
		env.Setenv("HOST_ARCH", runtime.GOARCH)
		env.Setenv("FORMAT", map[string]string{"darwin": "a Mach-O", "linux": "an ELF"}[runtime.GOOS])
		env.Setenv("GITHUB_TOKEN", "ghs_secret")
		denied, err := json.MarshalIndent(append([]pluginhost.Restriction{}, pluginhost.Restrictions()...), "  ", "  ")
		if err != nil {
			return err
		}
		env.Setenv("SANDBOX", string(denied))
		s := newSite(filepath.Join(env.WorkDir, "dist"))
		env.Defer(s.Close)
		env.Values[siteKey{}] = s
		env.Setenv("URL", s.URL)
		env.Setenv("REGISTRY", strings.TrimPrefix(s.URL, "http://"))
		return os.Mkdir(s.dir, 0o700)
	}
	scripttest.Run(t, setup, map[string]scripttest.Command{
		"executable": executable,
		"tarball":    tarball,
		"sha256":     sha,
		"size":       size,
		"started":    started,
		"cmperr":     cmperr,

		"runs":        runs,
		"ended":       ended,
		"expand":      expand,
		"fault":       fault,
		"requested":   requested,
		"waitrequest": waitrequest,
	})
}

// cmperr FILE: compares stderr with a file whose variables are expanded, apart from the line about
// what the sandbox of this system lacks.
func cmperr(ts *testscript.TestScript, _ bool, args []string) {
	got := sandboxLine.ReplaceAllString(ts.ReadFile("stderr"), "")
	want := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	if diff := cmp.Diff(want, got); diff != "" {
		ts.Fatalf("stderr (-want +got):\n%s", diff)
	}
}

var sandboxLine = regexp.MustCompile(`(?m)^warning: the sandbox of this system does not deny .*\n`)

// executable FILE...: creates files that look like executables for the platforms in their names.
func executable(ts *testscript.TestScript, _ bool, files []string) {
	for _, file := range files {
		a, _, err := artifact.Parse(filepath.Base(file))
		ts.Check(err)
		data := testplugin.Executable(a.Platform.OS, a.Platform.Arch, 1<<20)
		ts.Check(os.WriteFile(ts.MkAbs(file), data, 0o600))
	}
}

// tarball ARCHIVE FILE...: creates a tar.gz archive of files.
func tarball(ts *testscript.TestScript, _ bool, args []string) {
	out, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer out.Close()
	zw, err := gzip.NewWriterLevel(out, gzip.NoCompression) // test binaries are large
	ts.Check(err)
	tw := tar.NewWriter(zw)
	for _, file := range args[1:] {
		data, err := os.ReadFile(ts.MkAbs(file))
		ts.Check(err)
		ts.Check(tw.WriteHeader(&tar.Header{Name: filepath.Base(file), Size: int64(len(data)), Mode: 0o755}))
		_, err = tw.Write(data)
		ts.Check(err)
	}
	ts.Check(tw.Close())
	ts.Check(zw.Close())
}

// sha256 VARIABLE FILE: sets a variable to a file's checksum.
func sha(ts *testscript.TestScript, _ bool, args []string) {
	data, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Setenv(args[0], fmt.Sprintf("%x", sha256.Sum256(data)))
}

// size VARIABLE FILE: sets a variable to a file's size.
func size(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Setenv(args[0], strconv.FormatInt(info.Size(), 10))
}

// started PLUGIN: waits until a plugin runs.
func started(ts *testscript.TestScript, _ bool, args []string) {
	scripttest.Eventually(ts, args[0]+" has started", func() bool {
		return testplugin.Pid(ts.MkAbs(args[0]), "self") != 0
	})
}
