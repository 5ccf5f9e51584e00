package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"botkube-plugins/internal/scripttest"

	"github.com/google/go-cmp/cmp"
)

// row is one release and what an indexgen command prints about it.
type row struct {
	name    string // what goes wrong
	by      string // the command that detects it
	args    string // further arguments of the command
	message string // part of the command's output; … stands for any text on the line
	botkube string // what Botkube 1.14.0 does without the check
	fix     string // what the plugin author does about it; rows without it are not in docs/failure-matrix.md
	plugin  string // the release's plugin, with its index unless the command generates it; instead of prepare
	prepare func(r *release)
}

// The commands that rows run. Each stands for a command line in row.run.
const (
	byGenerate = "generate"
	byValidate = "validate"
	byDist     = "verify --dist"
	byVerify   = "verify"
)

// section is a situation in which a plugin author meets the problems of its rows.
type section struct {
	title, text string
	exitCode    int // of the command of every row
	rows        []row
}

var matrix = []section{
	{"Building", "`indexgen generate` detects these problems.", 3, buildRows},
	{"Packaging", "`indexgen generate` detects these problems.", 3, archiveRows},
	{"The plugin", "`indexgen generate` starts the plugin and detects these problems.", 3, pluginRows},
	{
		"The index and its dependencies",
		"`indexgen verify --dist` detects these problems before you publish. `indexgen validate` detects those that are\n" +
			"visible in the index itself.",
		3, slices.Concat(indexRows, distRows),
	},
	{"Publishing", "`indexgen verify` with the URL of the index detects these problems in a published release.", 3, publishedRows},
	{"Network", "", 1, networkRows},
	{"Installable", "", 0, workingRows},
}

func TestFailureMatrix(t *testing.T) {
	slots := make(chan bool, 2*runtime.GOMAXPROCS(0)) // more than the processors, because some rows only wait
	for _, s := range matrix {
		for _, row := range s.rows {
			t.Run(s.title+"/"+row.name, func(t *testing.T) {
				t.Parallel()
				slots <- true
				defer func() { <-slots }()
				row.run(t, s.exitCode)
			})
		}
	}
}

func (row row) run(t *testing.T, wantCode int) {
	r := newRelease(t)
	switch {
	case row.prepare != nil:
		row.prepare(r)
	case row.by == byGenerate:
		r.plugin(row.plugin)
	default:
		r.plugin(row.plugin)
		r.generate()
	}
	args := map[string][]string{
		byGenerate: {"generate", "--base-url", r.URL, "--dist", r.dir},
		byValidate: {"validate", r.index},
		byDist:     {"verify", "--dist", r.dir, "--backoff", "1ms", r.index},
		byVerify:   {"verify", "--tries", "2", "--backoff", "1ms", r.URL + "/plugins-index.yaml"},
	}[row.by]
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "indexgen", append(args, strings.Fields(row.args)...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+r.tmp)
	output, err := cmd.CombinedOutput()
	code := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(row.message), "…", ".*")
	if !regexp.MustCompile(pattern).Match(output) || code != wantCode {
		t.Errorf("exit code %d, want %d; want %q in\n%s", code, wantCode, row.message, output)
	}
	if left, err := os.ReadDir(r.tmp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary directory: %s, %v", left, err)
	}
}

func TestFailureMatrixDocument(t *testing.T) {
	const file = "../../docs/failure-matrix.md"
	got := render()
	if scripttest.Update() {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: -want +got:\n%s", file, diff)
	}
}

func TestFailureMatrixDocumentRows(t *testing.T) {
	n := 0
	for _, s := range matrix {
		for _, r := range s.documented() {
			n++
			if r.name == "" || r.message == "" || r.botkube == "" {
				t.Errorf("%s: %q has an empty cell", s.title, r.name)
			}
		}
	}
	if n < 25 || n > 35 {
		t.Errorf("%d rows are in the document, want 25 to 35", n)
	}
}

// documented returns the rows that a plugin author can fix.
func (s section) documented() []row {
	return slices.DeleteFunc(slices.Clone(s.rows), func(r row) bool { return r.fix == "" })
}

// render returns the text of docs/failure-matrix.md.
func render() string {
	var b strings.Builder
	b.WriteString(`<!-- Written by go test ./tools/indexgen -run Matrix -update. Edit tools/indexgen/matrix_*_test.go instead. -->

# Failure matrix

Search this page for a part of the message that you see; … stands for text that varies, and names such as x or good
stand for your plugin. The last column shows what Botkube 1.14.0 does if you publish the release without the check.
`)
	cell := func(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
	for _, s := range matrix {
		rows := s.documented()
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", s.title, s.text)
		b.WriteString("| what goes wrong | message | what to do | what Botkube does without the check |\n|---|---|---|---|\n")
		for _, r := range rows {
			fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", cell(r.name), cell(r.message), cell(r.fix), cell(r.botkube))
		}
	}
	return b.String()
}
