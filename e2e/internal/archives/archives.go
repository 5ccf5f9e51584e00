// Package archives generates archives from a seed. About half of them are faulty or unusual.
package archives

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Archive is a generated archive, which Botkube is to install a plugin or a dependency from.
type Archive struct {
	Seed   uint64
	Suffix string // such as ".tar.gz"
	// Dependency is the name of a dependency, or empty for a plugin.
	Dependency string
	// Dir is the directory of the archive that a dependency's URL names after //, or empty.
	Dir    string
	Data   []byte
	Traits []string // descriptions of the entries and faults, in order
}

func (a Archive) String() string {
	what := "plugin"
	if a.Dependency != "" {
		what = fmt.Sprintf("dependency %q from %q", a.Dependency, a.Dir)
	}
	return fmt.Sprintf("seed %d: %s in a %s of %d bytes:\n    %s", a.Seed, what, a.Suffix, len(a.Data), strings.Join(a.Traits, "\n    "))
}

// Has reports whether one of the traits begins with the prefix.
func (a Archive) Has(prefix string) bool {
	return slices.ContainsFunc(a.Traits, func(trait string) bool { return strings.HasPrefix(trait, prefix) })
}

// Program begins like an ELF executable for linux/amd64.
var Program = append([]byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00\x01\x00\x00\x00"), bytes.Repeat([]byte("program\n"), 20)...)

// LinkTarget is the target of links. It is never the beginning of a file's content.
const LinkTarget = "link to helm-3.1"

// Traits of archives that exceed a limit of indexgen.
const (
	TooLongName    = "name of more than 1024 bytes"
	TooLargeWindow = "window of more than 64 MiB"
)

// Suffixes are those of the archives. Zip is more frequent, since more can be wrong with it.
var Suffixes = []string{".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".zip", ".zip", ".zip", ".zip"}

// single are the suffixes of single compressed files, from which Botkube cannot install.
var single = []string{".gz", ".bz2", ".xz", ".zst"}

// Generate generates an archive. The same seed gives the same archive.
func Generate(seed uint64) Archive {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
	a := Archive{Seed: seed, Suffix: pick(g, Suffixes...)}
	if g.chance(1) {
		a.Suffix = pick(g, single...)
	}
	g.main = "source_it"
	if g.chance(40) {
		a.Dependency, g.main = "helm", "helm"
		if g.chance(40) {
			a.Dir = pick(g, "linux", "linux", "linux/", "linux/sub", "lin*", "l?nux", "*", "*/sub", "linux/s*", "[", "none")
			dir := strings.TrimSuffix(strings.NewReplacer("lin*", "linux", "*", "linux", "?", "i", "s*", "sub", "[", "linux").Replace(a.Dir), "/")
			g.main = dir + "/helm"
		}
	}
	entries := g.entries()
	content := a.Suffix
	if g.chance(1) {
		content = pick(g, Suffixes...)
		g.trait("content of a %s", content)
	}
	a.Data = g.pack(entries, content)
	a.Traits = g.traits
	return a
}

// pack packs the entries, and perhaps damages the result.
func (g *generator) pack(entries []entry, suffix string) []byte {
	switch {
	case suffix == ".zip":
		return g.damage(g.zip(entries))
	case slices.Contains(single, suffix):
		return g.damage(g.compress(Program, suffix))
	}
	plain := g.tar(entries)
	if suffix == ".tar" {
		return plain
	}
	return g.damage(g.compress(plain, suffix))
}

// damage truncates or changes few archives.
func (g *generator) damage(data []byte) []byte {
	if len(data) == 0 || !g.chance(15) {
		return data
	}
	at := g.IntN(len(data))
	switch g.IntN(4) {
	case 0:
		g.trait("truncated to %d bytes", at)
		return data[:at]
	case 1:
		at = max(0, len(data)-1-g.IntN(40))
		g.trait("truncated to %d bytes", at)
		return data[:at]
	case 2:
		garbage := pick(g, "\x00", "garbage", strings.Repeat("\x00", 512), strings.Repeat("x", 70_000))
		g.trait("%d bytes of garbage at the end", len(garbage))
		return append(data, garbage...)
	}
	if g.chance(50) { // headers and checksums are there
		at = pick(g, min(at, 30), len(data)-1-min(at, 30))
	}
	bit := byte(1) << g.IntN(8)
	g.trait("bit %#02x of byte %d flipped", bit, at)
	data[at] ^= bit
	return data
}

// generator is a source of randomness that remembers what it was used for.
type generator struct {
	*rand.Rand
	main   string // the path of the file that Botkube should take
	traits []string
}

func (g *generator) trait(format string, args ...any) {
	g.traits = append(g.traits, fmt.Sprintf(format, args...))
}

// chance returns true in so many of a hundred cases.
func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g *generator, choices ...T) T { return choices[g.IntN(len(choices))] }
