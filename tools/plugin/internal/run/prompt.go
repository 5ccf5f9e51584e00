//go:build unix

package run

import (
	"bufio"
	"context"
	"io"
	"os"
	"slices"

	"botkube-plugins/internal/cli"
	"botkube-plugins/tools/plugin/internal/chat"

	"golang.org/x/term"
)

// prompt reads commands: from a terminal with line editing and history, otherwise line by line. A
// line that arrives after next has returned is kept for the next call.
type prompt struct {
	screen   *screen
	in       *bufio.Scanner
	file     *os.File // the terminal, if it is one
	terminal *term.Terminal
	hint     string

	lines chan typed
	asked bool // whether a line is being read
	saved *term.State
}

// promptText is before a line on a terminal.
const promptText = chat.BotName + " "

// typed is a line or an error.
type typed struct {
	line string
	err  error
}

func newPrompt(s *screen, name string) *prompt {
	p := &prompt{screen: s, lines: make(chan typed, 1)}
	if cli.IsTerminal(s.In) && cli.IsTerminal(s.Err) {
		p.file = s.In.(*os.File)
		p.terminal = term.NewTerminal(struct {
			io.Reader
			io.Writer
		}{s.In, s.Err}, promptText)
		p.hint = `type a command such as "` + name + ` help"; Ctrl-D ends`
	} else {
		p.in = bufio.NewScanner(s.In)
		p.in.Buffer(nil, 1<<20)
	}
	return p
}

// interactive reports whether commands come from a terminal.
func (p *prompt) interactive() bool { return p.terminal != nil }

// next returns the next line, or io.EOF if there are no more.
func (p *prompt) next(ctx context.Context) (string, error) {
	if err := p.open(); err != nil {
		return "", err
	}
	if !p.asked {
		p.asked = true
		go func() { p.lines <- p.read() }()
	}
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case got := <-p.lines:
		p.asked = false
		p.close()
		if p.interactive() && got.err != nil {
			p.screen.Note("") // off the line with the prompt
		}
		if slices.Contains([]string{"exit", "quit"}, got.line) && p.interactive() {
			return "", io.EOF
		}
		return got.line, got.err
	}
}

// open puts the terminal into raw mode: it does not echo input, and does not turn Ctrl-C into a
// signal.
func (p *prompt) open() error {
	if p.terminal == nil {
		return nil
	}
	if p.hint != "" {
		p.screen.Note("%s", p.hint)
		p.hint = ""
	}
	if width, height, err := term.GetSize(int(p.file.Fd())); err == nil {
		_ = p.terminal.SetSize(width, height)
	}
	var err error
	if p.saved, err = term.MakeRaw(int(p.file.Fd())); err != nil {
		return err
	}
	p.screen.Above(p.terminal)
	if p.asked {
		_, _ = p.terminal.Write(nil) // shows the edited line again
	}
	return nil
}

// close releases the terminal, even while a line is being edited.
func (p *prompt) close() {
	if p.saved == nil {
		return
	}
	p.screen.Above(nil)
	_ = term.Restore(int(p.file.Fd()), p.saved)
	p.saved = nil
	if p.asked {
		p.screen.Note("") // off the line with the prompt
	}
}

func (p *prompt) read() typed {
	if p.terminal != nil {
		line, err := p.terminal.ReadLine() // io.EOF for Ctrl-C and Ctrl-D
		return typed{line, err}
	}
	if p.in.Scan() {
		return typed{line: p.in.Text()}
	}
	if err := p.in.Err(); err != nil {
		return typed{err: err}
	}
	return typed{err: io.EOF}
}
