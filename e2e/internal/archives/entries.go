package archives

import (
	"archive/tar"
	"fmt"
	"slices"
	"strings"
)

// entry is an entry of an archive.
type entry struct {
	name    string
	kind    byte // of tar
	mode    int64
	content string
}

func (e entry) String() string {
	name := fmt.Sprintf("%q", e.name)
	if len(name) > 80 {
		name = fmt.Sprintf("%.70s… (%d bytes)", name, len(e.name))
	}
	return fmt.Sprintf("entry %s of type %c, mode %04o, %d bytes", name, e.kind, e.mode, len(e.content))
}

// entries returns some entries, most often with the file that Botkube should take.
func (g *generator) entries() []entry {
	var entries []entry
	for range g.IntN(5) {
		entries = append(entries, g.entry(g.name()))
	}
	if !g.chance(4) {
		at := g.IntN(len(entries) + 1)
		e := entry{g.main, tar.TypeReg, 0o755, string(Program)}
		if g.chance(5) {
			e = g.entry(g.main)
		}
		entries = slices.Insert(entries, at, e)
	}
	if g.chance(20) {
		root := entry{pick(g, ".", "./", "./", "/", ""), tar.TypeDir, g.directoryMode(), ""}
		entries = slices.Insert(entries, 0, root)
	}
	if g.chance(5) {
		above := pick(g, "linux/", "linux/sub/", "./")
		for _, e := range []entry{{above, tar.TypeDir, g.directoryMode(), ""}, {above + "b.d/", tar.TypeDir, 0o755, ""}, {above, tar.TypeDir, 0o755, ""}} {
			entries = slices.Insert(entries, g.IntN(len(entries)+1), e)
		}
	}
	if g.chance(2) {
		entries = nil
	}
	for _, e := range entries {
		g.trait("%s", e)
		if len(e.name) > 1024 {
			g.trait(TooLongName)
		}
	}
	return entries
}

func (g *generator) entry(name string) entry {
	switch n := g.IntN(100); {
	case n < 60:
		return entry{name, tar.TypeReg, g.mode(), pick(g, string(Program), "#!/bin/sh\n", "#!/bin/sh\n", "text", "")}
	case n < 85:
		if !g.chance(20) {
			name = strings.TrimSuffix(name, "/") + "/"
		}
		return entry{name, tar.TypeDir, g.directoryMode(), ""}
	case n < 92:
		return entry{name, tar.TypeSymlink, 0o777, LinkTarget}
	case n < 95:
		return entry{name, tar.TypeLink, g.mode(), LinkTarget}
	}
	return entry{name, pick[byte](g, tar.TypeChar, tar.TypeBlock, tar.TypeFifo, tar.TypeCont), g.mode(), ""}
}

// name returns a name from so few that many are equal, or one inside the other.
func (g *generator) name() string {
	name := pick(
		g, g.main, g.main+"/x", "README.md", "README.md", "LICENSE.txt", "LICENSE.txt", "a.d", "a.d/b", "a.d/b", "a.d/b/c", "a.d/e", "b.d/c",
		"0first", "a", "z", "z.exe", "run.sh", ".hidden.sh", "linux", "linux/x", "linux/sub", "linux/sub/y", "lino/sub/x", "b.txt", "sub/helm",
	)
	switch g.IntN(25) {
	case 0:
		name = "./" + name
	case 1:
		name = "/" + name
	case 2:
		name += "/"
	case 3:
		name = strings.ReplaceAll(name, "/", "//")
	case 4:
		name = g.unusualName()
	}
	return name
}

func (g *generator) unusualName() string {
	return pick(
		g, "..", "../up", "a.d/../b.txt", `a.d\..\b.txt`, `a.d\b.txt`, "...", "a..b.txt", "..a.txt", "a.d/..", "", ".", "/", "//", "./.",
		strings.Repeat("x", 255)+".d/y", strings.Repeat("x", 251)+".txt", strings.Repeat("x", 252)+".txt", strings.Repeat("x", 256)+"/", "a.d/"+strings.Repeat("y", 300)+"/c",
		strings.Repeat("d/", 450)+"deep.txt", strings.Repeat("d/", 600)+"deep.txt", strings.Repeat("long.d/", 500)+"f.txt",
		"\xff\xfe.txt", "a\nb.txt", "ü.txt", "u\u0308.txt", "a\x00.txt", "C:\\a.txt", " ", "*.txt",
	)
}

// mode returns the mode of a file.
func (g *generator) mode() int64 {
	if g.chance(70) {
		return pick[int64](g, 0o644, 0o755)
	}
	return pick[int64](g, 0, 0o111, 0o200, 0o400, 0o444, 0o500, 0o555, 0o600, 0o700, 0o777, 0o4755, 0o2755, 0o1777, 0o6000)
}

// directoryMode returns the mode of a directory.
func (g *generator) directoryMode() int64 {
	if g.chance(70) {
		return 0o755
	}
	return pick[int64](g, 0, 0o100, 0o300, 0o400, 0o500, 0o555, 0o600, 0o700, 0o711, 0o777, 0o1777, 0o2755)
}
