// Command indexgen makes and checks Botkube plugin indexes. Its manual is indexgen --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"botkube-plugins/tools/indexgen/internal/cli"
)

func main() {
	// Little is alive at any time, and collecting at each 4 MB costs more than it saves.
	debug.SetGCPercent(400)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	// Caught, a broken pipe is an error of the write alone. Otherwise "indexgen | head" could
	// end the process at once, and leave plugins behind.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
