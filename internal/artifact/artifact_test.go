package artifact_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/problem"

	"github.com/google/go-cmp/cmp"
)

func TestParseErrors(t *testing.T) {
	for file, want := range map[string]string{
		"source_":                            `1 part after "source_"`,
		"source_ticker":                      `1 part after "source_"`,
		"source_ticker_linux":                `2 parts after "source_"`,
		"source_linux_amd64":                 `2 parts after "source_"`,
		"executor_linux_amd64.tar.gz":        `2 parts after "executor_"`,
		"source__linux_amd64":                `an empty plugin name`,
		"source_ticker_linux_amd65":          `"linux/amd65", which is not a platform of Go`,
		"source_ticker_amd64_linux":          `"amd64/linux", which is not a platform of Go`,
		"source_ticker_darwin_all":           `"darwin/all", which is not a platform of Go`,
		"source_ticker_linux_x86_64":         `"x86/64", which is not a platform of Go`,
		"source_ticker_linux_armv6":          `"linux/armv6", which is not a platform of Go`,
		"source_ticker_linux_amd64_v1":       `"amd64/v1", which is not a platform of Go`,
		"source_ticker_linux_amd64.gz":       `the suffix ".gz", which is not an archive, so Botkube cannot install from it`,
		"source_ticker_linux_amd64.deb":      `"linux/amd64.deb", which is not a platform of Go`,
		"source_ticker_windows_amd64.exe.gz": `the suffix ".gz", which is not an archive, so Botkube cannot install from it`,
	} {
		a, ok, err := artifact.Parse(file)
		if want := (problem.Problem{Where: file, Found: want, Want: artifact.Rule}); ok || !cmp.Equal(err, error(want)) {
			t.Errorf("%s: got %+v, %t, error %v; want error %v", file, a, ok, err, want)
		}
	}
}

func TestPluginOf(t *testing.T) {
	for file, want := range map[string]string{
		"source_ticker_linux_amd64":        "source ticker",
		"source_my_ticker_darwin_arm64":    "source my_ticker",
		"executor_echo_linux_amd64.tar.gz": "executor echo",
		"source_v1.0.0_my_ticker":          "source my_ticker", // in Botkube's cache
		"source_ticker":                    "source ticker",
		"source_my_ticker.exe":             "source my_ticker",
		"ticker":                           "",
		"sources_ticker":                   "",
		"":                                 "",
	} {
		got := ""
		if typ, name, ok := artifact.PluginOf(file); ok {
			got = string(typ) + " " + name
		}
		if got != want {
			t.Errorf("%s: found %q, want %q", file, got, want)
		}
	}
}

// Parse reads every name that FileName builds.
func TestFileName(t *testing.T) {
	want := artifact.Artifact{
		Type: "source", Name: "my_ticker", Platform: index.Platform{OS: "linux", Arch: "arm64"}, File: "source_my_ticker_linux_arm64",
	}
	file := artifact.FileName(want.Type, want.Name, want.Platform)
	if got, ok, err := artifact.Parse(file); got != want || !ok || err != nil {
		t.Errorf("%s: found %+v, %t, error %v, want %+v", file, got, ok, err, want)
	}
}

func TestParseIgnores(t *testing.T) {
	for _, file := range []string{
		"", "checksums.txt", "plugins-index.yaml", "artifacts.json", "sources_ticker_linux_amd64",
		"source.tar.gz", "botkube-plugins_linux_amd64.tar.gz", "Source_ticker_linux_amd64", ".source_ticker_linux_amd64",
		"source_ticker_linux_amd64.sbom.json", "source_ticker_linux_amd64.tar.gz.sig", "source_ticker_linux_amd64.sha256",
		"executor_echo_linux_amd64.tar.gz.pem", "executor_notes.md",
	} {
		if a, ok, err := artifact.Parse(file); ok || err != nil {
			t.Errorf("%s: got %+v, %t, error %v; want it ignored", file, a, ok, err)
		}
	}
}

func TestParse(t *testing.T) {
	linux := index.Platform{OS: "linux", Arch: "amd64"}
	windows := index.Platform{OS: "windows", Arch: "arm64"}
	for file, want := range map[string]artifact.Artifact{
		"source_ticker_linux_amd64":        {Type: "source", Name: "ticker", Platform: linux},
		"executor_echo_linux_amd64.tar.gz": {Type: "executor", Name: "echo", Platform: linux, Archive: ".tar.gz"},
		"executor_echo_linux_amd64.tgz":    {Type: "executor", Name: "echo", Platform: linux, Archive: ".tgz"},
		"executor_echo_linux_amd64.zip":    {Type: "executor", Name: "echo", Platform: linux, Archive: ".zip"},
		"source_ticker_windows_arm64.exe":  {Type: "source", Name: "ticker", Platform: windows},
		"source_my_own_ticker_linux_amd64": {Type: "source", Name: "my_own_ticker", Platform: linux},
		"source_source_x_linux_amd64_v1_linux_amd64.tar.zst": {
			Type: "source", Name: "source_x_linux_amd64_v1", Platform: linux, Archive: ".tar.zst",
		},
		"source_cm-watcher_linux_amd64": {Type: "source", Name: "cm-watcher", Platform: linux},
	} {
		want.File = file
		got, ok, err := artifact.Parse(file)
		if err != nil || !ok {
			t.Errorf("%s: %t, error %v", file, ok, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", file, diff)
		}
	}
}

// The parts that Parse returns, joined by the rule, are the name that it parsed.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"source_ticker_linux_amd64", "executor_a_b_darwin_arm64.tar.gz", "source_x_windows_386.exe", "source___linux_amd64",
		"executor_e_linux_amd64.tar.gz.sig", "source_ticker_linux", "checksums.txt",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		a, ok, err := artifact.Parse(file)
		if ok && err != nil {
			t.Fatalf("%q: both %+v and error %v", file, a, err)
		}
		if !ok {
			return
		}
		rule := string(a.Type) + "_" + a.Name + "_" + a.Platform.OS + "_" + a.Platform.Arch
		if rest, found := strings.CutPrefix(file, rule); !found || (rest != a.Archive && (a.Archive != "" || rest != ".exe")) {
			t.Errorf("%q: read as %+v", file, a)
		}
		if a.Name == "" || !index.KnownPlatform(a.Platform) {
			t.Errorf("%q: read as %+v", file, a)
		}
	})
}

func TestFindAndGroup(t *testing.T) {
	const onlyBinary, onlyArchive = "executor_echo_linux_arm64", "source_ticker_darwin_arm64.tar.gz"
	const bothBinary, bothArchive = "source_ticker_linux_amd64", "source_ticker_linux_amd64.tar.gz"
	tests := map[string]struct {
		files    []string
		form     artifact.Form
		want     map[string][]string // published files by plugin
		problems problem.List
	}{
		"auto": {
			files: []string{bothArchive, bothBinary, onlyArchive, onlyBinary, "checksums.txt"},
			form:  artifact.FormAuto,
			want:  map[string][]string{"source/ticker": {onlyArchive, bothArchive}, "executor/echo": {onlyBinary}},
		},
		"binary": {
			files: []string{bothArchive, bothBinary, onlyBinary},
			form:  artifact.FormBinary,
			want:  map[string][]string{"source/ticker": {bothBinary}, "executor/echo": {onlyBinary}},
		},
		"missing forms": {
			files: []string{onlyBinary, bothArchive},
			form:  artifact.FormArchive,
			want:  map[string][]string{"executor/echo": nil, "source/ticker": {bothArchive}},
			problems: problem.List{{
				Where: "executor/echo for linux/arm64", Found: "only " + onlyBinary,
				Want: "the archive that --publish archive asks for",
			}},
		},
		"two archives": {
			files: []string{bothArchive, "source_ticker_linux_amd64.zip"},
			form:  artifact.FormAuto,
			want:  map[string][]string{"source/ticker": nil},
			problems: problem.List{{
				Where: "source/ticker for linux/amd64", Found: "two files, " + bothArchive + " and source_ticker_linux_amd64.zip",
				Want: "one archive for each plugin and platform",
			}},
		},
		"two binaries": {
			files: []string{"source_ticker_windows_amd64", "source_ticker_windows_amd64.exe"},
			form:  artifact.FormAuto,
			want:  map[string][]string{"source/ticker": nil},
			problems: problem.List{{
				Where: "source/ticker for windows/amd64", Found: "two files, source_ticker_windows_amd64 and source_ticker_windows_amd64.exe",
				Want: "one binary for each plugin and platform",
			}},
		},
		"misread name": {
			files: []string{bothBinary, "source_ticker_linux"},
			form:  artifact.FormAuto,
			want:  map[string][]string{"source/ticker": {bothBinary}},
			problems: problem.List{{
				Where: "source_ticker_linux", Found: `2 parts after "source_"`, Want: artifact.Rule,
			}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, file := range test.files {
				if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(filepath.Join(dir, "source_ticker_linux_amd64_v1"), 0o700); err != nil {
				t.Fatal(err)
			}
			artifacts, problems, err := artifact.Find(dir)
			if err != nil {
				t.Fatal(err)
			}
			plugins, more := artifact.Group(artifacts, test.form)
			if diff := cmp.Diff(test.problems, append(problems, more...)); diff != "" {
				t.Errorf("problems: -want +got:\n%s", diff)
			}
			got := map[string][]string{}
			for _, p := range plugins {
				got[p.Key()] = nil
				for _, a := range p.Published {
					got[p.Key()] = append(got[p.Key()], a.File)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("published: -want +got:\n%s", diff)
			}
		})
	}
}

func TestFindReportsFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, "source_"+name+"_linux_amd64") }
	for _, err := range []error{
		os.WriteFile(file("good"), nil, 0o600),
		os.WriteFile(file("secret"), nil, 0),
		syscall.Mkfifo(file("pipe"), 0o600),
		os.Symlink(file("loop"), file("loop")),
		os.Symlink(file("none"), file("dangling")),
		os.Symlink(dir, file("directory")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const want = "a file that can be read"
	wanted := problem.List{
		{Where: "source_dangling_linux_amd64", Found: `the error "no such file or directory"`, Want: want},
		{Where: "source_directory_linux_amd64", Found: "a directory", Want: "a regular file"},
		{Where: "source_loop_linux_amd64", Found: `the error "too many levels of symbolic links"`, Want: want},
		{Where: "source_pipe_linux_amd64", Found: "a named pipe", Want: "a regular file"},
	}
	files := []string{"source_good_linux_amd64"}
	if os.Getuid() == 0 { // may read everything
		files = append(files, "source_secret_linux_amd64")
	} else {
		wanted = append(wanted, problem.Problem{Where: "source_secret_linux_amd64", Found: `the error "permission denied"`, Want: want})
	}
	if os.WriteFile(file("a\xff"), nil, 0o600) == nil { // not every system allows it
		wanted = append(problem.List{{Where: "source_a\xff_linux_amd64", Found: "a name that is not UTF-8", Want: artifact.Rule}}, wanted...)
	}
	artifacts, problems, err := artifact.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, problems); diff != "" {
		t.Errorf("problems: -want +got:\n%s", diff)
	}
	var found []string
	for _, a := range artifacts {
		found = append(found, a.File)
	}
	if diff := cmp.Diff(files, found); diff != "" {
		t.Errorf("artifacts: -want +got:\n%s", diff)
	}
}

func TestReserved(t *testing.T) {
	for file, want := range map[string]bool{
		"source_ticker_linux_amd64": true, "SOURCE_ticker_linux_amd64.tar.gz": true, "executor_echo_linux_arm64.sbom.json": true,
		"checksums.txt": true, "checksums.txt.sigstore.json": true, "SHA256SUMS": true,
		"plugins-index.yaml": false, "source.yaml": false,
	} {
		if got := artifact.Reserved(file); got != want {
			t.Errorf("%s: found %t, want %t", file, got, want)
		}
	}
}
