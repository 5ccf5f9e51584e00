package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"sync"
	"syscall"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/tools/indexgen/internal/generate"
	"botkube-plugins/tools/indexgen/internal/report"
	"botkube-plugins/tools/indexgen/internal/serve"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

type serveFlags struct {
	dist, addr, baseURL, repository string
	timeout                         time.Duration
	public, quiet, json             bool
}

func newServe(s streams) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a directory of built plugins to a Botkube, with an index that follows it",
		Long: `serve is a web server for trying plugins out: of the index of a directory, at
/` + indexFile + `, and of the artifacts that the index names, for a Botkube on this
machine or in a local cluster. The index is made as generate makes it, in memory, and made
anew when a build has changed the directory, which need not exist yet. While there is
nothing that Botkube could install, the answer is 503, and the reasons are on stderr.

On stdout it prints the values for Botkube: the repository, all plugins with the defaults
of their schemas as config, and how to clear Botkube's cache.

Nothing but the index and its artifacts is served. An address that other machines can
reach is refused without --public. Plugins are started as generate starts them.`,
		Example: `  indexgen serve | tee values.yaml
  indexgen serve --addr 0.0.0.0:8080 --public --base-url http://host.minikube.internal:8080
  indexgen serve --json | jq '.problems[].where'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			addr, err := f.check()
			if err != nil {
				return usageError{err}
			}
			return runServe(cmd.Context(), s, f, addr)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dist, "dist", "dist", "`directory` of the built plugins")
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8080", "`host:port` to listen on; port 0 is any that is free")
	flags.BoolVar(&f.public, "public", false, "allow an --addr that other machines can reach")
	flags.StringVar(&f.baseURL, "base-url", "", "`URL` by which Botkube reaches this server (default http:// and --addr)")
	flags.StringVar(&f.repository, "repository", "local", "`name` of the repository in Botkube's values")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long a plugin may take to start, and to answer")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print nothing but the values and problems")
	flags.BoolVar(&f.json, "json", false, "print a line for programs on stdout for each index, or list of problems")
	must(cmd.MarkFlagDirname("dist"))
	return cmd
}

// repositoryName is what can be the first part of Botkube's keys of plugins, a directory's
// name in its cache, and a word of a shell command.
var repositoryName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// check finds mistakes in the flags and gives the address to listen on.
func (f *serveFlags) check() (string, error) {
	if f.timeout <= 0 {
		return "", fmt.Errorf("--timeout: found %s, want more than 0", f.timeout)
	}
	if !repositoryName.MatchString(f.repository) {
		return "", fmt.Errorf("--repository: found %q, want a name of letters, digits, dots, - and _, such as local", f.repository)
	}
	addr, err := f.checkAddr()
	if err != nil {
		return "", err
	}
	return addr, f.checkBaseURL(addr)
}

func runServe(ctx context.Context, s streams, f serveFlags, addr string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use\nhint: end the program that listens there, or name another address with --addr", addr)
	}
	if err != nil {
		return err
	}
	if f.baseURL == "" {
		f.baseURL = "http://" + listener.Addr().String()
	}
	site := serve.New(serve.Options{Dist: f.dist, BaseURL: f.baseURL, Timeout: f.timeout, Jobs: runtime.GOMAXPROCS(0)})
	p := &servePrinter{streams: s, flags: f}
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error {
		var handler http.Handler = site
		failures := log.New(io.Discard, "", 0)
		if !f.quiet && !f.json {
			handler = serve.Logged(site, p.line)
			failures = log.New(logWriter(p.line), "", 0)
		}
		return serve.Serve(running, listener, handler, failures)
	})
	group.Go(func() error { return site.Watch(running, p.tell) })
	if err := group.Wait(); err != nil && ctx.Err() == nil {
		return err
	}
	return nil // to be ended is how it ends
}

// servePrinter prints what happens.
type servePrinter struct {
	streams
	flags  serveFlags
	values []byte     // that were printed last
	mu     sync.Mutex // of stderr: requests are answered side by side
}

// line prints a line with the time.
func (p *servePrinter) line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.err, time.Now().Format(time.TimeOnly)+" "+format+"\n", args...)
}

// tell prints what is served from now on, or why nothing is.
func (p *servePrinter) tell(result generate.Result) error {
	if p.flags.json {
		return p.tellJSON(result)
	}
	if n := len(result.Problems); n > 0 {
		p.mu.Lock()
		for _, problem := range result.Problems {
			fmt.Fprintln(p.err, problem)
		}
		p.mu.Unlock()
		if !p.flags.quiet {
			p.line("serving no index: %s", report.Count(n, "problem"))
		}
		return nil
	}
	if err := p.printValues(result.Index); err != nil {
		return err
	}
	if !p.flags.quiet {
		p.line("serving %s at %s/%s", report.Count(len(result.Plugins), "plugin"), p.flags.baseURL, indexFile)
	}
	return nil
}

// printValues prints the values if they are not those that were printed last. What follows
// is a document of its own, so that a file with all of them can be read.
func (p *servePrinter) printValues(text []byte) error {
	ix, err := index.Decode(text)
	if err != nil {
		return err
	}
	values, err := serve.Values(ix, p.flags.baseURL, p.flags.repository)
	if err != nil || bytes.Equal(values, p.values) {
		return err
	}
	separator := ""
	if p.values != nil {
		separator = "---\n"
	}
	p.values = values
	_, err = fmt.Fprintf(p.out, "%s%s", separator, values)
	return err
}

func (p *servePrinter) tellJSON(result generate.Result) error {
	g := generation{
		Plugins:  append([]generate.Plugin{}, result.Plugins...),
		Problems: append([]report.Problem{}, result.Problems...),
	}
	if len(g.Problems) == 0 {
		g.Index = p.flags.baseURL + "/" + indexFile
	}
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	return e.Encode(g)
}

// logWriter makes lines of a logger's messages.
type logWriter func(format string, args ...any)

func (w logWriter) Write(message []byte) (int, error) {
	w("%s", bytes.TrimSpace(message))
	return len(message), nil
}
