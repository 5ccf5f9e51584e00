package index

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/go-version"
)

// Validate reports everything because of which Botkube 1.14.0 would reject the
// index, and everything that it accepts but that fails when it installs a
// plugin. No problem hides another. It judges the index alone: it reads no file
// and asks no server, so whether the URLs answer is not its business.
//
// docs/index-format.md gives the reason for each rule.
func Validate(ix Index) Problems {
	v := &validator{seen: map[pluginKey][]seenVersion{}, schemas: newSchemaChecker()}
	if len(ix.Entries) == 0 {
		v.problems = append(v.problems, Problem{Entry: -1, Field: "entries", Found: nothing, Want: "at least one plugin"})
	}
	for i, entry := range ix.Entries {
		v.at = Problem{Entry: i, Type: entry.Type, Name: entry.Name}
		v.checkEntry(entry)
	}
	return v.problems
}

// MaxSize is how many bytes an index may have. Botkube sets no limit of its own, but its
// HTTP client gives up after 30 seconds (DefaultTimeout in its pkg/httpx), and each agent
// downloads the index whole.
const MaxSize = 1 << 20

// Check decodes an index file and validates it. A file that Botkube could not read is a
// problem like all others, with an empty Index.
func Check(data []byte) (Index, Problems) {
	ix, err := Decode(data)
	if err != nil {
		found := fmt.Sprintf("the error %q", strings.ReplaceAll(err.Error(), "\n", "; "))
		return Index{}, Problems{{Entry: -1, Field: "file", Found: found, Want: "an index that Botkube can read"}}
	}
	problems := Validate(ix)
	if len(data) > MaxSize {
		problems = append(problems, Problem{
			Entry: -1, Field: "file", Found: fmt.Sprintf("%d bytes", len(data)), Want: fmt.Sprintf("at most %d", MaxSize),
		})
	}
	return ix, problems
}

type validator struct {
	problems Problems
	at       Problem // the entry that is being judged
	seen     map[pluginKey][]seenVersion
	schemas  *schemaChecker
}

type pluginKey struct {
	typ  Type
	name string
}

type seenVersion struct {
	entry  int
	text   string
	parsed *version.Version // nil if it cannot be parsed
}

func (v *validator) report(field, found, want string) {
	problem := v.at
	problem.Field, problem.Found, problem.Want = field, found, want
	v.problems = append(v.problems, problem)
}

// check reports a value for which one of the bad… functions wants another.
func (v *validator) check(field, value, bad string) {
	if bad != "" {
		v.report(field, quote(value), bad)
	}
}

func (v *validator) checkEntry(e Entry) {
	v.check("name", e.Name, badName(e))
	if e.Type != TypeSource && e.Type != TypeExecutor {
		v.report("type", quote(string(e.Type)), "source or executor")
	}
	if strings.TrimSpace(e.Description) == "" {
		// MetadataOutput.Validate in Botkube's pkg/api/plugin.go.
		v.report("description", quote(e.Description), "a description, without which Botkube's own index builder refuses a plugin")
	}
	if e.DocumentationURL != "" {
		v.check("documentationUrl", e.DocumentationURL, badWebURL(e.DocumentationURL))
	}
	v.checkVersion(e)
	v.checkArtifacts(e.URLs)
	v.checkSchema("jsonSchema", e.JSONSchema)
	// An external request of an executor is judged like that of a source,
	// although Botkube reads it of neither.
	v.checkSchema("externalRequest.payload.jsonSchema", e.ExternalRequest.Payload.JSONSchema)
}

// maxFileName is NAME_MAX of Linux, in bytes.
const maxFileName = 255

// downloadSuffix is what Botkube appends to a file name while it downloads
// (downloadBinary in its pkg/plugin/downloader.go).
const downloadSuffix = ".downloading"

func badName(e Entry) string {
	switch {
	case e.Name == "":
		return "a name"
	case strings.Contains(e.Name, "@"):
		// DecomposePluginKey in Botkube's pkg/config/plugin.go.
		return "a name without @, at which Botkube cuts the version off"
	case !isPlainFileName(e.Name):
		// loadPlugins in Botkube's pkg/plugin/manager.go.
		return "a plain file name, since Botkube makes the name of a file from it"
	case strings.ContainsFunc(e.Name, unicode.IsSpace):
		return "a name without whitespace, which no one could type in a command"
	case len(e.Type)+len(e.Version)+len(e.Name)+len("__")+len(downloadSuffix) > maxFileName:
		return fmt.Sprintf("a shorter name: the file <type>_<version>_<name>%s has more than %d bytes", downloadSuffix, maxFileName)
	}
	return ""
}

func isPlainFileName(s string) bool {
	return s != "" && s != "." && s != ".." && utf8.ValidString(s) &&
		!strings.ContainsAny(s, `/\`) && !strings.ContainsFunc(s, unicode.IsControl)
}

// checkVersion refuses what Botkube's sort (byIndexEntryVersion in its
// pkg/plugin/store.go) cannot put in order: it then installs any of the entries.
func (v *validator) checkVersion(e Entry) {
	parsed := parseVersion(e.Version)
	if parsed == nil {
		v.report("version", quote(e.Version), "a version such as v1.2.3, which Botkube can compare with others")
	}
	if e.Version == "" || e.Name == "" {
		return
	}
	key := pluginKey{e.Type, e.Name}
	for _, earlier := range v.seen[key] {
		if earlier.text == e.Version {
			v.report("version", quote(e.Version), fmt.Sprintf("a version of its own: entries[%d] has the same, and Botkube rejects the index", earlier.entry))
			break
		}
		if parsed != nil && earlier.parsed != nil && sameRank(parsed, earlier.parsed) {
			v.report("version", quote(e.Version), fmt.Sprintf("a version of its own: to Botkube %s of entries[%d] is the same, and it installs either", quote(earlier.text), earlier.entry))
			break
		}
	}
	v.seen[key] = append(v.seen[key], seenVersion{v.at.Entry, e.Version, parsed})
}

func (v *validator) checkArtifacts(artifacts []Artifact) {
	if len(artifacts) == 0 {
		v.report("urls", nothing, "an artifact for at least one platform")
	}
	names := dependencyNames(artifacts)
	first := map[Platform]int{}
	for i, a := range artifacts {
		field := fmt.Sprintf("urls[%d].", i)
		v.check(field+"url", a.URL, badArtifactURL(a.URL))
		if digest, err := hex.DecodeString(a.Checksum); err != nil || len(digest) != 32 {
			// Without a checksum Botkube starts whatever the server answers.
			v.report(field+"checksum", quoteCounted(a.Checksum), "64 hexadecimal digits, the SHA-256 of the file at url")
		}
		v.checkPlatform(field+"platform", a.Platform, i, first)
		for _, name := range names {
			v.checkDependency(fmt.Sprintf("%sdependencies[%q]", field, shorten(name)), name, a)
		}
	}
}

// checkPlatform keeps the first artifact of each platform in first.
func (v *validator) checkPlatform(field string, p Platform, i int, first map[Platform]int) {
	if !KnownPlatform(p) {
		found := nothing
		if p != (Platform{}) {
			found = quote(p.String())
		}
		v.report(field, found, "a platform that go tool dist list names, such as linux/amd64")
		return
	}
	if earlier, ok := first[p]; ok {
		// mapBinaryURLs in Botkube's pkg/plugin/store.go.
		v.report(field, quote(p.String()), fmt.Sprintf("a platform of its own: urls[%d] has the same, and Botkube uses only the last", earlier))
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

// checkDependency judges one dependency of the entry on one of its platforms.
// Botkube merges the dependencies of all platforms and then fails on one that
// lacks any (ensurePluginDownloaded in its pkg/plugin/manager.go).
func (v *validator) checkDependency(field, name string, a Artifact) {
	dependency, ok := a.Dependencies[name]
	if !ok {
		v.report(field, nothing, fmt.Sprintf("a URL for %s, since another platform has this dependency", printable(a.Platform.String())))
		return
	}
	if !isPlainFileName(name) || len(name)+len(downloadSuffix) > maxFileName {
		v.report(field, quote(name), "a plain file name, under which the plugin finds the dependency")
	}
	v.check(field+".url", dependency.URL, badDependencyURL(dependency.URL))
}

func (v *validator) checkSchema(field string, s JSONSchema) {
	if s.Value != "" && s.RefURL != "" {
		// MetadataOutput.Validate in Botkube's pkg/api/plugin.go.
		v.report(field, "value and refURL", "one of the two")
	}
	if s.Value != "" {
		for _, fault := range v.schemas.check(s.Value) {
			v.report(field+".value"+fault.at, fault.found, fault.want)
		}
	}
	if s.RefURL != "" {
		v.check(field+".refURL", s.RefURL, badWebURL(s.RefURL))
	}
}
