package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"botkube-plugins/tools/indexgen/internal/generate"
	"botkube-plugins/tools/indexgen/internal/verify"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress prints lines and, on a terminal, a bar below them.
type progress struct {
	quiet bool
	out   io.Writer
	bars  *mpb.Progress // nil where there is no bar
	bar   *mpb.Bar
}

func newProgress(w io.Writer, quiet bool) *progress {
	return &progress{quiet: quiet, out: w}
}

// start shows the bar, where there is a terminal. It comes before the first line.
func (p *progress) start(what string, total int64, counters decor.Decorator) {
	file, ok := p.out.(*os.File)
	if !ok || p.quiet || !term.IsTerminal(int(file.Fd())) {
		return
	}
	p.bars = mpb.New(mpb.WithOutput(file), mpb.WithWidth(40))
	// A bar with a total of its own ends as soon as it is full, and mpb loses what is printed
	// after the last bar has ended. This one ends in stop.
	const endless = 0
	p.bar = p.bars.AddBar(endless,
		mpb.PrependDecorators(decor.Name(what+" ")),
		mpb.AppendDecorators(counters),
	)
	p.bar.SetTotal(total, false)
	p.out = p.bars // prints above the bar
}

// advance moves the bar on.
func (p *progress) advance(n int) {
	if p.bar != nil {
		p.bar.IncrBy(n)
	}
}

// line prints a line that stays.
func (p *progress) line(format string, args ...any) {
	if !p.quiet {
		fmt.Fprintf(p.out, format+"\n", args...)
	}
}

// stop takes the bar from the screen. No line comes after it.
func (p *progress) stop() {
	if p.bars != nil {
		p.bar.Abort(true)
		p.bars.Wait()
	}
}

// generateProgress shows how generate gets on: a line for each plugin.
type generateProgress struct{ *progress }

func (p generateProgress) Start(bytes int64) {
	p.start("reading artifacts", bytes, decor.CountersKibiByte("% .1f of % .1f"))
}

func (p generateProgress) Read(n int) { p.advance(n) }

func (p generateProgress) Done(plugin generate.Plugin) {
	version := plugin.Version
	if version == "" {
		version = "(no metadata)"
	}
	var platforms []string
	for _, a := range plugin.Artifacts {
		platforms = append(platforms, a.Platform)
	}
	p.line("%s/%s %s: %s", plugin.Type, plugin.Name, version, strings.Join(platforms, " "))
}

// verifyProgress shows how verify gets on: a line for each artifact and dependency.
type verifyProgress struct{ *progress }

func (p verifyProgress) Start(checks int64) {
	p.start("verifying", checks, decor.CountersNoUnit("%d of %d"))
}

func (p verifyProgress) Done(c verify.Check) {
	verdict, note := "ok  ", ""
	if !c.OK {
		verdict = "FAIL"
	}
	if c.Dependency != "" {
		note += " dependency " + c.Dependency
	}
	if c.Started {
		note += " (started)"
	}
	p.line("%s %s %s %s%s", verdict, c.Plugin, c.Version, c.Platform, note)
	p.advance(1)
}
