package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

const wantPage = `.TH "TOOL-DO" 1 "" "tool VERSION"
.SH NAME
tool\-do \- Do it
.SH SYNOPSIS
tool do FILE [flags]
.SH DESCRIPTION
do reads C:\ea.
\&.hidden and 'quoted' stay.
.PP
Codes:
.nf
  0  good
  1  bad
.fi
.SH OPTIONS
.TP
\fB\-h, \-\-help\fR
help for do
.TP
\fB\-j, \-\-jobs\fR \fInumber\fR
a number of jobs (default 4)
.SH EXAMPLES
.nf
  tool do \-j 2 x
.fi
.SH SEE ALSO
.BR "tool" (1)
`

func TestManualPages(t *testing.T) {
	newRoot := func(*Screen) *cobra.Command {
		do := &cobra.Command{
			Use: "do FILE", Short: "Do it", Long: "do reads C:\\a.\n.hidden and 'quoted' stay.\n\nCodes:\n  0  good\n  1  bad",
			Example: "  tool do -j 2 x", RunE: func(*cobra.Command, []string) error { return nil },
		}
		do.Flags().IntP("jobs", "j", 4, "a `number` of jobs")
		return Group("tool", "A tool", "tool does it.", do)
	}
	dir := t.TempDir()
	if code := Run(t.Context(), NewScreen(nil, io.Discard, os.Stderr), newRoot, []string{"man", dir}); code != ExitOK {
		t.Fatalf("found exit code %d", code)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 || files[0].Name() != "tool-do.1" || files[1].Name() != "tool.1" {
		t.Fatalf("found %v, error %v", files, err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "tool-do.1"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Replace(wantPage, "VERSION", ThisBuild().Version, 1), string(got)); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	if code := Run(t.Context(), NewScreen(nil, io.Discard, io.Discard), newRoot, []string{"man", dir + "/none"}); code != ExitFailure {
		t.Errorf("found exit code %d without the directory, want %d", code, ExitFailure)
	}
}
