package command

import (
	"errors"
	"path"
	"strings"

	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/gogetter"
	"botkube-plugins/tools/indexgen/internal/generate"

	"github.com/spf13/cobra"
)

// dependencyFlag is the flag --dependency, a [pflag.Value].
type dependencyFlag []generate.Dependency

func (f *dependencyFlag) add(cmd *cobra.Command) {
	cmd.Flags().Var(f, "dependency", "add `[TYPE/PLUGIN:]NAME=FILE` in --dist to the plugin's dependencies; may be repeated")
}

func (f *dependencyFlag) Set(text string) error {
	d, want := parseDependency(text)
	if want != "" {
		return errors.New("want " + want)
	}
	*f = append(*f, d)
	return nil
}

func (f *dependencyFlag) String() string { return "" }
func (f *dependencyFlag) Type() string   { return "dependency" }

// parseDependency reads one dependency. If it is invalid, want says what is wanted.
func parseDependency(text string) (d generate.Dependency, want string) {
	var ok bool
	if d.Name, d.File, ok = strings.Cut(text, "="); !ok || d.File == "" {
		return d, "a name and a file, such as aws=aws_{os}_{arch}.tar.gz"
	}
	if strings.Contains(d.Name, "/") { // which no name of a dependency contains
		colon := strings.LastIndex(d.Name, ":")
		d.Plugin, d.Name = d.Name[:max(colon, 0)], d.Name[colon+1:]
		if typ, plugin, _ := strings.Cut(d.Plugin, "/"); plugin == "" || typ != "source" && typ != "executor" {
			return d, "the plugin in front of the name, such as executor/cloud:aws=aws_{os}_{arch}.tar.gz"
		}
	}
	d.File, d.Dir, _ = strings.Cut(d.File, "//")
	unpack, suffix := gogetter.Suffix(d.File)
	switch {
	case d.Name == "":
		return d, "a name in front of the ="
	case d.File != path.Base(d.File) || strings.Contains(d.File, `\`):
		return d, "the name of a file in --dist, and nothing but a directory in the archive after //"
	case artifact.Reserved(d.File):
		return d, "a file that is not part of the release of a plugin"
	case unpack == gogetter.IntoFile:
		return d, "a program or an archive, since Botkube cannot unpack a single file with the suffix " + suffix
	case d.Dir != "" && unpack != gogetter.IntoDirectory:
		return d, "an archive in front of the //"
	}
	return d, ""
}
