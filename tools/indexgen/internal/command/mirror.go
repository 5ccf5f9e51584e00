package command

import (
	"context"
	"errors"
	"net/http"
	"syscall"
	"time"

	"botkube-plugins/internal/cli"
	"botkube-plugins/internal/pluginhost"
	"botkube-plugins/internal/problem"
	"botkube-plugins/tools/indexgen/internal/fetch"
	"botkube-plugins/tools/indexgen/internal/mirror"
	"botkube-plugins/tools/indexgen/internal/verify"

	"github.com/spf13/cobra"
)

// mirroring is the report of mirror.
type mirroring struct {
	Output string `json:"output,omitempty"` // absent if there are problems
	// Downloaded is how many files were downloaded, and Removed the paths of files that the mirror no
	// longer has.
	Downloaded int          `json:"downloaded"`
	Removed    []string     `json:"removed"`
	Lock       *mirror.Lock `json:"lock,omitempty"`   // absent if there are problems
	Values     string       `json:"values,omitempty"` // absent if there are problems
	verification
}

type mirrorFlags struct {
	layout, baseURL, output, lock string
	image                         string
	locked, noRun                 bool
	headers, artifactHeaders      []string
	platforms, plugins            []string
	keep                          int
	sandbox                       sandboxFlag
	download                      downloadFlags

	dir       string           // for the files
	registry  *mirror.Registry // to push the image to
	indexes   []indexArg
	selection mirror.Selection
	header    http.Header            // for the indexes
	origins   map[string]http.Header // for the files, by origin
}

func newMirror(s *cli.Screen) *cobra.Command {
	var f mirrorFlags
	cmd := &cobra.Command{
		Use:   "mirror NAME=INDEX... --output DIRECTORY",
		Short: "Copy plugins to where Botkube needs no internet",
		Long: `mirror downloads the plugins of one or several indexes, with their dependencies, checks them
as verify does, and writes a mirror from which Botkube installs or starts them without a
connection to the outside. INDEX is the URL or the file of an index, and NAME the name of its
repository in Botkube's values; several indexes may have the same name. At the end it prints
the values for Botkube.

  --layout cache  a filled cache directory of Botkube for each platform. Botkube starts the
                  version that its values name, also from a read-only volume.
  --layout oci    a container image whose content is the cache directory, for a volume of
                  Kubernetes: in the directory DIR with --output oci:DIR, or pushed with
                  --output docker://REGISTRY/REPOSITORY:TAG and the credentials of Docker.
  --layout http   a directory for a web server at --base-url. With --base-url file:///PATH,
                  Botkube installs from a volume that is mounted there.

Nothing changes unless Botkube can install everything. A mirror that is there is updated:
only files that are new or changed are downloaded. If a run is interrupted, the mirror stays
as it was, and the next run continues.

The lock file lists all files with their sources and checksums. With --locked, mirror makes
the same mirror again, to the byte, or fails.

docs/mirror.md describes all steps, and docs/json.md the report of --json.`,
		Example: `  indexgen mirror mine=https://github.com/me/plugins/releases/latest/download/plugins-index.yaml -o mirror
  indexgen mirror mine=v1/index.yaml mine=v2/index.yaml --plugin ticker@1.2.3 --plugin echo -o mirror
  indexgen mirror mine=index.yaml --layout http --base-url https://files.intern/plugins -o mirror
  indexgen mirror mine=index.yaml --layout oci -o docker://registry.intern/botkube-plugins:1`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(args); err != nil {
				return err
			}
			ctx, cancel := f.download.limit(cmd.Context())
			defer cancel()
			return f.run(ctx, s)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "`directory` of the mirror, or oci:DIR or docker://REFERENCE with --layout oci (required)")
	flags.StringVar(&f.image, "image", "", "`REGISTRY/REPOSITORY:TAG` under which you will push the image of --output oci:DIR, for the values")
	flags.StringVar(&f.layout, "layout", string(mirror.LayoutCache), "what to write: cache, http or oci")
	flags.StringVar(&f.baseURL, "base-url", "", "`URL` of the output directory, for --layout http: http, https or file")
	flags.StringVar(&f.lock, "lock", "", "lock `file` (default "+mirror.LockFile+" in --output, or in this directory for docker://)")
	flags.BoolVar(&f.locked, "locked", false, "fail unless the mirror is exactly what the lock file says")
	flags.StringSliceVar(&f.plugins, "plugin", nil, "mirror only the plugin with this `name[@version]`, or type/name[@version]; may be repeated")
	flags.StringSliceVar(&f.platforms, "platform", []string{"linux/amd64", "linux/arm64"}, "mirror this `os/arch`; may be repeated")
	flags.IntVar(&f.keep, "keep", 0, "how many versions of each plugin to mirror, the newest first; 0 for all")
	flags.StringArrayVar(&f.headers, "header", nil, "`'Name: value'` to send with the requests for indexes; may be repeated")
	flags.StringArrayVar(&f.artifactHeaders, "artifact-header", nil, "`'ORIGIN Name: value'` to send with requests for files at an origin, such as https://example.com; may be repeated")
	flags.BoolVar(&f.noRun, "no-run", false, "do not start any plugin")
	f.sandbox.add(cmd)
	f.download.add(cmd, 2*time.Hour)
	s.AddFlags(flags)
	cli.Must(cmd.MarkFlagRequired("output"))
	cli.Must(cmd.MarkFlagDirname("output"))
	cli.Must(cmd.RegisterFlagCompletionFunc("layout", cobra.FixedCompletions(layoutNames(), cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func layoutNames() []string {
	var names []string
	for _, l := range mirror.Layouts {
		names = append(names, string(l))
	}
	return names
}

func (f *mirrorFlags) run(ctx context.Context, s *cli.Screen) error {
	client := f.download.client()
	repositories, err := f.repositories(ctx, client)
	if unreachable, ok := errors.AsType[problem.Problem](err); ok {
		var result mirror.Result
		result.Problems.Add(unreachable)
		if !errors.Is(err, errUnreadable) && !fetch.Permanent(err) {
			result.Temporary++
		}
		return f.report(s, mirror.Options{}, result, []pluginhost.Restriction{})
	}
	if err != nil {
		return err
	}
	denied := []pluginhost.Restriction{}
	if !f.noRun {
		if denied, err = f.sandbox.enter(s); err != nil {
			return err
		}
	}
	progress := s.ProgressOfFiles("mirroring")
	opts := mirror.Options{
		Repositories: repositories, Layout: mirror.Layout(f.layout), BaseURL: f.baseURL,
		Output: f.dir, Registry: f.registry, Lock: f.lock, Locked: f.locked,
		Verify: verify.Options{
			Start: !f.noRun, Sandbox: f.sandbox != sandboxOff, Timeout: f.download.plugin, Jobs: f.download.jobs, Client: client,
			Header: f.headerFor, OnRead: progress.Read, Progress: progress, Done: func(c verify.Check) { noteCheck(s, c) },
		},
	}
	result, err := mirror.Run(ctx, opts)
	progress.Stop()
	if err != nil {
		return cli.Interrupted(withDiskHint(err), result.Problems)
	}
	return f.report(s, opts, result, denied)
}

// withDiskHint says what to do about a full disk.
func withDiskHint(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return problem.WithHint(err, "the mirror is as it was; make room and run the command again: it continues with what was downloaded")
	}
	return err
}

func (f *mirrorFlags) report(s *cli.Screen, opts mirror.Options, r mirror.Result, denied []pluginhost.Restriction) error {
	report := mirroring{
		Downloaded: r.New, Removed: append([]string{}, r.Removed...),
		verification: newVerification(r.Result, denied),
	}
	s.Warnings(r.Warnings)
	if r.Problems.Total() == 0 {
		values, err := mirror.Values(opts, f.image, r.Lock.Image)
		if err != nil {
			return err
		}
		report.Output, report.Lock, report.Values = f.output, &r.Lock, string(values)
		if !s.JSON {
			if err := s.Result(values); err != nil {
				return err
			}
		}
		f.note(s, r)
	}
	if s.JSON {
		if err := s.Report(report); err != nil {
			return err
		}
	}
	return verdict(r.Result)
}

// note says what was done.
func (f *mirrorFlags) note(s *cli.Screen, r mirror.Result) {
	var size int64
	for _, file := range r.Lock.Files {
		size += file.Size
	}
	state := "is up to date"
	if r.Changed {
		state = "is written"
	}
	s.Note("%s %s: %s of %d MB, %d downloaded, %d removed", f.output, state, problem.Count(len(r.Lock.Files), "file"), size/1e6, r.New, len(r.Removed))
}
