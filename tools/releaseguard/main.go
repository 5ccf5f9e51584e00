// Releaseguard keeps a published release from being changed. It runs before a release is built:
// it fails if the release is already published, and deletes the drafts that failed runs left
// behind, so that none of their files are published.
//
//	GITHUB_TOKEN=... releaseguard https://github.com/OWNER/REPO/releases/tag/v1.0.0
//
// GITHUB_API_URL selects the API, as it does on GitHub Actions; the default is
// https://api.github.com. Without GITHUB_TOKEN nothing can be published, so nothing is checked.
//
// Requests that fail because of the server, the network or a rate limit are tried again. SIGINT
// and SIGTERM end the program. Its exit codes are 0 for success, 1 for a failure and 2 for
// wrong usage.
package main

import (
	"cmp"
	"context"
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
const patience = 5 * time.Minute

var errTooSlow = fmt.Errorf("this took longer than %s", patience)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Getenv, time.Second, os.Stderr))
}

// run checks the release that the arguments name, and returns the exit code. It waits before it
// tries a request again, and each time twice as long as the time before.
func run(ctx context.Context, args []string, getenv func(string) string, wait time.Duration, stderr io.Writer) int {
	if len(args) != 1 {
		fmt.Fprintln(stderr, "usage: releaseguard RELEASE_URL")
		return exitUsage
	}
	token := getenv("GITHUB_TOKEN")
	if token == "" {
		fmt.Fprintln(stderr, "GITHUB_TOKEN is not set, so nothing can be published and nothing is checked")
		return exitOK
	}
	target, err := parse(args[0])
	if err != nil {
		return report(stderr, err, exitUsage)
	}
	api, err := newAPI(cmp.Or(getenv("GITHUB_API_URL"), "https://api.github.com"), token, wait, stderr)
	if err != nil {
		return report(stderr, err, exitUsage)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errTooSlow)
	defer cancel()
	if err := api.clear(ctx, target, stderr); err != nil {
		return report(stderr, err, exitFailure)
	}
	return exitOK
}

// report prints an error with its hint, and returns the exit code.
func report(stderr io.Writer, err error, code int) int {
	fmt.Fprintf(stderr, "error: %s\n", problem.Describe(err))
	return code
}
