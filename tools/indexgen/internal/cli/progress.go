package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"botkube-plugins/tools/indexgen/internal/generate"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress prints one line for each plugin and, on a terminal, a bar below them.
type progress struct {
	quiet bool
	bars  *mpb.Progress // nil where there is no terminal
	bar   *mpb.Bar
	out   io.Writer
}

func newProgress(w io.Writer, quiet bool) *progress {
	p := &progress{quiet: quiet, out: w}
	if file, ok := w.(*os.File); ok && !quiet && term.IsTerminal(int(file.Fd())) {
		p.bars = mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))
		p.out = p.bars // prints above the bar
	}
	return p
}

func (p *progress) Start(bytes int64) {
	if p.bars != nil {
		p.bar = p.bars.AddBar(bytes,
			mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name("reading artifacts ")),
			mpb.AppendDecorators(decor.CountersKibiByte("% .1f of % .1f")),
		)
	}
}

func (p *progress) Read(n int) {
	if p.bar != nil {
		p.bar.IncrBy(n)
	}
}

func (p *progress) Done(plugin generate.Plugin) {
	if p.quiet {
		return
	}
	version := plugin.Version
	if version == "" {
		version = "(no metadata)"
	}
	var platforms []string
	for _, a := range plugin.Artifacts {
		platforms = append(platforms, a.Platform)
	}
	fmt.Fprintf(p.out, "%s/%s %s: %s\n", plugin.Type, plugin.Name, version, strings.Join(platforms, " "))
}

// stop takes the bar from the screen.
func (p *progress) stop() {
	if p.bar != nil {
		p.bar.Abort(true)
	}
	if p.bars != nil {
		p.bars.Wait()
	}
}
