package index

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"botkube-plugins/internal/jsonschema"
	"botkube-plugins/internal/problem"
)

// Validate reports every reason for which Botkube 1.14.0 rejects the index, and everything that
// Botkube accepts but that fails when it installs a plugin. No problem hides another, but only the
// first [problem.MaxKept] are kept. The field of a problem is its path in the index, such as
// "entries[0].urls[1].checksum". Validate reads no file and sends no request, so it cannot know
// whether the URLs answer. It returns an error only if the context ends.
//
// docs/index-format.md gives the reason for each rule.
func Validate(ctx context.Context, ix Index) (problem.Limited, error) {
	v := &validator{seen: map[pluginVersion]seenVersion{}, schemas: jsonschema.NewChecker()}
	if len(ix.Entries) == 0 {
		v.problems.Add(problem.Problem{Where: "index", Field: "entries", Found: problem.Nothing, Want: "at least one plugin"})
	}
	for batch := range slices.Chunk(ix.Entries, batchSize) {
		schemas := checkSchemas(ctx, v.schemas, batch)
		for i, entry := range batch {
			v.where, v.path = entry.Label(), fmt.Sprintf("entries[%d].", v.entry)
			v.checkEntry(ctx, entry, schemas[i])
			if ctx.Err() != nil {
				return problem.Limited{}, context.Cause(ctx)
			}
			v.entry++
		}
	}
	return v.problems, nil
}

// batchSize is how many entries wait for the slowest of their schemas.
const batchSize = 64

// schemaProblems are the problems in the texts of an entry's schemas.
type schemaProblems struct{ config, payload problem.Limited }

func checkSchemas(ctx context.Context, checker *jsonschema.Checker, entries []Entry) []schemaProblems {
	out := make([]schemaProblems, len(entries))
	size := func(i int) int {
		return len(entries[i].JSONSchema.Value) + len(entries[i].ExternalRequest.Payload.JSONSchema.Value)
	}
	eachSideBySide(len(entries), maxSchemaSizes, size, func(i, _ int) bool {
		if text := entries[i].JSONSchema.Value; text != "" {
			out[i].config = checker.Check(text)
		}
		if text := entries[i].ExternalRequest.Payload.JSONSchema.Value; text != "" {
			out[i].payload = checker.Check(text)
		}
		return ctx.Err() == nil
	})
	return out
}

// ArtifactPath returns the path of an artifact, as in the field of a problem: "entries[0].urls[1]".
func ArtifactPath(entry, artifact int) string {
	return fmt.Sprintf("entries[%d].urls[%d]", entry, artifact)
}

// DependencyPath returns the path of a dependency, as in the field of a problem:
// "entries[0].urls[1].dependencies[\"helm\"]".
func DependencyPath(entry, artifact int, name string) string {
	return fmt.Sprintf("%s.dependencies[%s]", ArtifactPath(entry, artifact), problem.Value(name))
}

// Findings is what Check finds in an index file.
type Findings struct {
	Problems problem.Limited
	// Warnings are problems that do not keep Botkube from installing anything.
	Warnings problem.Limited
}

// Check decodes and validates an index file. A file that Botkube cannot read is a problem
// too, and the Index is then empty. Check returns an error if the context ends, and a [LimitError]
// if it cannot check the index although Botkube may read it. Problems and warnings have their line
// and column in data.
func Check(ctx context.Context, data []byte) (Index, Findings, error) {
	var found Findings
	d, err := decode(ctx, data)
	if ctx.Err() != nil {
		return Index{}, found, context.Cause(ctx)
	}
	if _, ok := errors.AsType[*LimitError](err); ok {
		return Index{}, found, err
	}
	if err != nil {
		found.Problems.Add(problem.Problem{
			Where: "index", Line: lineOf(err), Found: fmt.Sprintf("the error %q", err), Want: "an index that Botkube can read", Hint: problem.Hint(err),
		})
		return Index{}, found, nil
	}
	if len(data) > LargeSize {
		found.Warnings.Add(problem.Problem{
			Where: "index", Found: fmt.Sprintf("%d bytes", len(data)), Want: fmt.Sprintf("at most %d", LargeSize),
			Hint: "remove old versions; each agent downloads the complete index, and gives up after 30 seconds",
		})
	}
	found.Problems, err = Validate(ctx, d.Index)
	d.locate(ctx, found.Problems.Kept)
	ignored := d.warnings(ctx)
	found.Warnings.Add(ignored.Kept...)
	found.Warnings.More += ignored.More
	return d.Index, found, err
}

type validator struct {
	problems    problem.Limited
	where, path string // of the entry that is checked
	seen        map[pluginVersion]seenVersion
	schemas     *jsonschema.Checker
	entry       int // its number
}

// pluginVersion identifies what Botkube takes for one version of a plugin.
type pluginVersion struct {
	plugin, rank string // of Entry.Key and versionRank
}

// seenVersion is the first entry of a plugin that has a version.
type seenVersion struct {
	entry int
	text  string
}

func (v *validator) report(field, found, want string) {
	v.problems.Add(problem.Problem{Where: v.where, Field: v.path + field, Found: found, Want: want})
}

// check reports a value if want, which comes from one of the want… functions, is not empty.
func (v *validator) check(field, value, want string) {
	if want != "" {
		v.report(field, problem.Quote(value), want)
	}
}

func (v *validator) checkEntry(ctx context.Context, e Entry, schemas schemaProblems) {
	v.check("name", e.Name, wantName(e))
	if e.Type != TypeSource && e.Type != TypeExecutor {
		v.report("type", problem.Quote(string(e.Type)), "source or executor")
	}
	if strings.TrimSpace(e.Description) == "" {
		// MetadataOutput.Validate in Botkube's pkg/api/plugin.go.
		v.report("description", problem.Quote(e.Description), "a description, without which Botkube's own index builder rejects the plugin")
	}
	if e.DocumentationURL != "" {
		v.check("documentationUrl", e.DocumentationURL, wantWebURL(e.DocumentationURL))
	}
	v.checkVersion(e)
	v.checkArtifacts(ctx, e.URLs)
	v.checkSchema("jsonSchema", e.JSONSchema, schemas.config)
	// Botkube does not read external requests from an index, so an executor may have one.
	v.checkSchema("externalRequest.payload.jsonSchema", e.ExternalRequest.Payload.JSONSchema, schemas.payload)
}

// maxFileName is NAME_MAX of Linux, in bytes.
const maxFileName = 255

// downloadSuffix is the suffix that Botkube appends to a file name during a download
// (downloadBinary in its pkg/plugin/downloader.go).
const downloadSuffix = ".downloading"

func wantName(e Entry) string {
	switch {
	case e.Name == "":
		return "a name"
	case strings.Contains(e.Name, "@"):
		// DecomposePluginKey in Botkube's pkg/config/plugin.go.
		return "a name without @, which Botkube takes for the start of the version"
	case !isPlainFileName(e.Name):
		// loadPlugins in Botkube's pkg/plugin/manager.go.
		return "a plain file name, since Botkube uses it in the name of a file"
	case strings.ContainsFunc(e.Name, unicode.IsSpace):
		return "a name without whitespace, which nobody can type in a command"
	case len(e.Type)+len(e.Version)+len(e.Name)+len("__")+len(downloadSuffix) > maxFileName:
		return fmt.Sprintf("a shorter name: the file <type>_<version>_<name>%s has more than %d bytes", downloadSuffix, maxFileName)
	}
	return ""
}

// counted is problem.Quote with the length of the value, for rules about the length.
func counted(s string) string {
	quoted := problem.Quote(s)
	if s == "" || strings.HasSuffix(quoted, ")") {
		return quoted
	}
	return fmt.Sprintf("%s (%s)", quoted, problem.Count(utf8.RuneCountInString(s), "character"))
}

func isPlainFileName(s string) bool {
	return s != "" && s != "." && s != ".." && utf8.ValidString(s) &&
		!strings.ContainsAny(s, `/\`) && !strings.ContainsFunc(s, unicode.IsControl)
}

// checkVersion rejects versions that Botkube cannot sort (byIndexEntryVersion in its
// pkg/plugin/store.go): it would install an arbitrary entry.
func (v *validator) checkVersion(e Entry) {
	rank, want := versionRank(e.Version)
	v.check("version", e.Version, want)
	if e.Version == "" || e.Name == "" {
		return
	}
	key := pluginVersion{e.Key(), rank}
	earlier, ok := v.seen[key]
	switch {
	case !ok:
		v.seen[key] = seenVersion{v.entry, e.Version}
	case earlier.text == e.Version:
		v.report("version", problem.Quote(e.Version), fmt.Sprintf("another version: entries[%d] has the same one, and Botkube rejects the index", earlier.entry))
	default:
		v.report("version", problem.Quote(e.Version), fmt.Sprintf("another version: Botkube takes %s of entries[%d] for the same one, and installs either", problem.Quote(earlier.text), earlier.entry))
	}
}

func (v *validator) checkArtifacts(ctx context.Context, artifacts []Artifact) {
	if len(artifacts) == 0 {
		v.report("urls", problem.Nothing, "an artifact for at least one platform")
	}
	names := dependencyNames(artifacts)
	first := map[Platform]int{}
	for i, a := range artifacts {
		if ctx.Err() != nil {
			return
		}
		field := fmt.Sprintf("urls[%d].", i)
		v.check(field+"url", a.URL, wantArtifactURL(a.URL))
		if digest, err := hex.DecodeString(a.Checksum); err != nil || len(digest) != 32 {
			// Without a checksum, Botkube starts whatever the server sends.
			v.report(field+"checksum", counted(a.Checksum), "64 hexadecimal digits, the SHA-256 of the file at url")
		}
		v.checkPlatform(field+"platform", a.Platform, i, first)
		v.checkDependencies(i, a, names)
	}
}

// checkPlatform records the first artifact of each platform in first.
func (v *validator) checkPlatform(field string, p Platform, i int, first map[Platform]int) {
	if !KnownPlatform(p) {
		found := problem.Nothing
		if p != (Platform{}) {
			found = problem.Quote(p.String())
		}
		v.report(field, found, "a platform that go tool dist list prints, such as linux/amd64")
		return
	}
	if earlier, ok := first[p]; ok {
		// mapBinaryURLs in Botkube's pkg/plugin/store.go.
		v.report(field, problem.Quote(p.String()), fmt.Sprintf("another platform: urls[%d] has the same one, and Botkube uses only the last", earlier))
		return
	}
	first[p] = i
}

func dependencyNames(artifacts []Artifact) []string {
	names := map[string]bool{}
	for _, a := range artifacts {
		for name := range a.Dependencies {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// checkDependencies checks the dependencies of one artifact. names are those of all artifacts of the
// entry: Botkube merges the dependencies of all platforms and then fails on one that lacks any
// (ensurePluginDownloaded in its pkg/plugin/manager.go).
func (v *validator) checkDependencies(i int, a Artifact, names []string) {
	for _, name := range slices.Sorted(maps.Keys(a.Dependencies)) {
		v.checkDependency(v.dependencyField(i, name), name, a.Dependencies[name])
	}
	// There may be very many artifacts and names, so the work is not their product.
	missing := len(names) - len(a.Dependencies)
	for _, name := range names {
		if missing == 0 || v.problems.Full() {
			break
		}
		if _, ok := a.Dependencies[name]; !ok {
			v.report(v.dependencyField(i, name), problem.Nothing,
				fmt.Sprintf("a URL for %s, since another platform has this dependency", problem.Line(a.Platform.String())))
			missing--
		}
	}
	v.problems.More += missing
}

// dependencyField is DependencyPath in the entry.
func (v *validator) dependencyField(artifact int, name string) string {
	return strings.TrimPrefix(DependencyPath(v.entry, artifact, name), v.path)
}

func (v *validator) checkDependency(field, name string, d Dependency) {
	if !isPlainFileName(name) || len(name)+len(downloadSuffix) > maxFileName {
		v.report(field, problem.Quote(name), "a plain file name, under which the plugin finds the dependency")
	}
	v.check(field+".url", d.URL, wantDependencyURL(d.URL))
}

// checkSchema checks a schema whose text has the problems found.
func (v *validator) checkSchema(field string, s JSONSchema, found problem.Limited) {
	if s.Value != "" && s.RefURL != "" {
		// MetadataOutput.Validate in Botkube's pkg/api/plugin.go.
		v.report(field, "value and refURL", "one of the two")
	}
	v.problems.Add(found.Kept.In(v.where, v.path+field+".value")...)
	v.problems.More += found.More
	if s.RefURL != "" {
		v.check(field+".refURL", s.RefURL, wantWebURL(s.RefURL))
	}
}
