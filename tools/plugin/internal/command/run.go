package command

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"botkube-plugins/internal/cli"
	"botkube-plugins/tools/plugin/internal/run"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const runManual = `run starts one plugin as Botkube does, without a cluster and without a chat, and shows what
it does. It finds out whether the plugin is a source or an executor, and checks its config
against its JSON Schema first.

The plugin is a binary, in any language, or the directory of a Go package, which run builds
into bin/ of the Go module.

A source streams until Ctrl-C. With --payload it receives one request of the incoming webhook
instead. With --listen it also receives requests at an address and answers them as
Botkube does. Botkube does not check payloads, so a payload that the schema rejects is only a
warning there.

An executor answers one --command, or the commands that you type or pipe in. "help" and
"NAME help" show its help. On a terminal, the buttons, options and text fields of its messages
have numbers. Type a number to use one, and a text after the number of a text field: run sends
the command that Botkube sends on Slack, with what is selected and typed in the message. A
message that replaces another is shown in its place.

A warning says what Slack rejects of a message, or what Botkube changes or ignores there.

Events and answers go to stdout. Everything else goes to stderr: notes, and the plugin's log,
marked with "plugin |". Several configs are passed in order, like those of several bindings:
each configures a separate stream of a source, and an executor receives all of them.

With --json each event and answer is one line of JSON. If a config or the payload is rejected,
the last line is {"problems": [...]}; docs/json.md describes it.

With --watch the plugin restarts whenever its code or a config changes. For a binary, it
watches the binary or, with --build, every --watch-path. If a build fails, the old plugin keeps
running.

The plugin is trusted, as Botkube trusts it: it runs without a sandbox, receives this
environment and can do everything that you can do.`

// runFlags are the flags that must be converted to run.Options.
type runFlags struct {
	run.Options
	payload, command, build string
	watchPaths              []string
}

func newRun(s *cli.Screen) *cobra.Command {
	f := &runFlags{}
	cmd := &cobra.Command{
		Use:   "run BINARY|DIRECTORY",
		Short: "Run one plugin as Botkube does",
		Long:  runManual,
		Example: `  plugin run --config 'interval: 1s' --watch plugins/ticker
  plugin run --payload '{"message": "hi"}' bin/forwarder
  plugin run --listen 127.0.0.1:8090 --json bin/forwarder | jq .Message
  plugin run --command 'echo hello' plugins/echo
  plugin run --watch --build make --watch-path src --config-file config.yaml ./source_mine`,
		Args: func(_ *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return run.NoTarget()
			case 1:
				return nil
			}
			return fmt.Errorf("found %d arguments, want one plugin", len(args))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("payload") {
				f.Payload = &f.payload
			}
			if cmd.Flags().Changed("command") {
				f.Command = &f.command
			}
			if err := f.check(); err != nil {
				return err
			}
			target, err := run.NewTarget(cmd.Context(), args[0], f.build)
			if err != nil {
				return err
			}
			target.Watched = f.watchPaths
			f.Target = target
			return run.Run(cmd.Context(), s, f.Options)
		},
	}
	f.add(cmd.Flags())
	cli.Must(cmd.MarkFlagFilename("config-file", "yaml", "yml"))
	return cmd
}

func (f *runFlags) add(flags *pflag.FlagSet) {
	flags.SortFlags = false
	// Both flags add to one list, which keeps their order.
	flags.Func("config", "a config in `YAML`; may be repeated", func(text string) error {
		f.Configs = append(f.Configs, run.ConfigSource{Text: text})
		return nil
	})
	flags.Func("config-file", "a `file` with a config; may be repeated", func(file string) error {
		f.Configs = append(f.Configs, run.ConfigSource{File: file})
		return nil
	})
	flags.StringVar(&f.payload, "payload", "", "send a source one request with this `JSON` and exit")
	flags.StringVar(&f.Listen, "listen", "", "accept requests to a source at this loopback `address`, such as 127.0.0.1:8090")
	flags.StringVar(&f.command, "command", "", "send an executor this `command` and exit")
	flags.BoolVar(&f.JSON, "json", false, "print events and answers unchanged, each as one line of JSON")
	flags.StringVar(&f.Name, "name", "", "the plugin's `name` (default from the binary or directory)")
	flags.BoolVar(&f.NoInteractivity, "no-interactivity", false, "run the plugin as on a platform without buttons, such as Discord")
	flags.DurationVar(&f.Timeout, "timeout", 10*time.Second, "how long the plugin may take to start")
	flags.BoolVar(&f.Watch, "watch", false, "restart the plugin whenever its code or a config changes")
	flags.StringVar(&f.build, "build", "", "build the binary with this shell `command` first")
	flags.StringArrayVar(&f.watchPaths, "watch-path", nil, "watch this `path` too: a file, or a directory without its subdirectories; may be repeated")
}

// check validates the flags.
func (f *runFlags) check() error {
	switch {
	case f.Payload != nil && f.Listen != "":
		return cli.Usagef("found --payload and --listen, want one of them")
	case f.Command != nil && (f.Payload != nil || f.Listen != ""):
		return cli.Usagef("found --command and a flag for sources, want one of them, since no plugin is both")
	case f.Timeout <= 0:
		return cli.Usagef("--timeout: found %s, want more than 0", f.Timeout)
	case !f.Watch && len(f.watchPaths) > 0:
		return cli.Usagef("found --watch-path without --watch, want both")
	case f.Watch && f.build != "" && len(f.watchPaths) == 0:
		return cli.Usagef("found --watch and --build, want --watch-path too, for what is built")
	case f.Listen != "" && !isLoopback(f.Listen):
		return cli.Usagef("--listen: found %q, want a loopback address and a port, such as 127.0.0.1:8090", f.Listen)
	}
	return nil
}

func isLoopback(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
