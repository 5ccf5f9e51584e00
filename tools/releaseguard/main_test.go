package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestUsage(t *testing.T) {
	publish := func(url string) []string {
		return []string{"publish", "testdata/notes.md", url, commit, "testdata/one.txt"}
	}
	const urlHint = "  hint: give a URL such as https://github.com/OWNER/REPO/releases/tag/TAG\n"
	token := map[string]string{"GITHUB_TOKEN": "secret"}
	for name, test := range map[string]struct {
		args   []string
		env    map[string]string
		code   int
		stderr string
	}{
		"nothing":               {nil, token, 2, usage},
		"no files":              {[]string{"publish", "testdata/notes.md", page, commit}, token, 2, usage},
		"another command":       {[]string{"release", "testdata/notes.md", page, commit, "testdata/one.txt"}, token, 2, usage},
		"empty":                 {publish(""), token, 2, "error: \"\" is not the URL of a release\n" + urlHint},
		"no tag":                {publish("https://github.com/a/b/releases/tag/"), token, 2, "error: \"https://github.com/a/b/releases/tag/\" is not the URL of a release\n" + urlHint},
		"no owner":              {publish("https://github.com/b/releases/tag/v1"), token, 2, "error: \"https://github.com/b/releases/tag/v1\" is not the URL of a release\n" + urlHint},
		"no page":               {publish("https://github.com/a/b"), token, 2, "error: \"https://github.com/a/b\" is not the URL of a release\n" + urlHint},
		"no URL":                {publish(":"), token, 2, "error: the release's URL is invalid: parse \":\": missing protocol scheme\n"},
		"wrong API":             {publish(page), map[string]string{"GITHUB_TOKEN": "secret", "GITHUB_API_URL": ":"}, 2, "error: GITHUB_API_URL is not a URL: \":/\"\n  hint: give a URL such as https://github.example.com/api/v3\n"},
		"user":                  {publish(page), map[string]string{"GITHUB_TOKEN": "secret", "GITHUB_API_URL": "https://user:sec/ret@github.example.com"}, 2, "error: GITHUB_API_URL has a user or password, and is not shown\n  hint: give it without one; GITHUB_TOKEN is sent\n"},
		"no repository":         {[]string{"indexes", "https://github.com/a"}, token, 2, repositoryError("https://github.com/a")},
		"a page":                {[]string{"indexes", "https://github.com/a/b/releases"}, token, 2, repositoryError("https://github.com/a/b/releases")},
		"a query":               {[]string{"indexes", "https://github.com/a/b?c"}, token, 2, repositoryError("https://github.com/a/b?c")},
		"no host":               {[]string{"indexes", "a/b"}, token, 2, repositoryError("a/b")},
		"no repository's URL":   {[]string{"indexes", ":"}, token, 2, "error: the repository's URL is invalid: parse \":\": missing protocol scheme\n"},
		"wrong API for indexes": {[]string{"indexes", "https://github.com/a/b"}, map[string]string{"GITHUB_API_URL": ":"}, 2, "error: GITHUB_API_URL is not a URL: \":/\"\n  hint: give a URL such as https://github.example.com/api/v3\n"},
		"no token":              {publish(page), nil, 2, "error: GITHUB_TOKEN is not set\n  hint: set it to a token that may write the repository's contents\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), test.args, env(test.env), time.Millisecond, &stdout, &stderr)
			if code != test.code || stderr.String() != test.stderr || stdout.Len() > 0 {
				t.Errorf("found exit code %d and\n%s%swant %d and\n%s", code, &stdout, &stderr, test.code, test.stderr)
			}
		})
	}
}

func repositoryError(url string) string {
	return "error: \"" + url + "\" is not the URL of a repository\n  hint: give a URL such as https://github.com/OWNER/REPO\n"
}

// A signal ends the program while it waits for an answer, and before it tries again.
func TestSignals(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"retry":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
	} {
		for signal, text := range map[syscall.Signal]string{syscall.SIGINT: "interrupt", syscall.SIGTERM: "terminated"} {
			t.Run(name+", "+text, func(t *testing.T) {
				t.Parallel()
				asked := make(chan struct{}, 10)
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					asked <- struct{}{}
					handler(w, r)
				}))
				defer server.Close()
				var stderr strings.Builder
				cmd := exec.CommandContext(t.Context(), os.Args[0], "publish", "testdata/notes.md", page, commit, "testdata/one.txt")
				cmd.Env = append(os.Environ(), asProgram+"=1", "GITHUB_TOKEN=secret", "GITHUB_API_URL="+server.URL)
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				<-asked
				if name == "retry" {
					<-asked // it waited for one second, and waits for two now
				}
				start := time.Now()
				if err := cmd.Process.Signal(signal); err != nil {
					t.Error(err)
				}
				err := cmd.Wait()
				if code := cmd.ProcessState.ExitCode(); code != 1 || time.Since(start) > 1500*time.Millisecond {
					t.Errorf("found %v after %s, want exit code 1 at once", err, time.Since(start))
				}
				if want := "error: cannot find out whether v1.0.0 is published: " + text + " signal received\n"; !strings.HasSuffix("\n"+stderr.String(), "\n"+want) {
					t.Errorf("found\n%swant it to end with\n%s", &stderr, want)
				}
			})
		}
	}
}

// The same holds for the last try.
func TestCanceledInLastTry(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests < maxTries {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		cancel(errors.New("enough"))
		<-r.Context().Done()
	}))
	defer server.Close()
	var stderr strings.Builder
	code := run(ctx, []string{"publish", "testdata/notes.md", page, commit, "testdata/one.txt"}, env(map[string]string{"GITHUB_TOKEN": "secret", "GITHUB_API_URL": server.URL}), time.Millisecond, io.Discard, &stderr)
	if want := "\nerror: cannot find out whether v1.0.0 is published: enough\n"; code != 1 || !strings.HasSuffix(stderr.String(), want) {
		t.Errorf("found exit code %d and\n%swant it to end with%s", code, &stderr, want)
	}
}
