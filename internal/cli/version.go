package cli

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// repository is the GitHub repository that the program was built in, such as OWNER/REPO. make install
// sets it at link time.
var repository string

// Build is what a program was built from.
type Build struct {
	Repository string // OWNER/REPO on GitHub, or empty if it is not known
	Version    string // the tag, or a pseudo-version with the commit
	Commit     string // in full, or empty if it is not known
	Changed    bool   // whether files differed from the commit
}

// ThisBuild is the build of this program, as Go's linker recorded it.
func ThisBuild() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return buildOf(info, repository)
}

func buildOf(info *debug.BuildInfo, repository string) Build {
	b := Build{Repository: repository}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value
		case "vcs.modified":
			b.Changed = setting.Value == "true"
		}
	}
	if info.Main.Version != "(devel)" {
		b.Version = info.Main.Version
	}
	return b
}

// String returns the version and the commit.
func (b Build) String() string {
	if b.Commit == "" {
		return cmp.Or(b.Version, "unknown: built without version control")
	}
	changed := ""
	if b.Changed {
		changed = ", with changes"
	}
	if b.Version == "" {
		return b.Commit + changed
	}
	return fmt.Sprintf("%s (commit %s%s)", b.Version, b.Commit, changed)
}
