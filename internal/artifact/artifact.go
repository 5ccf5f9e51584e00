// Package artifact implements Botkube's rule for the names of plugin files. It parses and builds
// the names, and finds the plugins in a directory.
package artifact

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unicode/utf8"

	"botkube-plugins/index"
	"botkube-plugins/internal/gogetter"
	"botkube-plugins/internal/problem"
)

// Rule is Botkube's rule for the names of plugin files (appendIndexEntry in its
// pkg/plugin/index_builder.go), as text for messages.
const Rule = "{source|executor}_<name>_<os>_<arch>, followed by nothing, .exe or an archive suffix such as .tar.zst"

// FileName returns the name of a plugin's file by Rule, without a suffix.
func FileName(typ index.Type, plugin string, platform index.Platform) string {
	return strings.Join([]string{string(typ), plugin, platform.OS, platform.Arch}, "_")
}

// Artifact is a plugin's file for one platform.
type Artifact struct {
	Type     index.Type
	Name     string // of the plugin
	Platform index.Platform
	File     string // the file's name in its directory
	// Archive is the suffix of an archive, such as ".tar.gz", and empty for a binary.
	Archive string
}

// Key identifies the plugin: its type and name, such as "source/ticker".
func (a Artifact) Key() string { return string(a.Type) + "/" + a.Name }

// companions are the suffixes of files that accompany artifacts: checksums, signatures,
// certificates, SBOMs, attestations and text. Their names begin with the name of the artifact.
var companions = []string{
	".asc", ".att", ".bundle", ".cert", ".crt", ".json", ".jsonl", ".log", ".md", ".md5", ".minisig", ".pem", ".sbom",
	".sha1", ".sha256", ".sha512", ".sig", ".sigstore", ".spdx", ".txt", ".xml", ".yaml", ".yml",
}

// Parse reads a file name from the right, so that a plugin's name may contain underscores. ok is
// false if the file is not a plugin. For a name that begins like a plugin's but breaks Rule, the
// error is a [problem.Problem].
func Parse(file string) (a Artifact, ok bool, err error) {
	typ, rest, ok := cutType(file)
	if !ok || slices.Contains(companions, filepath.Ext(file)) {
		return Artifact{}, false, nil
	}
	a = Artifact{Type: typ, File: file}
	reject := func(found string) (Artifact, bool, error) {
		return Artifact{}, false, problem.Problem{Where: file, Found: found, Want: Rule}
	}
	if !utf8.ValidString(file) {
		return reject("a name that is not UTF-8")
	}
	switch unpack, suffix := gogetter.Suffix(rest); unpack {
	case gogetter.IntoDirectory:
		a.Archive, rest = suffix, strings.TrimSuffix(rest, suffix)
	case gogetter.IntoFile:
		return reject(fmt.Sprintf("the suffix %q, which is not an archive, so Botkube cannot install from it", suffix))
	default:
		rest = strings.TrimSuffix(rest, ".exe")
	}
	name, platform, ok := cutPlatform(rest)
	switch {
	case !ok:
		return reject(fmt.Sprintf("%s after %q", problem.Count(1+strings.Count(rest, "_"), "part"), string(typ)+"_"))
	case !index.KnownPlatform(platform):
		return reject(fmt.Sprintf("%q, which is not a platform of Go", platform))
	case name == "":
		return reject("an empty plugin name")
	}
	a.Name, a.Platform = name, platform
	return a, true, nil
}

// Reserved reports whether a file name belongs to a plugin or to its checksums, signatures and
// other companions, so that no other file must replace it. Some systems ignore case in names.
func Reserved(file string) bool {
	file = strings.ToLower(file)
	_, _, ok := cutType(file)
	return ok || strings.Contains(file, "checksums") || strings.Contains(file, "sha256sums")
}

// PluginOf returns the type and name of the plugin in a file: an artifact such as
// source_ticker_linux_amd64, a file of Botkube's cache such as source_v1.0.0_ticker, or just
// source_ticker. ok is false for a name of another form.
func PluginOf(file string) (typ index.Type, name string, ok bool) {
	if a, ok, _ := Parse(file); ok {
		return a.Type, a.Name, true
	}
	typ, rest, ok := cutType(strings.TrimSuffix(file, ".exe"))
	if version, name, cached := strings.Cut(rest, "_"); cached && strings.HasPrefix(version, "v") {
		return typ, name, ok
	}
	return typ, rest, ok
}

func cutType(file string) (typ index.Type, rest string, ok bool) {
	first, rest, ok := strings.Cut(file, "_")
	typ = index.Type(first)
	return typ, rest, ok && (typ == index.TypeSource || typ == index.TypeExecutor)
}

// Readable checks that a file is a regular file that can be opened. If not, the error is a
// [problem.Problem], unless this machine is at fault.
func Readable(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() { // a named pipe would block
		found := map[fs.FileMode]string{fs.ModeDir: "a directory", fs.ModeNamedPipe: "a named pipe"}[info.Mode().Type()]
		return problem.Problem{Found: cmp.Or(found, "a device or socket"), Want: "a regular file"}
	}
	var file *os.File
	if err == nil {
		file, err = os.Open(path)
	}
	if err == nil {
		return file.Close()
	}
	for _, fault := range []error{fs.ErrPermission, fs.ErrNotExist, syscall.ELOOP} {
		if errors.Is(err, fault) {
			return problem.Problem{Found: fmt.Sprintf("the error %q", errors.Unwrap(err)), Want: "a file that can be read"}
		}
	}
	return err
}

// cutPlatform removes the platform, the last two parts of a name.
func cutPlatform(rest string) (name string, platform index.Platform, ok bool) {
	parts := strings.Split(rest, "_")
	n := len(parts) - 2
	if n < 1 {
		return rest, index.Platform{}, false
	}
	return strings.Join(parts[:n], "_"), index.Platform{OS: parts[n], Arch: parts[n+1]}, true
}

// Find lists the artifacts in a directory, sorted by plugin and platform. The problems are about
// files whose names break Rule, and about artifacts that cannot be read.
func Find(dir string) ([]Artifact, problem.List, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	var artifacts []Artifact
	var problems problem.List
	for _, file := range files {
		if file.IsDir() {
			continue // a directory of GoReleaser, such as source_ticker_linux_amd64_v1
		}
		a, ok, err := Parse(file.Name())
		if broken, is := errors.AsType[problem.Problem](err); is {
			problems = append(problems, broken)
		}
		if !ok {
			continue
		}
		err = Readable(filepath.Join(dir, a.File))
		if unreadable, is := errors.AsType[problem.Problem](err); is {
			unreadable.Where = a.File
			problems = append(problems, unreadable)
		} else if err != nil {
			return nil, nil, err
		} else {
			artifacts = append(artifacts, a)
		}
	}
	slices.SortFunc(artifacts, func(a, b Artifact) int {
		return cmp.Or(
			cmp.Compare(a.Key(), b.Key()),
			cmp.Compare(a.Platform.String(), b.Platform.String()),
			cmp.Compare(a.File, b.File),
		)
	})
	return artifacts, problems, nil
}
