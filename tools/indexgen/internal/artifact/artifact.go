// Package artifact finds the plugins' files in a directory by Botkube's naming rule.
package artifact

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/report"
)

// Rule is Botkube's rule for the names of plugin files (appendIndexEntry in its
// pkg/plugin/index_builder.go), for people.
const Rule = "{source|executor}_<name>_<os>_<arch>, followed by nothing, .exe or an archive suffix such as .tar.gz"

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

// besides are the suffixes of files that stand beside artifacts and share their names'
// beginnings: checksums, signatures, certificates, SBOMs, attestations and text.
var besides = []string{
	".asc", ".att", ".bundle", ".cert", ".crt", ".json", ".jsonl", ".log", ".md", ".md5", ".minisig", ".pem", ".sbom",
	".sha1", ".sha256", ".sha512", ".sig", ".sigstore", ".spdx", ".txt", ".xml", ".yaml", ".yml",
}

// Parse reads a file name, from the right, so that a plugin's name may contain
// underscores. ok is false if the file is no plugin. A name that begins like a plugin's
// and does not go on by the rule is an error.
func Parse(file string) (a Artifact, ok bool, err error) {
	kind, rest, found := strings.Cut(file, "_")
	a = Artifact{Type: index.Type(kind), File: file}
	if !found || (a.Type != index.TypeSource && a.Type != index.TypeExecutor) || slices.Contains(besides, filepath.Ext(file)) {
		return Artifact{}, false, nil
	}
	if suffix, ok := index.ArchiveSuffix(rest); ok {
		a.Archive = suffix
		rest = strings.TrimSuffix(rest, suffix)
	} else {
		rest = strings.TrimSuffix(rest, ".exe")
	}
	if suffix, ok := index.CompressionSuffix(rest); ok {
		return Artifact{}, false, fmt.Errorf("the suffix %q, which is no archive: Botkube cannot install from it", suffix)
	}
	parts := strings.Split(rest, "_")
	if len(parts) < 3 {
		return Artifact{}, false, fmt.Errorf("%s after %q", report.Count(len(parts), "part"), kind+"_")
	}
	n := len(parts) - 2
	a.Name = strings.Join(parts[:n], "_")
	a.Platform = index.Platform{OS: parts[n], Arch: parts[n+1]}
	if !index.KnownPlatform(a.Platform) {
		return Artifact{}, false, fmt.Errorf("%q, which is no platform of Go's", a.Platform)
	}
	if a.Name == "" {
		return Artifact{}, false, fmt.Errorf("an empty plugin name")
	}
	return a, true, nil
}

// Find lists the artifacts in a directory, by plugin and platform.
func Find(dir string) ([]Artifact, []report.Problem, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, err
	}
	var artifacts []Artifact
	var problems []report.Problem
	for _, file := range files {
		if file.IsDir() {
			continue // GoReleaser's own, such as source_ticker_linux_amd64_v1
		}
		a, ok, err := Parse(file.Name())
		if err != nil {
			problems = append(problems, report.Problem{Where: file.Name(), Found: err.Error(), Want: Rule})
		}
		if ok {
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
