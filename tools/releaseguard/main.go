// Releaseguard publishes files as a release on GitHub, and keeps a published release from being
// changed.
//
//	GITHUB_TOKEN=... releaseguard publish NOTES https://github.com/OWNER/REPO/releases/tag/v1.0.0 COMMIT FILE...
//
// It fails if the release is already published, and deletes the drafts that failed runs left
// behind, so that none of their files are published. It uploads the files to a new draft, and
// publishes the draft when GitHub has all of them and the tag is at the commit. NOTES is a file with the
// text of the release.
//
// It also prints where the published indexes are: for each release that has one and is not a
// pre-release, the URL with which those of its files begin. This needs a GITHUB_TOKEN only for a
// private repository, and for more than a few requests.
//
//	releaseguard indexes https://github.com/OWNER/REPO
//
// GITHUB_API_URL selects the API, as it does on GitHub Actions; the default is
// https://api.github.com.
//
// Requests that fail because of the server, the network or a rate limit are tried again. SIGINT
// and SIGTERM end the program. Its exit codes are 0 for success, 1 for a failure and 2 for
// wrong usage.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"botkube-plugins/internal/problem"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// patience is how long a run may take, including all waiting.
const patience = 30 * time.Minute

var (
	errTooSlow = fmt.Errorf("this took longer than %s", patience)
	errNoToken = problem.WithHint(errors.New("GITHUB_TOKEN is not set"), "set it to a token that may write the repository's contents")
)

const usage = `usage: releaseguard publish NOTES RELEASE_URL COMMIT FILE...
       releaseguard indexes REPOSITORY_URL
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Getenv, time.Second, os.Stdout, os.Stderr))
}

// run does what the arguments say, and returns the exit code. It waits before it tries a request
// again, and each time twice as long as the time before.
func run(ctx context.Context, args []string, getenv func(string) string, wait time.Duration, stdout, stderr io.Writer) int {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errTooSlow)
	defer cancel()
	connect := func() (*api, error) {
		return newAPI(cmp.Or(getenv("GITHUB_API_URL"), "https://api.github.com"), getenv("GITHUB_TOKEN"), wait, stderr)
	}
	var code int
	var err error
	switch {
	case len(args) == 2 && args[0] == "indexes":
		code, err = indexes(ctx, args[1], connect, stdout)
	case len(args) < 5 || args[0] != "publish":
		fmt.Fprint(stderr, usage)
		return exitUsage
	case getenv("GITHUB_TOKEN") == "":
		code, err = exitUsage, errNoToken
	default:
		code, err = publish(ctx, args[1], args[2], args[3], args[4:], connect, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "error: %s\n", problem.Describe(err))
		return code
	}
	return exitOK
}

// publish publishes a release, and returns the exit code for its error.
func publish(ctx context.Context, notes, releaseURL, commit string, files []string, connect func() (*api, error), log io.Writer) (int, error) {
	target, err := parse(releaseURL)
	if err != nil {
		return exitUsage, err
	}
	api, err := connect()
	if err != nil {
		return exitUsage, err
	}
	content, err := read(notes, commit, files)
	if err != nil {
		return exitFailure, err
	}
	if err := api.clear(ctx, target, log); err != nil {
		return exitFailure, err
	}
	return exitFailure, api.publish(ctx, target, content, log)
}

// indexes prints the releases of a repository that have an index, and returns the exit code for its
// error.
func indexes(ctx context.Context, repositoryURL string, connect func() (*api, error), out io.Writer) (int, error) {
	target, err := parseRepository(repositoryURL)
	if err != nil {
		return exitUsage, err
	}
	api, err := connect()
	if err != nil {
		return exitUsage, err
	}
	return exitFailure, api.printIndexes(ctx, target, repositoryURL, out)
}
