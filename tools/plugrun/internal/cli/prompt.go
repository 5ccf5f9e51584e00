package cli

import (
	"bufio"
	"context"
	"io"
	"os"
	"slices"

	"golang.org/x/term"
)

// prompt reads commands: from a terminal with line editing and history, and otherwise line
// by line. A line that nobody waits for any more is kept for who asks next.
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

// typed is a line or the error that there is instead.
type typed struct {
	line string
	err  error
}

func newPrompt(s *screen, in io.Reader, name string) *prompt {
	p := &prompt{screen: s, lines: make(chan typed, 1)}
	file, ok := in.(*os.File)
	errs, isFile := s.err.(*os.File)
	if ok && isFile && term.IsTerminal(int(file.Fd())) && term.IsTerminal(int(errs.Fd())) {
		p.file = file
		p.terminal = term.NewTerminal(struct {
			io.Reader
			io.Writer
		}{file, errs}, "@Botkube ")
		p.hint = `type a command such as "` + name + ` help"; Ctrl-D ends`
	} else {
		p.in = bufio.NewScanner(in)
		p.in.Buffer(nil, 1<<20)
	}
	return p
}

// interactive tells whether somebody types.
func (p *prompt) interactive() bool { return p.terminal != nil }

// next returns the next line. It is io.EOF when there is none.
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
			p.screen.note("") // off the line with the prompt
		}
		if slices.Contains([]string{"exit", "quit"}, got.line) && p.interactive() {
			return "", io.EOF
		}
		return got.line, got.err
	}
}

// open takes over the terminal, which then neither shows what is typed by itself nor makes
// a signal of Ctrl-C.
func (p *prompt) open() error {
	if p.terminal == nil {
		return nil
	}
	if p.hint != "" {
		p.screen.note("%s", p.hint)
		p.hint = ""
	}
	if width, height, err := term.GetSize(int(p.file.Fd())); err == nil {
		_ = p.terminal.SetSize(width, height)
	}
	var err error
	if p.saved, err = term.MakeRaw(int(p.file.Fd())); err != nil {
		return err
	}
	p.screen.setEdited(p.terminal)
	if p.asked {
		_, _ = p.terminal.Write(nil) // shows again what is being edited
	}
	return nil
}

// close gives the terminal back, also while a line is being edited.
func (p *prompt) close() {
	if p.saved == nil {
		return
	}
	p.screen.setEdited(nil)
	_ = term.Restore(int(p.file.Fd()), p.saved)
	p.saved = nil
	if p.asked {
		p.screen.note("") // off the line with the prompt
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
