// Releaseguard protects a published release from changes, and prepares one that is not published:
// it returns an error if the release is already published, and deletes drafts that failed runs left
// behind.
//
//	GITHUB_TOKEN=... releaseguard https://github.com/OWNER/REPO/releases/tag/v1.0.0
//
// It uses GitHub's API at GITHUB_API_URL, which GitHub Actions sets, or at api.github.com. Without
// a GITHUB_TOKEN it does nothing, since nothing can be published.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"time"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: releaseguard RELEASE_URL")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	err := run(ctx, os.Args[1])
	cancel()
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, releaseURL string) error {
	token := os.Getenv("GITHUB_TOKEN")
	if token == "" {
		fmt.Fprintln(os.Stderr, "no GITHUB_TOKEN, so nothing can be published, and nothing is checked")
		return nil
	}
	r, err := parse(releaseURL)
	if err != nil {
		return err
	}
	r.client, r.token, r.wait = http.DefaultClient, token, time.Second
	if r.api = os.Getenv("GITHUB_API_URL"); r.api == "" {
		r.api = "https://api.github.com"
	}
	return r.clear(ctx, os.Stderr)
}
