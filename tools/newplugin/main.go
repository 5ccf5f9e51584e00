// Command newplugin makes a plugin to start from, and keeps .goreleaser.yaml in line with the
// directories of plugins/. Its manual is newplugin --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// Nothing here takes long, so the signals stay caught: not even a second one must end the
	// process halfway.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, ".", os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
