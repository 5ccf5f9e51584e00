package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/generate"
	"botkube-plugins/tools/indexgen/internal/serve"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

type serveFlags struct {
	dist, addr, baseURL, repository string
	readmes                         string
	timeout                         time.Duration
	public                          bool
	sandbox                         sandboxFlag
	denied                          []pluginhost.Restriction // by the sandbox
}

func newServe(s *cli.Screen) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve built plugins and a live index to a local Botkube",
		Long: `serve is a web server for trying out plugins with Botkube on this machine or in a local
cluster. It serves the index of a directory at /` + indexFile + `, and the artifacts that the
index names. It generates the index in memory, as generate does, and again after each build.
The directory need not exist yet. While Botkube could not install from it, serve
answers 503 and prints the reasons on stderr.

On stdout it prints the values for Botkube: the repository, all plugins with the defaults
of their schemas as config, and how to clear Botkube's cache.

People find the plugins at /, on the pages that site makes, with the values for this server.

It serves only the index, its artifacts and these pages. It rejects an address that other machines can
reach, except with --public. Plugins are started as in generate.

With --json it prints one report per line instead of the values; docs/json.md describes it.`,
		Example: `  indexgen serve | tee values.yaml
  indexgen serve --addr 0.0.0.0:8080 --public --base-url http://host.minikube.internal:8080
  indexgen serve --json | jq '.problems[].where'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			addr, err := f.check()
			if err != nil {
				return err
			}
			return f.run(cmd.Context(), s, addr)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dist, "dist", "dist", "`directory` of the built plugins")
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8080", "`host:port` to listen on; port 0 chooses a free port")
	flags.BoolVar(&f.public, "public", false, "allow an --addr that other machines can reach")
	flags.StringVar(&f.baseURL, "base-url", "", "`URL` by which Botkube reaches this server (default http:// and --addr)")
	flags.StringVar(&f.repository, "repository", "local", "`name` of the repository in Botkube's values")
	flags.StringVar(&f.readmes, "readmes", "", "`directory` that has the README.md of each plugin in a directory with the plugin's name, for the pages")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long a plugin may take to start, and to answer")
	f.sandbox.add(cmd)
	flags.BoolVarP(&s.Quiet, "quiet", "q", false, "print only the values and problems")
	flags.BoolVar(&s.JSON, "json", false, "print a report as one line on stdout for each index or list of problems")
	cli.Must(cmd.MarkFlagDirname("dist"))
	cli.Must(cmd.MarkFlagDirname("readmes"))
	return cmd
}

// repositoryName matches names that are valid as the first part of a plugin's key in Botkube's
// values, as a directory in its cache, and as a word in a shell command.
var repositoryName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// check validates the flags and returns the address to listen on.
func (f *serveFlags) check() (string, error) {
	if err := checkPositive(map[string]time.Duration{"timeout": f.timeout}); err != nil {
		return "", err
	}
	if err := f.sandbox.check(); err != nil {
		return "", err
	}
	if !repositoryName.MatchString(f.repository) {
		return "", cli.Usagef("--repository: found %q, want a name of letters, digits, dots, - and _, such as local", f.repository)
	}
	addr, err := f.checkAddr()
	if err != nil {
		return "", err
	}
	return addr, f.checkBaseURL(addr)
}

func (f *serveFlags) run(ctx context.Context, s *cli.Screen, addr string) error {
	var err error
	if f.denied, err = f.sandbox.enter(s); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return problem.WithHint(fmt.Errorf("%s is in use", addr), "end the program that listens there, or choose another address with --addr")
	}
	if err != nil {
		return err
	}
	if f.baseURL == "" {
		f.baseURL = "http://" + listener.Addr().String()
	}
	p := &publisher{screen: s, flags: f}
	var readme func(string) (string, error)
	if f.readmes != "" {
		readme = readmesIn(f.readmes)
	}
	site := serve.New(serve.Options{
		Dist: f.dist, Repository: f.repository, README: readme, BaseURL: f.baseURL, Timeout: f.timeout, Jobs: runtime.GOMAXPROCS(0), Sandbox: f.sandbox != sandboxOff, Note: p.note,
	})
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error {
		var handler http.Handler = site
		failures := log.New(io.Discard, "", 0)
		if !s.Quiet && !s.JSON {
			handler = serve.Logged(site, p.note)
			failures = log.New(logWriter(p.note), "", 0)
		}
		return serve.Serve(running, listener, handler, failures)
	})
	group.Go(func() error { return site.Watch(running, p.publish) })
	if err := group.Wait(); err != nil && ctx.Err() == nil {
		return err
	}
	return nil // only a signal ends the command
}

// publisher prints each index and its values when it is served.
type publisher struct {
	screen *cli.Screen
	flags  *serveFlags
	values []byte // the last that were printed
}

// note prints a line that begins with the time.
func (p *publisher) note(format string, args ...any) {
	p.screen.Note(time.Now().Format(time.TimeOnly)+" "+format, args...)
}

// publish prints the result that the site serves now, or the reasons why it serves none.
func (p *publisher) publish(result generate.Result) error {
	if p.screen.JSON {
		report := newGeneration(result, p.flags.denied)
		if len(result.Problems) == 0 {
			report.Index = p.flags.baseURL + "/" + indexFile
		}
		return p.screen.ReportLine(report)
	}
	if n := len(result.Problems); n > 0 {
		p.screen.Styled(strings.TrimSuffix(problem.Limit(result.Problems).String(), "\n"))
		p.note("serving no index: %s", problem.Count(n, "problem"))
		return nil
	}
	if err := p.printValues(result.Index); err != nil {
		return err
	}
	p.note("serving %s at %s/%s, and a site for people at %[2]s/", problem.Count(len(result.Plugins), "plugin"), p.flags.baseURL, indexFile)
	return nil
}

// printValues prints the values, unless it printed the same values last. Each text is a separate
// YAML document, so that a file with all of them is valid YAML.
func (p *publisher) printValues(text []byte) error {
	ix, err := index.Decode(text)
	if err != nil {
		return err
	}
	values, err := serve.Values(ix, p.flags.baseURL, p.flags.repository)
	if err == nil {
		values, err = printableYAML(values)
	}
	if err != nil || bytes.Equal(values, p.values) {
		return err
	}
	separator := ""
	if p.values != nil {
		separator = "---\n"
	}
	p.values = values
	return p.screen.Result(append([]byte(separator), values...))
}

// logWriter is a writer for a logger. It prints each message as a line.
type logWriter func(format string, args ...any)

func (w logWriter) Write(message []byte) (int, error) {
	w("%s", bytes.TrimSpace(message))
	return len(message), nil
}
