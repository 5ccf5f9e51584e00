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

// promises compares the sentences of docs/security.md with those of docs/security-tests.txt, which
// names the tests that fail if a sentence is no longer true. A test is a function in a directory, or
// a script. A repository without e2e needs no tests there.
func promises(t *testing.T, repo fs.FS) (problems []string) {
	t.Helper()
	const page, list = "docs/security.md", "docs/security-tests.txt"
	written, held := sentences(read(t, repo, page)), map[string]bool{}
	_, noE2E := fs.Stat(repo, "e2e")
	for block := range strings.SplitSeq(strings.TrimSpace(read(t, repo, list)), "\n\n") {
		lines := strings.Split(block, "\n")
		sentence, tests := lines[0], lines[1:]
		held[sentence] = true
		if !slices.Contains(written, sentence) {
			problems = append(problems, fmt.Sprintf("%s: found %q, want a sentence of %s", list, sentence, page))
		}
		if len(tests) == 0 {
			problems = append(problems, fmt.Sprintf("%s: found no test of %q", list, sentence))
		}
		for _, test := range tests {
			dir, name, _ := strings.Cut(strings.TrimSpace(test), " ")
			if (noE2E == nil || !strings.HasPrefix(dir, "e2e")) && !isTest(t, repo, dir, name) {
				problems = append(problems, fmt.Sprintf("%s: found %q, want a test function or a script in a directory", list, test))
			}
		}
	}
	for _, sentence := range written {
		if !held[sentence] {
			problems = append(problems, fmt.Sprintf("%s: found no test of %q in %s", page, sentence, list))
		}
	}
	return problems
}

// isTest reports whether a directory has a script, or a test function.
func isTest(t *testing.T, repo fs.FS, dir, name string) bool {
	t.Helper()
	if path.Ext(name) == ".txtar" {
		_, err := fs.Stat(repo, path.Join(dir, "testdata/script", name))
		return err == nil
	}
	function := regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(name) + `\(`)
	return slices.ContainsFunc(glob(t, repo, dir+"/*_test.go"), func(file string) bool {
		return function.MatchString(read(t, repo, file))
	})
}

var (
	tableHeader = regexp.MustCompile(`(?m)^\|.*\n\|-.*\n`)
	item        = regexp.MustCompile(`(?m)^(- |\|)`)
	sentenceEnd = regexp.MustCompile("([.!?]) ([A-Z`\\[])")
)

// sentences returns the sentences of a page, each on one line. An item of a list that does not end
// one, and a row of a table, count as a sentence.
func sentences(page string) (all []string) {
	page = tableHeader.ReplaceAllString(heading.ReplaceAllString(page, ""), "")
	for block := range strings.SplitSeq(item.ReplaceAllString(page, "\n\n$1"), "\n\n") {
		line := strings.TrimPrefix(strings.Join(strings.Fields(block), " "), "- ")
		for sentence := range strings.SplitSeq(sentenceEnd.ReplaceAllString(line, "$1\n$2"), "\n") {
			if sentence != "" {
				all = append(all, sentence)
			}
		}
	}
	return all
}
