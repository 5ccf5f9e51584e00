package adopt

import (
	"cmp"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/problem"
)

// reader finds out which files GoReleaser will build.
type reader struct {
	*config
	root *os.Root

	problems problem.List
	others   []string
}

// binary is what a build builds for a platform.
type binary struct {
	build    build
	platform index.Platform
	name     string
	archived bool // whether an archive has it for Botkube
}

// report adds a problem, unless there is one at this place, as for another platform.
func (r *reader) report(line int, field, found, want, hint string) {
	p := problem.Problem{Where: r.file, Line: line, Field: field, Found: found, Want: want, Hint: hint}
	if !slices.ContainsFunc(r.problems, func(q problem.Problem) bool { return q.Line == p.Line && q.Field == p.Field }) {
		r.problems = append(r.problems, p)
	}
}

// name expands a name template. It reports a problem if it cannot.
func (r *reader) name(line int, field, text, binary string, p index.Platform) (string, bool) {
	name, err := r.expand(text, binary, p)
	if err != nil {
		r.report(line, field, problem.Quote(text)+", which init cannot read", "a name such as source_ticker_{{ .Os }}_{{ .Arch }}", "")
	}
	return name, err == nil
}

// read returns the files of plugins that will be in dist.
func (r *reader) read() []artifact.Artifact {
	var binaries []binary
	for _, b := range r.Builds {
		if b.Skip.on() {
			continue
		}
		b.ID = cmp.Or(b.ID, r.ProjectName)
		text := cmp.Or(b.Binary, "{{ .ProjectName }}")
		for _, p := range b.platforms() {
			if name, ok := r.name(b.line, "binary", text, "", p); ok {
				if p.OS == "windows" {
					name += ".exe"
				}
				binaries = append(binaries, binary{build: b, platform: p, name: name})
			}
		}
	}
	var artifacts []artifact.Artifact
	for _, a := range r.Archives {
		artifacts = append(artifacts, r.archived(a, binaries)...)
	}
	for _, b := range binaries {
		if a, ok := r.binary(b); ok {
			artifacts = append(artifacts, a)
		}
	}
	if r.Version != 2 {
		found := "nothing"
		if r.Version != 0 {
			found = fmt.Sprint(r.Version)
		}
		r.report(0, "version", found, "2, for GoReleaser 2, with which the workflow builds", "goreleaser check names the fields that have changed")
	}
	if path.Clean(r.Dist) != "dist" {
		r.report(0, "dist", problem.Quote(r.Dist), "dist, where the workflow looks for the plugins", "remove the line")
	}
	if r.Checksum.Disable.on() {
		r.report(0, "checksum.disable", "true", "checksums, which a release needs", "remove the line")
	}
	slices.SortStableFunc(r.problems, func(a, b problem.Problem) int { return a.Line - b.Line })
	slices.SortFunc(artifacts, func(a, b artifact.Artifact) int {
		return strings.Compare(a.Key()+" "+a.Platform.String()+" "+a.File, b.Key()+" "+b.Platform.String()+" "+b.File)
	})
	return slices.CompactFunc(artifacts, func(a, b artifact.Artifact) bool { return a == b })
}

// archived returns the archives of an entry of archives that Botkube finds.
func (r *reader) archived(entry archive, binaries []binary) (found []artifact.Artifact) {
	formats := slices.DeleteFunc(slices.Clone(entry.formats()), func(f string) bool { return f == "binary" || f == "none" })
	inside := map[index.Platform][]*binary{}
	var platforms []index.Platform
	for i, b := range binaries {
		if entry.selects(b.build) {
			if inside[b.platform] == nil {
				platforms = append(platforms, b.platform)
			}
			inside[b.platform] = append(inside[b.platform], &binaries[i])
		}
	}
	text := cmp.Or(entry.NameTemplate, defaultArchive)
	for _, p := range platforms {
		for _, format := range formats {
			name, ok := r.name(entry.line, "name_template", text, inside[p][0].name, p)
			if !ok {
				continue
			}
			a, ok, err := artifact.Parse(name + "." + format)
			if broken, is := errors.AsType[problem.Problem](err); is {
				r.report(entry.line, "name_template", broken.Where+", with "+broken.Found, broken.Want, "")
			}
			if !ok {
				continue // an archive for people
			}
			if len(inside[p]) > 1 {
				r.report(entry.line, "ids", fmt.Sprintf("%d binaries in %s", len(inside[p]), a.File), "one plugin for each archive, since Botkube installs the first file in it", "")
			}
			r.checkFiles(entry)
			inside[p][0].archived = true
			found = append(found, a)
		}
	}
	return found
}

// checkFiles reports files that Botkube would take for the plugin in an archive: at its top, without an
// extension.
func (r *reader) checkFiles(entry archive) {
	if entry.WrapInDirectory.on() {
		r.report(entry.line, "wrap_in_directory", "true", "the plugin at the top of the archive, where Botkube looks for it", "remove the line")
	}
	patterns := entry.Files
	if len(patterns) == 0 { // GoReleaser's defaults
		patterns = []included{"LICENSE*", "license*", "README*", "readme*", "CHANGELOG*", "changelog*"}
	}
	for _, pattern := range patterns {
		files, _ := fs.Glob(r.root.FS(), path.Clean(string(pattern))) // an invalid pattern matches nothing
		for _, file := range files {
			if base := path.Base(file); path.Ext(base) == "" {
				r.report(entry.line, "files", base+" beside the plugin", "only the plugin, since Botkube installs the first file without an extension",
					"add this to the entry:\n  files: [none*]")
			}
		}
	}
}

// binary returns the artifact for a binary in dist, if it is one.
func (r *reader) binary(b binary) (artifact.Artifact, bool) {
	line := b.build.line
	a, ok, err := artifact.Parse(b.name)
	broken, misnamed := errors.AsType[problem.Problem](err)
	switch {
	case b.archived:
		return a, ok && b.build.NoUniqueDistDir.on()
	case misnamed:
		r.report(line, "binary", broken.Where+", with "+broken.Found, broken.Want, "")
	case !ok:
		if typ := r.pluginType(b.build); typ != "" {
			want := artifact.FileName(typ, "<name>", index.Platform{OS: "{{ .Os }}", Arch: "{{ .Arch }}"})
			r.report(line, "binary", problem.Quote(b.name)+" for a plugin of the type "+string(typ), want+", the name that Botkube looks for", "")
		} else if name := b.build.ID; !slices.Contains(r.others, name) {
			r.others = append(r.others, name)
		}
	case !b.build.NoUniqueDistDir.on():
		r.report(line, "no_unique_dist_dir", "nothing, so "+a.File+" is not in "+r.Dist+"/ but below it", "true, or an archive for each plugin", "")
		ok = false
	}
	return a, ok
}

// pluginType returns the type of the plugin that a build builds, from the imports of its Go package, or ""
// if it is no plugin.
func (r *reader) pluginType(b build) index.Type {
	dir := path.Join(b.Dir, b.Main)
	if path.Ext(dir) == ".go" {
		dir = path.Dir(dir)
	}
	files, _ := fs.Glob(r.root.FS(), path.Join(dir, "*.go"))
	for _, file := range files {
		text, err := readFile(r.root, file)
		if err != nil || strings.HasSuffix(file, "_test.go") {
			continue
		}
		code, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
		if err != nil {
			continue
		}
		for _, spec := range code.Imports {
			for _, typ := range []index.Type{index.TypeSource, index.TypeExecutor} {
				if spec.Path.Value == `"github.com/kubeshop/botkube/pkg/api/`+string(typ)+`"` {
					return typ
				}
			}
		}
	}
	return ""
}
