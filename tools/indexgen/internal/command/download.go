package command

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"botkube-plugins/internal/cli"
	"botkube-plugins/tools/indexgen/internal/fetch"

	"github.com/spf13/cobra"
)

// Defaults of downloadFlags.
const (
	defaultTimeout = 2 * time.Minute
	defaultTries   = 4
	defaultBackoff = 500 * time.Millisecond
)

// downloadFlags say how a command downloads files and how long it may take.
type downloadFlags struct {
	jobs, tries                     int
	timeout, total, plugin, backoff time.Duration
}

// add adds the flags. total is the default for the complete run.
func (f *downloadFlags) add(cmd *cobra.Command, total time.Duration) {
	flags := cmd.Flags()
	flags.DurationVar(&f.plugin, "timeout", 10*time.Second, "how long a plugin may take to start, and to answer")
	flags.DurationVar(&f.timeout, "request-timeout", defaultTimeout, "how long a request may take")
	flags.DurationVar(&f.total, "total-timeout", total, "how long the complete run may take")
	flags.IntVar(&f.tries, "tries", defaultTries, "how many times to try a request")
	flags.DurationVar(&f.backoff, "backoff", defaultBackoff, "how long to wait before the second try; it grows with each further try")
	flags.IntVarP(&f.jobs, "jobs", "j", min(2*runtime.GOMAXPROCS(0), maxJobs), "how many files to read at once")
}

func (f *downloadFlags) check() error {
	if f.tries < 1 {
		return cli.Usagef("--tries: found %d, want at least 1", f.tries)
	}
	if err := checkJobs(f.jobs); err != nil {
		return err
	}
	return checkPositive(map[string]time.Duration{
		"timeout": f.plugin, "request-timeout": f.timeout, "total-timeout": f.total, "backoff": f.backoff,
	})
}

// limit returns a context that ends after the time for the complete run.
func (f *downloadFlags) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, f.total, fmt.Errorf("not done within %s; see --total-timeout", f.total))
}

func (f *downloadFlags) client() *fetch.Client {
	return &fetch.Client{HTTP: http.DefaultClient, Tries: f.tries, Wait: f.backoff, Timeout: f.timeout, MaxSize: maxArtifact}
}

// defaultClient downloads as verify does without flags.
func defaultClient() *fetch.Client {
	return (&downloadFlags{tries: defaultTries, backoff: defaultBackoff, timeout: defaultTimeout}).client()
}
