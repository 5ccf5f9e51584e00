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

// row is one way in which a release can be broken, or looks so and must work.
type row struct {
	name    string
	by      string // the command that tells
	args    string // more of its arguments
	message string // a part of what it prints; … stands for anything on the line
	botkube string // what Botkube's own manager does with it
	make    func(r *release)
}

// The commands, and what follows them in every row.
const (
	byGenerate = "generate"
	byValidate = "validate"
	byDist     = "verify --dist"
	byVerify   = "verify"
)

// section is a part of the matrix.
type section struct {
	title, text string
	code        int // with which every row ends
	rows        []row
}

var matrix = []section{
	{
		"In the pipeline, before the upload",
		"Each of these is caught while the release is still in `dist/`: by `indexgen generate` when the index is made, or by\n" +
			"`indexgen validate` and `indexgen verify --dist` when it is there already.",
		3, slices.Concat(buildRows, archiveRows, pluginRows, indexRows, distRows),
	},
	{
		"After the upload",
		"Each of these exists only where the release is published. `indexgen verify` with the URL of the index catches them.",
		3, publishedRows,
	},
	{
		"What must work",
		"Each of these is fine, or made fine, although other tools stumble over it.",
		0, workingRows,
	},
}

func TestFailureMatrix(t *testing.T) {
	slots := make(chan bool, 2*runtime.GOMAXPROCS(0)) // some rows only wait
	for _, s := range matrix {
		for _, row := range s.rows {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				slots <- true
				defer func() { <-slots }()
				row.run(t, s.code)
			})
		}
	}
}

func (row row) run(t *testing.T, wantCode int) {
	r := newRelease(t)
	row.make(r)
	args := map[string][]string{
		byGenerate: {"generate", "--base-url", r.URL, "--dist", r.dir},
		byValidate: {"validate", r.index},
		byDist:     {"verify", "--dist", r.dir, "--backoff", "1ms", r.index},
		byVerify:   {"verify", "--tries", "2", "--backoff", "1ms", r.URL + "/plugins-index.yaml"},
	}[row.by]
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "indexgen", append(args, strings.Fields(row.args)...)...)
	cmd.Env = append(os.Environ(), "TMPDIR="+r.tmp, scripttest.QuickExit)
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
	if *update {
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

func render() string {
	var b strings.Builder
	n := 0
	for _, s := range matrix {
		n += len(s.rows)
	}
	fmt.Fprintf(&b, `# Failure matrix

%d ways in which a release of Botkube plugins can be broken, or only looks so: which command tells, with which words, and
what Botkube 1.14.0 does with such a release if nobody stops it. A test makes each of them and runs the command
(`+"`tools/indexgen/matrix_test.go`"+`), and writes this page: `+"`go test ./tools/indexgen -run Matrix -update`"+`.

What stands under "Botkube" was read in its source (`+"`pkg/plugin`"+` of its module) and in that of go-getter 1.7.3, with
the name of the function, unless it says otherwise. … stands for what is left out.
`, n)
	cell := func(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
	for _, s := range matrix {
		fmt.Fprintf(&b, "\n## %s\n\n%s Exit code: %d.\n\n| case | command | message | Botkube |\n|---|---|---|---|\n", s.title, s.text, s.code)
		for _, r := range s.rows {
			command := "`" + strings.TrimSpace(r.by+" "+r.args) + "`"
			fmt.Fprintf(&b, "| %s | %s | `%s` | %s |\n", cell(r.name), command, cell(r.message), cell(r.botkube))
		}
	}
	return b.String()
}
