// Command plugrun runs one Botkube plugin as Botkube does, without a cluster and without a
// chat. Its manual is plugrun --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"botkube-plugins/tools/plugrun/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	// Caught, a broken pipe is an error of the write alone. Otherwise "plugrun | head" could
	// end the process at once, and leave the plugin behind.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
