package command_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"botkube-plugins/internal/cli"
	"botkube-plugins/tools/indexgen/internal/command"
)

// A terminal at which nobody types must not delay the end of the program.
func TestValidateDoesNotWaitForStdin(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	stdin, _ := io.Pipe()
	var out, errs bytes.Buffer
	code := cli.Run(ctx, cli.NewScreen(stdin, &out, &errs), command.New, []string{"validate", "-"})
	if want := "error: interrupted\n"; code != cli.ExitFailure || errs.String() != want {
		t.Errorf("found exit code %d with stderr %q, want 1 with %q", code, &errs, want)
	}
}
