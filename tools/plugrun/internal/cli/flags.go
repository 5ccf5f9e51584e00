package cli

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// flags are the flags of the command line.
type flags struct {
	configs                  []configFlag
	payload, listen, command string
	hasPayload, hasCommand   bool // an empty one is one, too
	json, noInteractivity    bool
	name                     string
	timeout                  time.Duration
	build, watchList         string
	watchPaths               []string
	watch                    bool
}

// configFlag is a config on the command line: YAML, or the name of a file.
type configFlag struct{ text, file string }

// configValue collects the configs of both flags in their order.
type configValue struct {
	all  *[]configFlag
	file bool
}

func (v configValue) String() string { return "" }

// Type is what the help shows behind the flag.
func (v configValue) Type() string {
	if v.file {
		return "file"
	}
	return "YAML"
}

// Set adds a config.
func (v configValue) Set(text string) error {
	c := configFlag{text: text}
	if v.file {
		c = configFlag{file: text}
	}
	*v.all = append(*v.all, c)
	return nil
}

func (f *flags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.Var(configValue{all: &f.configs}, "config", "a config; may be repeated")
	flags.Var(configValue{all: &f.configs, file: true}, "config-file", "a file with a config; may be repeated")
	flags.StringVar(&f.payload, "payload", "", "give a source one request with this `JSON`, and end")
	flags.StringVar(&f.listen, "listen", "", "take requests to a source at this loopback `address`, such as 127.0.0.1:8090")
	flags.StringVar(&f.command, "command", "", "give an executor this `command`, and end")
	flags.BoolVar(&f.json, "json", false, "print events and answers as they are, each as one line of JSON")
	flags.StringVar(&f.name, "name", "", "the plugin's `name` (default from BINARY)")
	flags.BoolVar(&f.noInteractivity, "no-interactivity", false, "tell the plugin that there are no buttons, as on Discord")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long the plugin may take to start")
	flags.StringVar(&f.build, "build", "", "run this `command` with sh first, which builds BINARY")
	flags.BoolVar(&f.watch, "watch", false, "build and start anew when something changes")
	flags.StringArrayVar(&f.watchPaths, "watch-path", nil, "a `path` to watch: a file, or a directory without those below; may be repeated")
	flags.StringVar(&f.watchList, "watch-list", "", "a `command` for sh that prints more paths to watch, asked before each build")
	if err := cmd.MarkFlagFilename("config-file", "yaml", "yml"); err != nil {
		panic(err) // there is no such flag
	}
}

// check finds mistakes in the flags.
func (f *flags) check() error {
	switch {
	case f.hasPayload && f.listen != "":
		return errors.New("found --payload and --listen, want one of them")
	case f.hasCommand && (f.hasPayload || f.listen != ""):
		return errors.New("found --command and a flag for sources, want one of them, as no plugin is both")
	case f.timeout <= 0:
		return fmt.Errorf("--timeout: found %s, want more than 0", f.timeout)
	case !f.watch && (len(f.watchPaths) > 0 || f.watchList != ""):
		return errors.New("found paths to watch without --watch, want it with them")
	case f.watch && f.build != "" && len(f.watchPaths) == 0 && f.watchList == "":
		return errors.New("found --watch and --build alone, want --watch-path or --watch-list for what is built")
	case f.listen != "" && !isLoopback(f.listen):
		return fmt.Errorf("--listen: found %q, want a loopback address and a port, such as 127.0.0.1:8090", f.listen)
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
