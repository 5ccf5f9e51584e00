package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"botkube-plugins/internal/plugintest"
	"botkube-plugins/tools/indexgen/internal/artifact"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in testdata/script and docs/failure-matrix.md")

func TestMain(m *testing.M) {
	plugintest.Main()
	testscript.Main(m, map[string]func(){"indexgen": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// A Unix socket's path has at most 103 bytes on some systems, too few for a
			// path below the script's own directory.
			tmp, err := os.MkdirTemp("/tmp", "ig")
			if err != nil {
				return err
			}
			env.Defer(func() { os.RemoveAll(tmp) })
			env.Setenv("TMPDIR", tmp)
			env.Vars = append(env.Vars, quickExit)
			env.Setenv("HOST", runtime.GOOS+"_"+runtime.GOARCH)
			env.Setenv("PLATFORM", runtime.GOOS+"/"+runtime.GOARCH)
			env.Setenv("GITHUB_TOKEN", "ghs_secret")
			s := newSite(filepath.Join(env.WorkDir, "dist"))
			env.Defer(s.Close)
			env.Values[siteKey{}] = s
			env.Setenv("URL", s.URL)
			return os.Mkdir(s.dir, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"plugin":     plugin,
			"executable": executable,
			"tarball":    tarball,
			"sha256":     sha,
			"size":       size,
			"exits":      exits,
			"started":    started,
			"dead":       dead,
			"signal":     signalAll,
			"tmpempty":   tmpempty,

			"runs":        runs,
			"ended":       ended,
			"expand":      expand,
			"fault":       fault,
			"requested":   requested,
			"waitrequest": waitrequest,
		},
	})
}

// plugin FILE...: makes plugins that run, whose behaviour is their name.
func plugin(ts *testscript.TestScript, _ bool, files []string) {
	self, err := os.Executable()
	ts.Check(err)
	for _, file := range files {
		ts.Check(os.Symlink(self, ts.MkAbs(file)))
	}
}

// executable FILE...: makes files that look like executables for the platforms in their
// names.
func executable(ts *testscript.TestScript, _ bool, files []string) {
	for _, file := range files {
		a, _, err := artifact.Parse(filepath.Base(file))
		ts.Check(err)
		data := plugintest.Executable(a.Platform.OS, a.Platform.Arch, 1<<20)
		ts.Check(os.WriteFile(ts.MkAbs(file), data, 0o600))
	}
}

// tarball ARCHIVE FILE...: makes a tar.gz archive of files.
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

// exits CODE COMMAND...: runs a command that must exit with that code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// started PLUGIN: waits until a plugin runs.
func started(ts *testscript.TestScript, _ bool, args []string) {
	eventually(ts, args[0]+" has started", func() bool {
		pid, err := plugintest.Recorded(ts.MkAbs(args[0]), "self")
		return err == nil && plugintest.Alive(pid)
	})
}

// dead PLUGIN self|child: waits until a plugin's process, which has started, is gone.
func dead(ts *testscript.TestScript, _ bool, args []string) {
	pid, err := plugintest.Recorded(ts.MkAbs(args[0]), args[1])
	ts.Check(err)
	eventually(ts, strings.Join(args, " ")+" is dead", func() bool { return !plugintest.Alive(pid) })
}

// signal NUMBER: sends a signal to the commands in the background.
func signalAll(ts *testscript.TestScript, _ bool, args []string) {
	number, err := strconv.Atoi(args[0])
	ts.Check(err)
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(syscall.Signal(number)))
	}
}

func eventually(ts *testscript.TestScript, what string, ok func() bool) {
	if !plugintest.Eventually(ok) {
		ts.Fatalf("still not: %s", what)
	}
}

// tmpempty: fails if a temporary file is left.
func tmpempty(ts *testscript.TestScript, _ bool, _ []string) {
	left, err := os.ReadDir(ts.Getenv("TMPDIR"))
	ts.Check(err)
	if len(left) > 0 {
		ts.Fatalf("left in the temporary directory: %s", left)
	}
}
