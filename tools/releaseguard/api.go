package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"botkube-plugins/internal/problem"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/go-github/v88/github"
)

const (
	maxTries       = 4
	maxWait        = 2 * time.Minute // for one request to succeed, rate limits included
	requestTimeout = 30 * time.Second
	uploadTimeout  = 10 * time.Minute
	maxAnswer      = 32 << 20 // bytes; a page of 100 releases with 30 files each has 6 MB
)

var (
	errEmpty    = errors.New("the API's answer is empty")
	errRedirect = errors.New("the API redirects to another server or another method")
)

// api is GitHub's API.
type api struct {
	client, uploads *github.Client
	wait            time.Duration // before the second try; it doubles with each further one
	log             io.Writer
}

// newAPI returns the API at a base URL. The token may be empty. The API announces on log each request
// that it tries again.
func newAPI(baseURL, token string, wait time.Duration, log io.Writer) (*api, error) {
	if strings.Contains(baseURL, "@") {
		return nil, problem.WithHint(errors.New("GITHUB_API_URL has a user or password, and is not shown"), "give it without one; GITHUB_TOKEN is sent")
	}
	if !strings.HasSuffix(baseURL, "/") {
		baseURL += "/"
	}
	client, err := newClient(baseURL, token, requestTimeout)
	if err != nil {
		return nil, err
	}
	uploads, err := newClient(baseURL, token, uploadTimeout)
	if err != nil {
		return nil, err
	}
	return &api{client, uploads, wait, log}, nil
}

func newClient(baseURL, token string, timeout time.Duration) (*github.Client, error) {
	uploadURL := uploadURL(baseURL)
	options := []github.ClientOptionsFunc{
		github.WithURLs(&baseURL, &uploadURL),
		github.WithHTTPClient(&http.Client{Transport: bounded{http.DefaultTransport}, Timeout: timeout, CheckRedirect: checkRedirect}),
	}
	if token != "" {
		options = append(options, github.WithAuthToken(token))
	}
	client, err := github.NewClient(options...)
	if err != nil {
		return nil, problem.WithHint(fmt.Errorf("GITHUB_API_URL is not a URL: %q", baseURL), "give a URL such as https://github.example.com/api/v3")
	}
	return client, nil
}

// uploadURL returns the base URL of uploads: GitHub has a server for them, and GitHub Enterprise
// Server has a path.
func uploadURL(baseURL string) string {
	if host, isPublic := strings.CutPrefix(baseURL, "https://api."); isPublic {
		return "https://uploads." + host
	}
	return strings.TrimSuffix(baseURL, "v3/") + "uploads/"
}

// checkRedirect keeps the token, which the client sends with every request, from other servers,
// and a DELETE from becoming a GET.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	if req.URL.Host != first.URL.Host || req.URL.Scheme != first.URL.Scheme || req.Method != first.Method || len(via) >= 10 {
		return errRedirect
	}
	return nil
}

// bounded limits the size of answers.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(req)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	}
	return resp, err
}

// call makes a request, and tries it again if the server, the network or a rate limit is to
// blame. Its error is explained, and may have a hint.
func call[T any](ctx context.Context, a *api, request backoff.Operation[T]) (T, error) {
	result, err := backoff.Retry(ctx,
		func() (T, error) {
			result, err := request()
			return result, retryable(err)
		},
		backoff.WithBackOff(&backoff.ExponentialBackOff{InitialInterval: a.wait, Multiplier: 2, MaxInterval: maxWait}),
		backoff.WithMaxTries(maxTries),
		backoff.WithMaxElapsedTime(maxWait),
		backoff.WithNotify(func(err error, wait time.Duration) {
			fmt.Fprintf(a.log, "%s; trying again in %s\n", problem.OneLine(a.explain(err).Error()), wait.Round(time.Second))
		}),
	)
	switch {
	case err == nil:
		return result, nil
	case ctx.Err() != nil:
		return result, context.Cause(ctx)
	}
	return result, a.explain(err)
}

// retryable marks an error for backoff.Retry: with the time to wait, or as permanent.
func retryable(err error) error {
	if err == nil {
		return nil
	}
	if limit, ok := errors.AsType[*github.RateLimitError](err); ok {
		return waitFor(err, time.Until(limit.Rate.Reset.Time))
	}
	if limit, ok := errors.AsType[*github.AbuseRateLimitError](err); ok {
		if limit.RetryAfter == nil {
			return waitFor(err, time.Minute) // as GitHub's documentation asks for
		}
		return waitFor(err, *limit.RetryAfter)
	}
	if answer, ok := errors.AsType[*github.ErrorResponse](err); ok {
		if code := answer.Response.StatusCode; code < http.StatusInternalServerError && code != http.StatusTooManyRequests {
			return backoff.Permanent(err)
		}
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge || errors.Is(err, errRedirect) {
		return backoff.Permanent(err)
	}
	return err
}

// waitFor is an error after which to wait, and a little longer than GitHub says, whose times
// are whole seconds.
func waitFor(err error, d time.Duration) error {
	return errors.Join(err, &backoff.RetryAfterError{Duration: max(d, 0) + time.Second})
}

func isNotFound(err error) bool {
	answer, ok := errors.AsType[*github.ErrorResponse](err)
	return ok && answer.Response.StatusCode == http.StatusNotFound
}

func explained(text, hint string) error { return problem.WithHint(errors.New(text), hint) }

// explain says in plain English why a request failed, and what to do about it.
func (a *api) explain(err error) error {
	if limit, ok := errors.AsType[*github.RateLimitError](err); ok {
		reset := limit.Rate.Reset.UTC().Format("15:04:05 MST")
		return explained("the rate limit of the API is used up until "+reset, "try again after that time; with a GITHUB_TOKEN, the limit is higher")
	}
	if limit, ok := errors.AsType[*github.AbuseRateLimitError](err); ok {
		return explained("GitHub limits the rate of requests: "+limit.Message, "try again in some minutes")
	}
	if answer, ok := errors.AsType[*github.ErrorResponse](err); ok {
		return explainAnswer(answer)
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return explained(fmt.Sprintf("the API's answer is larger than %d MB", maxAnswer>>20), a.checkURL())
	}
	_, badSyntax := errors.AsType[*json.SyntaxError](err)
	_, badType := errors.AsType[*json.UnmarshalTypeError](err)
	if badSyntax || badType {
		return explained("the API's answer is not the expected JSON: "+err.Error(), a.checkURL())
	}
	return err
}

func explainAnswer(answer *github.ErrorResponse) error {
	code := answer.Response.StatusCode
	text := strings.TrimSpace(fmt.Sprintf("GitHub answered %d %s", code, http.StatusText(code)))
	if answer.Message != "" {
		text += ": " + answer.Message
	}
	hint := ""
	switch code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		hint = "check that the repository exists, and that GITHUB_TOKEN is valid and has access to its contents"
	}
	return explained(text, hint)
}

func (a *api) checkURL() string {
	return "check GITHUB_API_URL; the API in use is " + a.client.BaseURL()
}
