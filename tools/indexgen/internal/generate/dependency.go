package generate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"botkube-plugins/index"
	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/gogetter"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/inspect"
)

// Dependency is a program that a plugin needs, and that is published next to it.
type Dependency struct {
	// Plugin is the type and name of the plugin, such as "executor/cloud". It may be empty if the
	// directory has only one.
	Plugin string
	// Name is the name by which the plugin finds the program.
	Name string
	// File is the name of the file, in which {os} and {arch} stand for the platform.
	File string
	// Dir is the directory in the archive that holds the program, as in the URL of a dependency, or
	// empty. It has the same placeholders.
	Dir string
}

// String returns the text of --dependency.
func (d Dependency) String() string {
	text := d.Name + "=" + d.File
	if d.Plugin != "" {
		text = d.Plugin + ":" + text
	}
	if d.Dir != "" {
		text += "//" + d.Dir
	}
	return text
}

// Matches reports whether a file may be the dependency for some platform.
func (d Dependency) Matches(file string) bool {
	pattern := strings.NewReplacer(`\{os\}`, "[a-z0-9]+", `\{arch\}`, "[a-z0-9]+").Replace(regexp.QuoteMeta(d.File))
	return regexp.MustCompile("^" + pattern + "$").MatchString(file)
}

// bundled is a dependency of a plugin for one platform.
type bundled struct {
	name, file, dir string
	platform        index.Platform
	unreadable      bool // which is a problem already
	result          inspect.Result
}

func (d Dependency) on(p index.Platform) *bundled {
	on := strings.NewReplacer("{os}", p.OS, "{arch}", p.Arch)
	return &bundled{name: d.Name, file: on.Replace(d.File), dir: on.Replace(d.Dir), platform: p}
}

// inspect reads the file as verify reads a dependency.
func (b *bundled) inspect(ctx context.Context, opts Options) (inspect.Result, error) {
	if b.unreadable {
		return inspect.Result{}, nil
	}
	subject := inspect.Subject{Name: b.file, Platform: b.platform, Dependency: true}
	if unpack, suffix := gogetter.Suffix(b.file); unpack == gogetter.IntoDirectory {
		subject.Archive, subject.File, subject.Dir = suffix, b.name, path.Clean("/" + b.dir)[1:]
	}
	return inspect.Local(ctx, opts.Dist, subject, inspect.Options{Job: opts.Budget.Job(), OnRead: opts.Progress.Advance})
}

// url returns the URL of the file, with its checksum if it was read.
func (b *bundled) url(opts Options) string {
	raw := opts.url(b.file)
	if b.dir != "" {
		raw += "//" + b.dir
	}
	if b.result.SHA256 == "" {
		return raw
	}
	return gogetter.WithChecksum(raw, b.result.SHA256)
}

// addDependencies adds each dependency to the work on its plugin.
func addDependencies(works []*work, opts Options) problem.List {
	if len(works) == 0 {
		return nil // which is a problem already
	}
	var problems problem.List
	for _, d := range opts.Dependencies {
		w, err := find(works, d)
		if misplaced, ok := errors.AsType[problem.Problem](err); ok {
			misplaced.Where = "--dependency " + d.String()
			problems = append(problems, misplaced)
			continue
		}
		files, missing := d.files(w, opts.Dist)
		w.bundled = append(w.bundled, files...)
		problems = append(problems, missing...)
	}
	return problems
}

// find returns the work on the plugin of a dependency. The error is a [problem.Problem].
func find(works []*work, d Dependency) (*work, error) {
	keys := make([]string, len(works))
	for i, w := range works {
		keys[i] = w.Key()
	}
	i := slices.Index(keys, d.Plugin)
	switch {
	case d.Plugin == "" && len(works) == 1:
		i = 0
	case d.Plugin == "":
		d.Plugin = keys[0]
		return nil, problem.Problem{
			Found: "no plugin in front of the name", Want: "the one that needs it, such as " + d.String(),
			Hint: "repeat the flag for each plugin that needs it",
		}
	case i < 0:
		return nil, problem.Problem{
			Found: "no plugin " + problem.Label(d.Plugin) + " in the directory", Want: "one of " + strings.Join(keys, ", "),
		}
	}
	for _, b := range works[i].bundled {
		if b.name == d.Name {
			return nil, problem.Problem{Found: "the same dependency of " + keys[i] + " again", Want: "one file for each platform"}
		}
	}
	return works[i], nil
}

// files returns the files of the dependency for all platforms of a plugin.
func (d Dependency) files(w *work, dist string) (files []*bundled, problems problem.List) {
	absent := 0
	for _, a := range w.Published {
		b := d.on(a.Platform)
		files = append(files, b)
		err := artifact.Readable(filepath.Join(dist, b.file))
		broken, ok := errors.AsType[problem.Problem](err)
		if !ok {
			continue // an error of this machine occurs again when the file is read
		}
		if _, err := os.Lstat(filepath.Join(dist, b.file)); errors.Is(err, fs.ErrNotExist) {
			absent++
			broken = problem.Problem{
				Found: "no file " + b.file, Want: "one for each platform of the plugin", Hint: "build it for this platform, or leave the platform out",
			}
		}
		b.unreadable = true
		broken.Where, broken.Field = b.where(w), b.field()
		problems = append(problems, broken)
	}
	if absent == len(w.Published) && absent > 0 {
		problems = problem.List{{
			Where: "--dependency " + d.String(), Found: "no such file in " + dist,
			Want: fmt.Sprintf("files for the platforms of %s, such as %s", w.Key(), d.on(w.Published[0].Platform).file),
			Hint: "{os} and {arch} stand for Go's names of the platform; build the files before the index",
		}}
	}
	return files, problems
}

// dependencies returns the dependencies for a platform. What the plugin describes wins: it may have
// another kind of checksum.
func (w *work) dependencies(p index.Platform) index.Dependencies {
	all := index.Dependencies{}
	maps.Copy(all, w.described.dependencies(p))
	for _, b := range w.bundled {
		if b.platform != p {
			continue
		}
		if d, err := gogetter.Parse(all[b.name].URL); err != nil || d.Checksum == "" {
			all[b.name] = index.Dependency{URL: b.url(w.opts)}
		}
	}
	return all
}

// contradictions reports that the plugin describes another file as the dependency.
func (w *work) contradictions(b *bundled) problem.List {
	stated, named := w.described.dependencies(b.platform)[b.name]
	if !named || b.result.SHA256 == "" {
		return nil
	}
	described, file := stated.URL, b.url(w.opts)
	got, err := gogetter.Parse(described)
	own, _ := gogetter.Parse(file)
	if err == nil && got.URL == own.URL && got.Archive == own.Archive && path.Clean("/"+got.Dir) == path.Clean("/"+own.Dir) {
		sum, err := gogetter.ParseChecksum(got.Checksum)
		if err == nil && (sum.Kind != "sha256" || strings.EqualFold(sum.Digits, b.result.SHA256)) {
			return nil
		}
		described, file = got.Checksum, own.Checksum
	}
	return problem.List{{
		Where: b.where(w), Field: b.field() + ".url",
		Found: problem.Quote(described) + " in the plugin's metadata", Want: problem.Quote(file) + ", as --dependency says",
		Hint: "leave the dependency out of the metadata, or out of the command line",
	}}
}

func (b *bundled) where(w *work) string { return fmt.Sprintf("%s for %s", w.Key(), b.platform) }

func (b *bundled) field() string { return fmt.Sprintf("dependencies[%s]", problem.Value(b.name)) }

// DependencyFile is a dependency in the directory, for one platform.
type DependencyFile struct {
	Name     string `json:"name"`
	File     string `json:"file"`
	URL      string `json:"url"`
	Checksum string `json:"checksum"` // SHA-256, hexadecimal
	Size     int64  `json:"size"`     // in bytes
}

func (w *work) dependencyFiles(p index.Platform) []DependencyFile {
	var files []DependencyFile
	for _, b := range w.bundled {
		if b.platform == p {
			files = append(files, DependencyFile{b.name, b.file, b.url(w.opts), b.result.SHA256, b.result.Size})
		}
	}
	slices.SortFunc(files, func(a, b DependencyFile) int { return cmp.Compare(a.Name, b.Name) })
	return files
}
