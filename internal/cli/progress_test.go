package cli_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"botkube-plugins/internal/cli"

	"github.com/creack/pty"
)

// A line is not lost if it is printed long after the bar is full, because a plugin may answer late.
func TestLineAfterTheBarIsFull(t *testing.T) {
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	if err := pty.Setsize(screen, &pty.Winsize{Rows: 24, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	output := make(chan string)
	go func() {
		data, _ := io.ReadAll(screen) // ends with an error when the other side is closed
		output <- string(data)
	}()

	s := cli.NewScreen(nil, io.Discard, terminal)
	p := s.ProgressOf("reading")
	p.Start(1)
	s.Note("the first line")
	p.Advance(1)
	time.Sleep(time.Second) // long enough for the bar to be drawn several times
	s.Note("the last line")
	p.Stop()
	terminal.Close()

	got := <-output
	for _, want := range []string{"the first line", "1 of 1", "the last line"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in the output:\n%q", want, got)
		}
	}
}
