package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"botkube-plugins/index"
	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/fetch"
	"botkube-plugins/tools/indexgen/internal/verify"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"
)

// maxArtifact is the largest size of an artifact or a dependency, in bytes.
const maxArtifact = 1 << 30

// verification is the report of verify.
type verification struct {
	Checks   []verify.Check `json:"checks"`
	Problems problem.List   `json:"problems"`
	// MoreProblems is how many problems are not in Problems.
	MoreProblems int          `json:"moreProblems,omitempty"`
	Warnings     problem.List `json:"warnings"`
	// MoreWarnings is how many warnings are not in Warnings.
	MoreWarnings int `json:"moreWarnings,omitempty"`
	// Sandbox is what the sandbox denied to the plugins that were started.
	Sandbox []pluginhost.Restriction `json:"sandbox"`
}

type verifyFlags struct {
	dist, report                string
	headers, platforms, plugins []string
	start                       startFlags
	download                    downloadFlags
}

func newVerify(s *cli.Screen) *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify URL|FILE",
		Short: "Install everything in an index as Botkube does",
		Long: `verify downloads every artifact and dependency of an index as Botkube does, compares the
checksum, unpacks it, picks the file that Botkube picks, and checks that it is an executable
for its platform. It starts the plugins for this machine's platform, compares their metadata
with the index, and asks an executor for its help and a source for its stream.

With --dist it takes the artifacts, and the dependencies whose URLs differ from theirs only in
the file's name, from a directory, before they are published. With --exec
it starts the plugins for another platform, too, through an emulator. --require-start fails
unless a plugin was started.

Downloads go to a temporary directory that is removed at the end. Plugins run in the same
sandbox as in generate.

docs/json.md describes the report of --json.`,
		Example: `  indexgen verify https://github.com/me/plugins/releases/latest/download/plugins-index.yaml
  indexgen verify --dist dist dist/plugins-index.yaml
  indexgen verify --exec linux/arm64=qemu-aarch64-static --require-start=linux/arm64 index.yaml
  indexgen verify --header 'Authorization: Bearer abc' --platform linux/arm64 https://example.com/index.yaml
  indexgen verify --no-run --json index.yaml | jq '.problems[].where'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			header, err := f.check()
			if err != nil {
				return err
			}
			commands, err := f.start.check()
			if err != nil {
				return err
			}
			annotate(s, args[0])
			ctx, cancel := f.download.limit(cmd.Context())
			defer cancel()
			return f.run(ctx, s, args[0], header, commands)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dist, "dist", "", "take the files of the release from this `directory` instead of their URLs")
	flags.StringVar(&f.report, "report", "", "write the report of --json to this `file`, too")
	flags.StringArrayVar(&f.headers, "header", nil, "`'Name: value'` to send with the request for the index; may be repeated")
	flags.StringSliceVar(&f.platforms, "platform", nil, "verify only this `os/arch`; may be repeated")
	flags.StringSliceVar(&f.plugins, "plugin", nil, "verify only the plugin with this `name`, or type/name; may be repeated")
	f.start.add(cmd)
	f.download.add(cmd, 30*time.Minute)
	s.AddFlags(flags)
	cli.Must(cmd.MarkFlagDirname("dist"))
	cli.Must(cmd.MarkFlagFilename("report", "json"))
	return cmd
}

// check validates the flags and parses the headers.
func (f *verifyFlags) check() (http.Header, error) {
	header, err := parseHeaders(f.headers)
	if err != nil {
		return nil, err
	}
	for _, p := range f.platforms {
		if _, err := parsePlatform(p); err != nil {
			return nil, err
		}
	}
	return header, f.download.check()
}

func (f *verifyFlags) run(ctx context.Context, s *cli.Screen, name string, header http.Header, commands map[string][]string) error {
	client := f.download.client()
	if f.dist != "" {
		if _, err := os.ReadDir(f.dist); err != nil {
			return err
		}
	}
	denied := []pluginhost.Restriction{}
	if !f.start.noRun {
		var err error
		if denied, err = f.start.sandbox.enter(s); err != nil {
			return err
		}
	}
	var result verify.Result
	data, err := readIndex(ctx, client, name, header)
	if unreachable, ok := errors.AsType[problem.Problem](err); ok {
		result.Problems.Add(unreachable)
		if !fetch.Permanent(err) {
			result.Temporary++
		}
		err = nil
	} else if err == nil {
		progress := s.ProgressOf("verifying")
		result, err = verify.Run(ctx, verify.Options{
			Index: data, Dist: f.dist, Platforms: f.platforms, Plugins: f.plugins,
			Start: !f.start.noRun, Exec: commands, RequireStart: f.start.required, Sandbox: f.start.sandbox != sandboxOff,
			Timeout: f.download.plugin, Jobs: f.download.jobs, Client: client, Progress: progress, Done: func(c verify.Check) { noteCheck(s, c) },
		})
		progress.Stop()
	}
	if errors.Is(err, verify.ErrNothing) {
		return cli.Usage(err)
	}
	if err != nil {
		return cli.Interrupted(err, result.Problems)
	}
	return f.print(s, result, denied)
}

func noteCheck(s *cli.Screen, c verify.Check) {
	state, note := "ok  ", ""
	if !c.OK {
		state = "FAIL"
	}
	if c.Dependency != "" {
		note += " dependency " + c.Dependency
	}
	if c.Started {
		note += " (started)"
	}
	s.Note("%s %s %s %s%s", state, c.Plugin, c.Version, c.Platform, note)
}

// print prints the result, and writes the report to a file if there is to be one.
func (f *verifyFlags) print(s *cli.Screen, r verify.Result, denied []pluginhost.Restriction) error {
	s.Warnings(r.Warnings)
	report := newVerification(r, denied)
	if err := writeReport(f.report, report); err != nil {
		return err
	}
	var err error
	switch {
	case s.JSON:
		err = s.Report(report)
	case r.Problems.Total() == 0 && !s.Quiet:
		err = s.Result(fmt.Appendf(nil, "Botkube can install everything (%s, %s)\n",
			problem.Count(len(r.Checks), "file"), problem.Count(r.Warnings.Total(), "warning")))
	}
	if err != nil {
		return err
	}
	return verdict(r)
}

// newVerification returns the report of a result. Its lists are never null.
func newVerification(r verify.Result, denied []pluginhost.Restriction) verification {
	return verification{append([]verify.Check{}, r.Checks...), r.Problems.Kept, r.Problems.More, r.Warnings.Kept, r.Warnings.More, denied}
}

// verdict returns the error for the problems of a result.
func verdict(r verify.Result) error {
	if r.Temporary > 0 && r.Temporary == r.Problems.Total() {
		return cli.Unreachable(r.Problems)
	}
	return cli.NotInstallable(r.Problems)
}

// writeReport writes a report to a file. Without a name, it writes nothing.
func writeReport(name string, report any) error {
	if name == "" {
		return nil
	}
	text, err := cli.EncodeReport(report)
	if err != nil {
		return err
	}
	return renameio.WriteFile(name, text, 0o644, renameio.WithTempDir(filepath.Dir(name)))
}

// readIndex reads the index from a URL or a file. If a server does not send it, the error is
// a [problem.Problem], since Botkube cannot get it either, and the error of the client.
func readIndex(ctx context.Context, client *fetch.Client, name string, header http.Header) ([]byte, error) {
	if !isURL(name) {
		if u, err := url.Parse(name); err == nil && u.Scheme == "file" {
			name = u.Path
		}
		return readIndexFile(ctx, name)
	}
	limited := *client
	limited.MaxSize = index.MaxSize
	body, err := limited.Get(ctx, name, header)
	var data []byte
	if err == nil {
		defer body.Close()
		data, err = readLimited(body, 0)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if _, ok := errors.AsType[*fetch.SizeError](err); ok {
		return nil, index.TooLarge()
	}
	if err != nil {
		return nil, unreachableError{problem.Problem{
			Where: "index", Found: fmt.Sprintf("the error %q", verify.Plain(err)), Want: "an index that can be downloaded",
			URL: name, Hint: hintForIndex(err),
		}, err}
	}
	return data, nil
}

// unreachableError is a problem with its cause.
type unreachableError struct {
	problem.Problem
	cause error
}

func (e unreachableError) Unwrap() []error { return []error{e.Problem, e.cause} }

func hintForIndex(err error) string {
	status, ok := errors.AsType[*fetch.StatusError](err)
	switch {
	case !ok:
		return ""
	case status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden:
		return "send Botkube's headers with --header"
	case status.Code == http.StatusNotFound:
		return "check that the release is published, and public; a private one gives this answer without --header"
	}
	return ""
}
