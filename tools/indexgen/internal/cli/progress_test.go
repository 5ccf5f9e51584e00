package cli

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/vbauerster/mpb/v8/decor"
)

// A line is not lost when it comes long after all has been read: a plugin may answer later
// than that.
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

	p := newProgress(terminal, false)
	p.start("reading", 1, decor.CountersNoUnit("%d of %d"))
	p.line("the first line")
	p.advance(1)
	time.Sleep(time.Second) // in which the bar is drawn several times
	p.line("the last line")
	p.stop()
	terminal.Close()

	got := <-output
	for _, want := range []string{"the first line", "1 of 1", "the last line"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in the output:\n%q", want, got)
		}
	}
}
