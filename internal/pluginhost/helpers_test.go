package pluginhost_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/internal/testplugin"

	"github.com/google/go-cmp/cmp"
	"github.com/kubeshop/botkube/pkg/api"
)

const (
	ample  = 30 * time.Second
	enough = 3 * time.Second // to start on a busy machine
	short  = 700 * time.Millisecond
)

// calls uses a plugin while it runs.
type calls = func(context.Context, *pluginhost.Plugin) error

func metadata(ctx context.Context, p *pluginhost.Plugin) error {
	_, err := p.Metadata(ctx)
	return err
}

// call starts a plugin with a behavior, calls fn with it, and checks that no temporary file is left.
func call(t *testing.T, ctx context.Context, kind pluginhost.Kind, behavior string, timeout time.Duration, fn calls) error {
	t.Helper()
	path := testplugin.Link(t, t.TempDir(), string(kind)+"_"+behavior+"_linux_amd64")
	tmp := tempDir(t)
	err := pluginhost.Run(ctx, pluginhost.Config{Path: path, Kind: kind, Timeout: timeout}, fn)
	wantEmpty(t, tmp)
	return err
}

func askMetadata(t *testing.T, ctx context.Context, kind pluginhost.Kind, behavior string) (md api.MetadataOutput, err error) {
	t.Helper()
	err = call(t, ctx, kind, behavior, ample, func(ctx context.Context, p *pluginhost.Plugin) (err error) {
		md, err = p.Metadata(ctx)
		return err
	})
	return md, err
}

// tempDir makes os.TempDir return an empty directory with a short path: the path of a Unix socket
// has at most 103 bytes on macOS. There, /tmp is a symbolic link, and a process never sees it in
// its working directory.
func tempDir(t *testing.T) string {
	t.Helper()
	tmp, err := filepath.EvalSymlinks("/tmp")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(tmp, "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("TMPDIR", dir)
	return dir
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%s is left in the temporary directory, error %v", left, err)
	}
}

// failure is a problem that a behavior leads to.
type failure struct {
	timeout     time.Duration
	found, want string
	stderr      []string
}

// checkFailures checks the problems of several behaviors.
func checkFailures(t *testing.T, kind pluginhost.Kind, fn calls, tests map[string]failure) {
	t.Helper()
	for behavior, test := range tests {
		t.Run(behavior, func(t *testing.T) {
			start := time.Now()
			wantFault(t, call(t, t.Context(), kind, behavior, test.timeout, fn), test.found, test.want, test.stderr...)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// brokenConnection matches what gRPC reports after a plugin has ended; the wording depends on the
// kernel.
var brokenConnection = regexp.MustCompile(`^the error "[^"]*(EOF|connection reset by peer|broken pipe|closing|error while dialing)[^"]*"`)

// stackTrace ends the wanted lines of stderr if a stack trace follows, which varies.
const stackTrace = "…"

// wantFault compares a fault.
func wantFault(t *testing.T, err error, found, want string, stderr ...string) {
	t.Helper()
	fault, ok := errors.AsType[problem.Problem](err)
	if !ok {
		t.Fatalf("error is %v, want a problem", err)
	}
	if n := slices.Index(stderr, stackTrace); n >= 0 && len(fault.Stderr) > n {
		stderr, fault.Stderr = stderr[:n], fault.Stderr[:n]
	}
	fault.Found = brokenConnection.ReplaceAllString(fault.Found, `the error "…"`)
	if diff := cmp.Diff(problem.Problem{Found: found, Want: want, Stderr: stderr}, fault); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
