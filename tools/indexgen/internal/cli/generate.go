package cli

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"botkube-plugins/tools/indexgen/internal/artifact"
	"botkube-plugins/tools/indexgen/internal/generate"
	"botkube-plugins/tools/indexgen/internal/report"
	"botkube-plugins/tools/indexgen/internal/serve"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"
)

// indexFile is the index's name beside the artifacts.
const indexFile = serve.IndexFile

// generation is what generate reports to programs.
type generation struct {
	Index    string            `json:"index,omitempty"` // the file that was written
	Plugins  []generate.Plugin `json:"plugins"`
	Problems []report.Problem  `json:"problems"`
}

type generateFlags struct {
	dist, baseURL, output, publish, expectVersion string
	timeout                                       time.Duration
	jobs                                          int
	quiet, json                                   bool
}

func newGenerate(s streams) *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate --base-url URL",
		Short: "Make the index from a directory of built plugins",
		Long: `generate finds the plugins in a directory by Botkube's naming rule,

  ` + artifact.Rule + `

starts each plugin's binary for this machine, asks for its metadata, hashes and checks
the artifacts that are published, and writes the index. It writes nothing if Botkube
could not install a plugin on any of its platforms, and reports all reasons at once.

A plugin gets no variable of the environment but PATH, a temporary directory of its own,
and no more time than --timeout for its start and for its answer.`,
		Example: `  indexgen generate --dist dist --base-url https://github.com/me/plugins/releases/download/v1.0.0
  indexgen generate --base-url http://127.0.0.1:8080 --output - | less
  indexgen generate --base-url https://example.com/plugins --expect-version 1.0.0 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return usageError{err}
			}
			return runGenerate(cmd, s, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dist, "dist", "dist", "`directory` of the built plugins")
	flags.StringVar(&f.baseURL, "base-url", "", "absolute `URL` below which the artifacts are published (required)")
	flags.StringVarP(&f.output, "output", "o", "", "`file` to write, - for stdout (default "+indexFile+" in --dist)")
	flags.StringVar(&f.publish, "publish", string(artifact.FormAuto), "what to publish: archive, binary, or auto for archives where there are any")
	flags.StringVar(&f.expectVersion, "expect-version", "", "refuse a plugin that reports another `version`")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long a plugin may take to start, and to answer")
	flags.IntVarP(&f.jobs, "jobs", "j", runtime.GOMAXPROCS(0), "how many plugins to ask, and files to read, at once")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print nothing but problems")
	flags.BoolVar(&f.json, "json", false, "print a report for programs on stdout")
	must(cmd.MarkFlagRequired("base-url"))
	must(cmd.MarkFlagDirname("dist"))
	must(cmd.MarkFlagFilename("output", "yaml", "yml"))
	must(cmd.RegisterFlagCompletionFunc("publish", cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

var forms = []string{string(artifact.FormAuto), string(artifact.FormArchive), string(artifact.FormBinary)}

// must is for cobra's errors about flags that do not exist.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// check finds mistakes in the flags and normalizes them.
func (f *generateFlags) check() error {
	var err error
	if f.baseURL, err = parseBaseURL(f.baseURL); err != nil {
		return err
	}
	if f.output == "" {
		f.output = filepath.Join(f.dist, indexFile)
	}
	switch {
	case !slices.Contains(forms, f.publish):
		return fmt.Errorf("--publish: found %q, want one of %s", f.publish, strings.Join(forms, ", "))
	case f.timeout <= 0:
		return fmt.Errorf("--timeout: found %s, want more than 0", f.timeout)
	case f.jobs < 1:
		return fmt.Errorf("--jobs: found %d, want at least 1", f.jobs)
	case f.json && f.output == "-":
		return fmt.Errorf("--json and --output - both want stdout; name a file for the index")
	}
	return nil
}

// parseBaseURL checks and normalizes the value of --base-url.
func parseBaseURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("--base-url: found %q, want an absolute http or https URL such as https://example.com/plugins", text)
	}
	// A slash too many would become "//" in the artifacts' URLs, which go-getter takes for
	// the beginning of a subdirectory.
	return strings.TrimRight(text, "/"), nil
}

func runGenerate(cmd *cobra.Command, s streams, f generateFlags) error {
	// Plugins are asked beside the reading, each by as many goroutines. With a thread for
	// each of them the kernel shares the cores among them and the plugins; with fewer, a core
	// idles while the one thread that could use it is starting a process.
	runtime.GOMAXPROCS(max(2*f.jobs, runtime.GOMAXPROCS(0)))
	progress := newProgress(s.err, f.quiet || f.json)
	result, err := generate.Run(cmd.Context(), generate.Options{
		Dist:          f.dist,
		BaseURL:       f.baseURL,
		Form:          artifact.Form(f.publish),
		ExpectVersion: f.expectVersion,
		Timeout:       f.timeout,
		Jobs:          f.jobs,
		Progress:      generateProgress{progress},
	})
	progress.stop()
	if err != nil {
		return err
	}
	// Appended to, so that a report has an empty list where there is nothing, and no null.
	g := generation{
		Plugins:  append([]generate.Plugin{}, result.Plugins...),
		Problems: append([]report.Problem{}, result.Problems...),
	}
	if len(result.Problems) == 0 {
		if err := s.writeIndex(f.output, result.Index); err != nil {
			return err
		}
		g.Index = f.output
	}
	if f.json {
		if err := s.printJSON(g); err != nil {
			return err
		}
	} else {
		for _, p := range g.Problems {
			fmt.Fprintln(s.err, p)
		}
	}
	if len(g.Problems) > 0 {
		return notInstallable(len(g.Problems))
	}
	if !f.quiet && !f.json && f.output != "-" {
		fmt.Fprintf(s.err, "wrote %s: %s\n", f.output, report.Count(len(g.Plugins), "plugin"))
	}
	return nil
}

// writeIndex writes the index whole or not at all.
func (s streams) writeIndex(name string, data []byte) error {
	if name == "-" {
		_, err := s.out.Write(data)
		return err
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file and cannot be replaced\nhint: --output - writes to stdout", name)
	}
	return renameio.WriteFile(name, data, 0o644, renameio.WithTempDir(filepath.Dir(name)))
}
