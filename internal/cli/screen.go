package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"botkube-plugins/internal/problem"

	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// Screen is where a command prints. Several goroutines may use it at once.
type Screen struct {
	In       io.Reader
	Out, Err io.Writer

	// JSON prints a report on stdout, and on stderr only the error that ends the command.
	JSON bool
	// Quiet omits notes and progress.
	Quiet bool
	// Annotate prints problems and errors as annotations of GitHub Actions.
	Annotate bool
	// Annotated is the file that the lines of annotated problems are in. It is empty if there is none.
	Annotated string

	mu     sync.Mutex
	above  io.Writer // of stderr: prints above a bar or an edited line, if there is one
	prints int
}

// NewScreen returns a Screen on three standard streams.
func NewScreen(in io.Reader, out, errs io.Writer) *Screen {
	return &Screen{In: in, Out: out, Err: errs}
}

// AddFlags adds --quiet, --json and --annotate to the flags of a command.
func (s *Screen) AddFlags(flags *pflag.FlagSet) {
	flags.BoolVarP(&s.Quiet, "quiet", "q", false, "print only problems")
	flags.BoolVar(&s.JSON, "json", false, "print a JSON report on stdout")
	flags.BoolVar(&s.Annotate, "annotate", false, "print problems as annotations of GitHub Actions")
}

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Above redirects stderr to w, which prints above a line that is being edited. nil ends it.
func (s *Screen) Above(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.above = w
}

// print writes to stderr.
func (s *Screen) print(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prints++
	w := s.Err
	if s.above != nil {
		w = s.above
	}
	fmt.Fprint(w, text)
}

// Note prints one line on stderr, unless the screen is quiet. It escapes the text.
func (s *Screen) Note(format string, args ...any) {
	if !s.Quiet && !s.JSON {
		s.Styled(problem.OneLine(fmt.Sprintf(format, args...)))
	}
}

// Styled prints a line on stderr unchanged. The caller must escape text from outside.
func (s *Screen) Styled(line string) { s.print(line + "\n") }

// Warn prints a problem that does not end the command, unless the screen is quiet.
func (s *Screen) Warn(p problem.Problem) {
	switch {
	case s.Quiet || s.JSON:
	case s.Annotate:
		s.Styled(p.Annotation(problem.LevelWarning, s.Annotated))
	default:
		s.Styled("warning: " + p.String())
	}
}

// Warnings prints problems like Warn, and the number of those that are not kept.
func (s *Screen) Warnings(warnings problem.Limited) {
	for _, p := range warnings.Kept {
		s.Warn(p)
	}
	if warnings.More > 0 {
		s.Note("and %s", problem.Count(warnings.More, "more warning"))
	}
}

// Error prints an error with its details, problems first, unless they are in a JSON report.
func (s *Screen) Error(err error) {
	failed, ok := errors.AsType[*problemsError](err)
	text, last := "", "error: "+problem.Describe(err)
	switch {
	case s.Annotate && (!ok || failed.problems.Total() == 0):
		last = problem.Annotation(problem.LevelError, problem.Describe(err))
	case !ok || s.JSON && failed.reported:
	case s.Annotate:
		text = failed.problems.Annotations(problem.LevelError, s.Annotated)
	default:
		text = failed.problems.String()
	}
	s.Styled(text + last)
}

// Result prints text on stdout unchanged.
func (s *Screen) Result(text []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prints++
	_, err := s.Out.Write(text)
	return err
}

// Prints is how often something was printed.
func (s *Screen) Prints() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.prints
}

// ResultAfter is Result if nothing was printed since Prints was prints. Otherwise it prints nothing
// and returns false.
func (s *Screen) ResultAfter(prints int, text []byte) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.prints != prints {
		return false, nil
	}
	s.prints++
	_, err := s.Out.Write(text)
	return true, err
}

// Report prints a value as indented JSON on stdout.
func (s *Screen) Report(v any) error { return s.encode(v, "  ") }

// ReportLine prints a value as one line of JSON on stdout.
func (s *Screen) ReportLine(v any) error { return s.encode(v, "") }

func (s *Screen) encode(v any, indent string) error {
	text, err := encode(v, indent)
	if err != nil {
		return err
	}
	return s.Result(text)
}

// EncodeReport returns what Report prints.
func EncodeReport(v any) ([]byte, error) { return encode(v, "  ") }

func encode(v any, indent string) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetIndent("", indent)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return []byte(problem.EscapeJSON(text.String())), nil
}
