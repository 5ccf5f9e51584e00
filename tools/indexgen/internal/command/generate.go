package command

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"botkube-plugins/internal/artifact"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/generate"
	"botkube-plugins/tools/indexgen/internal/pin"
	"botkube-plugins/tools/indexgen/internal/verify"

	"github.com/spf13/cobra"
)

// generation is the report of generate.
type generation struct {
	Index    string            `json:"index,omitempty"` // the file that was written
	Plugins  []generate.Plugin `json:"plugins"`
	Problems problem.List      `json:"problems"`
	// MoreProblems is how many problems are not in Problems.
	MoreProblems int `json:"moreProblems,omitempty"`
	// Sandbox is what the sandbox denied to the plugins.
	Sandbox []pluginhost.Restriction `json:"sandbox"`
}

type generateFlags struct {
	dist, baseURL, output, report, publish, expectVersion string
	timeout                                               time.Duration
	jobs                                                  int
	pin                                                   bool
	dependencies                                          dependencyFlag
	sandbox                                               sandboxFlag
}

func newGenerate(s *cli.Screen) *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate --base-url URL",
		Short: "Generate the index of a directory of built plugins",
		Long: `generate finds the plugins in a directory by Botkube's naming rule,

  ` + artifact.Rule + `

starts each plugin's binary for this machine, asks for its metadata, hashes and checks
the artifacts that are published, and writes the index. If Botkube cannot install a plugin
on one of its platforms, generate writes nothing and reports all problems at once.

Plugins run in a sandbox, as far as this system has one: they have no environment variable
except PATH, no files except their binary, the system's programs and libraries and their own
temporary directory, and no network. --timeout limits their start and their answer.

--dependency adds a program that is published next to the plugins to a plugin's dependencies,
with its checksum. FILE is its name in --dist, in which {os} and {arch} stand for Go's names
of the platform, such as aws_{os}_{arch}.tar.gz, and //DIR after it is the directory in an
archive that holds the program. There must be a file for each platform of the plugin. If the
directory has several plugins, TYPE/PLUGIN: says which one needs it.

With --pin-dependencies, it downloads each dependency, checks it as verify does, and writes
its checksum into its URL. Without a checksum, Botkube runs whatever the server sends.

docs/json.md describes the report of --json.`,
		Example: `  indexgen generate --dist dist --base-url https://github.com/me/plugins/releases/download/v1.0.0
  indexgen generate --base-url http://127.0.0.1:8080 --output - | less
  indexgen generate --base-url https://example.com/plugins --expect-version 1.0.0 --json
  indexgen generate --base-url https://example.com/plugins --dependency executor/cloud:aws=aws_{os}_{arch}.tar.gz`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(s); err != nil {
				return err
			}
			return f.run(cmd.Context(), s)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dist, "dist", "dist", "`directory` of the built plugins")
	flags.StringVar(&f.baseURL, "base-url", "", "absolute `URL` below which the artifacts are published (required)")
	flags.StringVarP(&f.output, "output", "o", "", "`file` to write, - for stdout (default "+indexFile+" in --dist)")
	flags.StringVar(&f.report, "report", "", "write the report of --json to this `file`, too")
	flags.StringVar(&f.publish, "publish", string(artifact.FormAuto), "what to publish: archive, binary, or auto for archives if there are any")
	flags.StringVar(&f.expectVersion, "expect-version", "", "reject a plugin that reports another `version`; v1.2.3 and 1.2.3 are the same")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long a plugin may take to start, and to answer")
	flags.IntVarP(&f.jobs, "jobs", "j", min(runtime.GOMAXPROCS(0), maxJobs), "how many files to read at once")
	flags.BoolVar(&f.pin, "pin-dependencies", false, "download the dependencies, and add their checksums to their URLs")
	f.dependencies.add(cmd)
	f.sandbox.add(cmd)
	s.AddFlags(flags)
	cli.Must(cmd.MarkFlagRequired("base-url"))
	cli.Must(cmd.MarkFlagDirname("dist"))
	cli.Must(cmd.MarkFlagFilename("output", "yaml", "yml"))
	cli.Must(cmd.MarkFlagFilename("report", "json"))
	cli.Must(cmd.RegisterFlagCompletionFunc("publish", cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

var forms = []string{string(artifact.FormAuto), string(artifact.FormArchive), string(artifact.FormBinary)}

// check validates and normalizes the flags.
func (f *generateFlags) check(s *cli.Screen) error {
	var err error
	if f.baseURL, err = parseBaseURL(f.baseURL); err != nil {
		return err
	}
	if f.output == "" {
		f.output = filepath.Join(f.dist, indexFile)
	}
	switch {
	case !slices.Contains(forms, f.publish):
		return cli.Usagef("--publish: found %q, want one of %s", f.publish, strings.Join(forms, ", "))
	case artifact.Reserved(filepath.Base(f.output)):
		return cli.Usagef("--output: found %q, want a file that is not part of the release of a plugin", f.output)
	case s.JSON && f.output == "-":
		return cli.Usagef("--json and --output - both print on stdout; name a file for the index")
	}
	if err := checkJobs(f.jobs); err != nil {
		return err
	}
	if err := f.sandbox.check(); err != nil {
		return err
	}
	return checkPositive(map[string]time.Duration{"timeout": f.timeout})
}

func (f *generateFlags) run(ctx context.Context, s *cli.Screen) error {
	denied, err := f.sandbox.enter(s)
	if err != nil {
		return err
	}
	// With a thread for each plugin that is asked and each file that is read, the kernel shares the
	// processors among them and the plugins. With fewer, a processor is idle while the only thread
	// that could use it starts a process. BenchmarkGenerate takes 9 % longer without this.
	runtime.GOMAXPROCS(max(2*f.jobs, runtime.GOMAXPROCS(0)))
	progress := s.ProgressOfBytes("reading artifacts")
	result, err := generate.Run(ctx, generate.Options{
		Dist:          f.dist,
		BaseURL:       f.baseURL,
		Form:          artifact.Form(f.publish),
		ExpectVersion: f.expectVersion,
		Dependencies:  f.dependencies,
		Timeout:       f.timeout,
		Jobs:          f.jobs,
		Sandbox:       f.sandbox != sandboxOff,
		Progress:      progress,
		Done:          func(p generate.Plugin) { notePlugin(s, p) },
	})
	progress.Stop()
	if err == nil && f.pin && len(result.Problems) == 0 {
		err = f.pinDependencies(ctx, s, &result)
	}
	if err != nil {
		return cli.Interrupted(err, problem.Limit(result.Problems))
	}
	report := newGeneration(result, denied)
	if len(result.Problems) == 0 {
		if err := writeIndex(s, f.output, result.Index); err != nil {
			return err
		}
		report.Index = f.output
	}
	if err := writeReport(f.report, report); err != nil {
		return err
	}
	if s.JSON {
		if err := s.Report(report); err != nil {
			return err
		}
	}
	if len(result.Problems) == 0 && f.output != "-" {
		s.Note("wrote %s: %s", f.output, problem.Count(len(result.Plugins), "plugin"))
	}
	return cli.NotInstallable(problem.Limit(result.Problems))
}

// pinDependencies adds the checksums of the dependencies to the index, or problems to the result.
func (f *generateFlags) pinDependencies(ctx context.Context, s *cli.Screen, result *generate.Result) error {
	progress := s.ProgressOfFiles("pinning dependencies")
	defer progress.Stop()
	pinned, found, err := pin.Dependencies(ctx, result.Index, verify.Options{
		Dist: f.dist, Jobs: f.jobs, Client: defaultClient(), Progress: progress, OnRead: progress.Read, Done: func(verify.Check) {},
	})
	result.Index = pinned
	result.Problems = append(result.Problems, found.Problems.Kept...)
	if err == nil && found.Temporary > 0 && found.Temporary == found.Problems.Total() {
		return errors.New("the network or a server failed; try again later")
	}
	return err
}

// newGeneration returns the report of a result. Its lists are never null.
func newGeneration(result generate.Result, denied []pluginhost.Restriction) generation {
	limited := problem.Limit(result.Problems)
	return generation{
		Plugins: append([]generate.Plugin{}, result.Plugins...), Problems: limited.Kept, MoreProblems: limited.More, Sandbox: denied,
	}
}

func notePlugin(s *cli.Screen, p generate.Plugin) {
	version := p.Version
	if version == "" {
		version = "(no metadata)"
	}
	var platforms []string
	for _, a := range p.Artifacts {
		platforms = append(platforms, a.Platform)
	}
	s.Note("%s/%s %s: %s", p.Type, p.Name, version, strings.Join(platforms, " "))
}
