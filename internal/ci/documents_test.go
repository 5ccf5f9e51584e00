package ci

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	fence      = regexp.MustCompile("(?ms)^[ \t]*```.*?^[ \t]*```[ \t]*$")
	inlineCode = regexp.MustCompile("`[^`\n]*`")
	heading    = regexp.MustCompile(`(?m)^#+ (.*)$`)
	inline     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	definition = regexp.MustCompile(`(?m)^\[[^\]]+\]: (\S+)$`)
	external   = regexp.MustCompile(`^[a-z]+:`)
	notInID    = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// links looks for links in documents that lead to no file, or to no heading in it.
func links(t *testing.T, repo fs.FS) (problems []string) {
	t.Helper()
	documents := map[string]bool{}
	for _, file := range markdown(t, repo) {
		documents[file] = true
	}
	for _, file := range markdown(t, repo) {
		text := inlineCode.ReplaceAllString(prose(t, repo, file), "")
		for _, link := range slices.Concat(inline.FindAllStringSubmatch(text, -1), definition.FindAllStringSubmatch(text, -1)) {
			if external.MatchString(link[1]) {
				continue
			}
			name, id, _ := strings.Cut(link[1], "#")
			target := file
			if name != "" {
				target = path.Join(path.Dir(file), name)
			}
			if _, err := fs.Stat(repo, target); err != nil {
				problems = append(problems, fmt.Sprintf("%s: found a link to %s, want a file of this repository", file, link[1]))
			} else if id != "" && documents[target] && !slices.Contains(ids(t, repo, target), id) {
				problems = append(problems, fmt.Sprintf("%s: found a link to %s, want a heading of %s", file, link[1], target))
			}
		}
	}
	return problems
}

// markdown returns the documents, without those in directories that git or Go ignore.
func markdown(t *testing.T, repo fs.FS) []string {
	t.Helper()
	return files(t, repo, func(name string) bool { return path.Ext(name) == ".md" })
}

// prose returns a document without its blocks of code.
func prose(t *testing.T, repo fs.FS, file string) string {
	t.Helper()
	return fence.ReplaceAllString(read(t, repo, file), "")
}

// ids returns the anchors that GitHub gives a document's headings.
func ids(t *testing.T, repo fs.FS, file string) (all []string) {
	t.Helper()
	for _, match := range heading.FindAllStringSubmatch(prose(t, repo, file), -1) {
		all = append(all, strings.ReplaceAll(notInID.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-"))
	}
	return all
}

var code = regexp.MustCompile("`([^`]+)`")

// places looks for files that CONTRIBUTING.md names and that do not exist, and for packages that
// its layout leaves out.
func places(t *testing.T, repo fs.FS) (problems []string) {
	t.Helper()
	const document = "CONTRIBUTING.md"
	exists := func(name string) bool {
		return len(glob(t, repo, regexp.MustCompile(`<\w+>`).ReplaceAllString(name, "*"))) > 0
	}
	wantFile := func(name string) {
		if !exists(name) {
			problems = append(problems, fmt.Sprintf("%s: found %s, want a file of this repository", document, name))
		}
	}
	const where, layout = "Where to change what", "Layout"
	for _, section := range []string{where, layout} {
		if len(rows(t, repo, document, section)) == 0 {
			problems = append(problems, fmt.Sprintf("%s: found no table in the section %q", document, section))
		}
	}
	for _, row := range rows(t, repo, document, where) {
		named := 0
		for _, match := range code.FindAllStringSubmatch(row[1], -1) {
			if name := match[1]; name == "Makefile" || strings.ContainsAny(name, "/.") {
				named++
				wantFile(name)
			}
		}
		if named == 0 {
			problems = append(problems, fmt.Sprintf("%s: found no file for %s", document, row[0]))
		}
	}
	var listed []string
	for _, row := range rows(t, repo, document, layout) {
		name := strings.Trim(row[0], "`")
		listed = append(listed, name)
		wantFile(name)
	}
	for _, name := range glob(t, repo, "internal/*") {
		if !slices.Contains(listed, name) {
			problems = append(problems, fmt.Sprintf("%s: found no %s in the layout", document, name))
		}
	}
	return problems
}

// rows returns the cells of all tables in a section, without their headers.
func rows(t *testing.T, repo fs.FS, file, section string) (all [][]string) {
	t.Helper()
	_, text, _ := strings.Cut(read(t, repo, file), "\n## "+section+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	body := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			body = false
		case strings.HasPrefix(line, "|-"):
			body = true
		case body:
			var cells []string
			for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
				cells = append(cells, strings.TrimSpace(cell))
			}
			all = append(all, cells)
		}
	}
	return all
}
