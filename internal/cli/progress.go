package cli

import (
	"fmt"
	"os"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Progress is a bar at the bottom of a terminal. If stderr is not a terminal, or the screen is
// quiet, the methods do nothing.
type Progress struct {
	screen *Screen
	label  string
	unit   decor.Decorator
	bars   *mpb.Progress // nil without a bar
	bar    *mpb.Bar
	total  int64
	bytes  atomic.Int64
}

// ProgressOf prepares a bar that counts things. Start shows it.
func (s *Screen) ProgressOf(label string) *Progress {
	return &Progress{screen: s, label: label, unit: decor.CountersNoUnit("%d of %d")}
}

// ProgressOfBytes prepares a bar that counts bytes. Start shows it.
func (s *Screen) ProgressOfBytes(label string) *Progress {
	return &Progress{screen: s, label: label, unit: decor.CountersKibiByte("% .1f of % .1f")}
}

// ProgressOfFiles prepares a bar that counts files, and shows how many bytes were read. Start shows
// it.
func (s *Screen) ProgressOfFiles(label string) *Progress {
	p := &Progress{screen: s, label: label}
	p.unit = decor.Any(func(now decor.Statistics) string {
		return fmt.Sprintf("%d of %d, % .1f", now.Current, now.Total, decor.SizeB1024(p.bytes.Load()))
	})
	return p
}

// Start shows the bar. total is the sum of the steps of Advance. If Start is called again, total is
// added to it.
func (p *Progress) Start(total int64) {
	s := p.screen
	p.total += total
	if p.bar != nil {
		p.bar.SetTotal(p.total, false)
		return
	}
	if s.Quiet || s.JSON || !IsTerminal(s.Err) {
		return
	}
	p.bars = mpb.New(mpb.WithOutput(s.Err.(*os.File)), mpb.WithWidth(40))
	// A bar with a total ends when it is full, and mpb loses what is printed after the last bar has
	// ended. This bar ends in Stop.
	const endless = 0
	p.bar = p.bars.AddBar(endless,
		mpb.PrependDecorators(decor.Name(p.label+" ")),
		mpb.AppendDecorators(p.unit),
	)
	p.bar.SetTotal(total, false)
	s.Above(p.bars)
}

// Advance moves the bar by n. Several goroutines may call it at once.
func (p *Progress) Advance(n int) {
	if p.bar != nil {
		p.bar.IncrBy(n)
	}
}

// Read adds to the bytes that ProgressOfFiles shows. Several goroutines may call it at once.
func (p *Progress) Read(n int) { p.bytes.Add(int64(n)) }

// Stop removes the bar from the screen.
func (p *Progress) Stop() {
	if p.bars == nil {
		return
	}
	p.screen.Above(nil)
	p.bar.Abort(true)
	p.bars.Wait()
}
