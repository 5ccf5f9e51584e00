package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/fetch"
	"botkube-plugins/tools/indexgen/internal/report"
	"botkube-plugins/tools/indexgen/internal/verify"
)

// maxArtifact is how many bytes an artifact or a dependency may have.
const maxArtifact = 1 << 30

// verification is what verify reports to programs.
type verification struct {
	Checks   []verify.Check   `json:"checks"`
	Problems []verify.Problem `json:"problems"`
	Warnings []verify.Problem `json:"warnings"`
}

type verifyFlags struct {
	dist                            string
	headers, platforms, plugins     []string
	noRun, quiet, json              bool
	jobs, tries                     int
	timeout, total, plugin, backoff time.Duration
}

func newVerify(s streams) *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify URL|FILE",
		Short: "Find out whether Botkube could install all that an index lists",
		Long: `verify downloads every artifact and dependency of an index as Botkube does, compares the
checksum, unpacks it, picks the file that Botkube would pick, and checks that it is an
executable for its platform. On this machine's platform it starts the plugin, compares its
metadata with the index, and asks an executor for its help and a source for its stream.

With --dist it takes the artifacts from a directory, before they are published.

Everything is downloaded to a temporary directory that is removed again. Plugins are
started as generate starts them: without the variables of the environment.`,
		Example: `  indexgen verify https://github.com/me/plugins/releases/latest/download/plugins-index.yaml
  indexgen verify --dist dist dist/plugins-index.yaml
  indexgen verify --header 'Authorization: Bearer abc' --platform linux/arm64 https://example.com/index.yaml
  indexgen verify --no-run --json index.yaml | jq '.problems[].where'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			header, err := f.check()
			if err != nil {
				return usageError{err}
			}
			ctx, cancel := context.WithTimeoutCause(cmd.Context(), f.total, fmt.Errorf("not done within %s; see --total-timeout", f.total))
			defer cancel()
			return runVerify(ctx, s, f, args[0], header)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dist, "dist", "", "take the artifacts from this `directory` instead of their URLs")
	flags.StringArrayVar(&f.headers, "header", nil, "`'Name: value'` to send with the request for the index; may be repeated")
	flags.StringSliceVar(&f.platforms, "platform", nil, "verify only this `os/arch`; may be repeated")
	flags.StringSliceVar(&f.plugins, "plugin", nil, "verify only the plugin of this `name`, or type/name; may be repeated")
	flags.BoolVar(&f.noRun, "no-run", false, "start no plugin")
	flags.DurationVar(&f.plugin, "timeout", 10*time.Second, "how long a plugin may take to start, and to answer")
	flags.DurationVar(&f.timeout, "request-timeout", 2*time.Minute, "how long a request may take")
	flags.DurationVar(&f.total, "total-timeout", 30*time.Minute, "how long everything may take")
	flags.IntVar(&f.tries, "tries", 4, "how often to try a request that fails")
	flags.DurationVar(&f.backoff, "backoff", 500*time.Millisecond, "how long to wait before the second try; it grows with each further one")
	flags.IntVarP(&f.jobs, "jobs", "j", 2*runtime.GOMAXPROCS(0), "how many artifacts to work on at once")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print nothing but problems")
	flags.BoolVar(&f.json, "json", false, "print a report for programs on stdout")
	must(cmd.MarkFlagDirname("dist"))
	return cmd
}

// check finds mistakes in the flags and reads the headers.
func (f *verifyFlags) check() (http.Header, error) {
	header := http.Header{}
	for _, h := range f.headers {
		name, value, _ := strings.Cut(h, ":")
		value = strings.TrimSpace(value)
		if !headerName.MatchString(name) || strings.ContainsFunc(value, unicode.IsControl) {
			// The value is not shown, as it may be a secret.
			return nil, fmt.Errorf("--header: found the name %q, want 'Name: value'", name[:min(len(name), 20)])
		}
		header.Add(name, value)
	}
	for _, p := range f.platforms {
		goos, goarch, _ := strings.Cut(p, "/")
		if !index.KnownPlatform(index.Platform{OS: goos, Arch: goarch}) {
			return nil, fmt.Errorf("--platform: found %q, want a platform such as linux/amd64", p)
		}
	}
	switch {
	case f.jobs < 1:
		return nil, fmt.Errorf("--jobs: found %d, want at least 1", f.jobs)
	case f.tries < 1:
		return nil, fmt.Errorf("--tries: found %d, want at least 1", f.tries)
	}
	for _, flag := range []struct {
		name  string
		value time.Duration
	}{{"timeout", f.plugin}, {"request-timeout", f.timeout}, {"total-timeout", f.total}, {"backoff", f.backoff}} {
		if flag.value <= 0 {
			return nil, fmt.Errorf("--%s: found %s, want more than 0", flag.name, flag.value)
		}
	}
	return header, nil
}

// headerName is a token of RFC 9110.
var headerName = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

func runVerify(ctx context.Context, s streams, f verifyFlags, name string, header http.Header) error {
	client := &fetch.Client{
		HTTP: http.DefaultClient, Tries: f.tries, Wait: f.backoff, Timeout: f.timeout, MaxSize: maxArtifact,
	}
	if f.dist != "" {
		if _, err := os.ReadDir(f.dist); err != nil {
			return err
		}
	}
	v := verification{Checks: []verify.Check{}, Problems: []verify.Problem{}, Warnings: []verify.Problem{}}
	data, problem, err := readIndex(ctx, client, name, header)
	if err != nil {
		return err
	}
	if problem != nil {
		v.Problems = append(v.Problems, *problem)
	} else {
		progress := newProgress(s.err, f.quiet || f.json)
		result, err := verify.Run(ctx, verify.Options{
			Index: data, Dist: f.dist, Platforms: f.platforms, Plugins: f.plugins, Start: !f.noRun,
			Timeout: f.plugin, Jobs: f.jobs, Client: client, Progress: verifyProgress{progress},
		})
		progress.stop()
		if errors.Is(err, verify.ErrNothing) {
			return usageError{err}
		}
		if err != nil {
			return err
		}
		v.Checks = append(v.Checks, result.Checks...)
		v.Problems = append(v.Problems, result.Problems...)
		v.Warnings = append(v.Warnings, result.Warnings...)
	}
	return s.tell(v, f)
}

// tell prints what was found.
func (s streams) tell(v verification, f verifyFlags) error {
	if f.json {
		if err := s.printJSON(v); err != nil {
			return err
		}
	} else {
		if !f.quiet {
			for _, w := range v.Warnings {
				fmt.Fprintln(s.err, "warning:", w)
			}
		}
		for _, p := range v.Problems {
			fmt.Fprintln(s.err, p)
		}
	}
	if len(v.Problems) > 0 {
		return notInstallable(len(v.Problems))
	}
	if !f.quiet && !f.json {
		fmt.Fprintf(s.out, "Botkube could install everything (%s, %s)\n",
			report.Count(len(v.Checks), "file"), report.Count(len(v.Warnings), "warning"))
	}
	return nil
}

// readIndex reads the index from a URL or a file. That a server does not give it is a
// problem, since Botkube could not get it either.
func readIndex(ctx context.Context, client *fetch.Client, name string, header http.Header) ([]byte, *verify.Problem, error) {
	if !strings.HasPrefix(name, "http://") && !strings.HasPrefix(name, "https://") {
		data, err := os.ReadFile(name)
		return data, nil, err
	}
	small := *client
	small.MaxSize = 4 * index.MaxSize // a larger one is certainly none; a smaller one is judged by its rules
	body, err := small.Get(ctx, name, header)
	var data []byte
	if err == nil {
		defer body.Close()
		data, err = io.ReadAll(body)
	}
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, &verify.Problem{URL: name, Problem: report.Problem{
			Where: "index", Found: fmt.Sprintf("the error %q", verify.Plain(err)), Want: "an index that can be downloaded",
			Hint: hintForIndex(err),
		}}, nil
	}
	return data, nil, nil
}

func hintForIndex(err error) string {
	status, ok := errors.AsType[*fetch.StatusError](err)
	switch {
	case !ok:
		return ""
	case status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden:
		return "give Botkube's headers for it with --header"
	case status.Code == http.StatusNotFound:
		return "is the release published, and public? A private one answers so without --header"
	}
	return ""
}
