package main

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/cachelift/cachelift/progress"
)

// barScale is how fine the bar is: hundredths of a percent.
const barScale = 100

// bar is an observer that tells the events line by line and, on a terminal,
// draws a progress bar below them while the target syncs. Elsewhere samples are
// plain lines. It is used by one goroutine, but for close.
type bar struct {
	screen *screen
	lines  progress.Observer
	drawn  *mpb.Progress // nil: no bar on the screen
	bar    *mpb.Bar
	sample atomic.Pointer[progress.Sample] // the bar's own goroutine reads it
}

func newBar(s *screen) *bar {
	b := &bar{screen: s}
	b.lines = progress.NewText(b)
	return b
}

// Write prints lines, above the bar if there is one.
func (b *bar) Write(p []byte) (int, error) {
	var w io.Writer = b.screen
	if b.drawn != nil {
		w = b.drawn
	}
	return w.Write(p)
}

// Observe implements [progress.Observer].
func (b *bar) Observe(ctx context.Context, e progress.Event) {
	if s, ok := e.(progress.Sampled); ok && b.screen.terminal {
		b.show(s.Sample)
		return
	}
	if c, ok := e.(progress.StateChanged); ok && b.screen.terminal {
		if c.To == progress.StateSyncing {
			b.open()
		} else {
			b.finish(c.To)
		}
	}
	b.lines.Observe(ctx, e)
}

// open draws the bar.
func (b *bar) open() {
	b.close()
	b.sample.Store(&progress.Sample{Percent: -1, ETA: -1})
	b.drawn = mpb.New(mpb.WithOutput(b.screen.Writer), mpb.WithWidth(40),
		mpb.WithRefreshRate(100*time.Millisecond), mpb.WithAutoRefresh())
	look := mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding("-").Rbound("]")
	if b.screen.style.colours {
		look = look.FillerMeta(b.screen.style.green).TipMeta(b.screen.style.green)
	}
	b.bar = b.drawn.New(100*barScale, look, mpb.AppendDecorators(
		decor.Any(func(decor.Statistics) string { return barText(*b.sample.Load()) })))
}

// show moves the bar. It never goes back: the forecast of the whole may grow.
func (b *bar) show(s progress.Sample) {
	if b.drawn == nil {
		return
	}
	b.sample.Store(&s)
	if p := int64(s.Percent * barScale); p > b.bar.Current() && p < 100*barScale {
		b.bar.SetCurrent(p) // the full value would end the bar
	}
}

// finish ends the bar, at 100 % if the target is in sync.
func (b *bar) finish(s progress.State) {
	if b.drawn != nil && s == progress.StateInSync {
		done := *b.sample.Load()
		done.Percent, done.ETA, done.Phase = 100, 0, progress.PhaseStreaming
		b.sample.Store(&done)
		b.bar.SetCurrent(100 * barScale)
		b.drawn.Wait()
		b.drawn = nil
	}
	b.close()
}

// close takes the bar off the run: it stays on the screen as it is.
func (b *bar) close() {
	if b.drawn != nil {
		b.bar.Abort(false)
		b.drawn.Wait()
		b.drawn = nil
	}
}

// barText is what stands beside the bar: percent, phase, rate and time left.
func barText(s progress.Sample) string {
	percent, eta, rate := "  -  ", "-", "-"
	if s.Percent >= 0 {
		percent = fmt.Sprintf("%4.1f%%", s.Percent)
	}
	if s.ETA >= 0 {
		eta = s.ETA.Round(100 * time.Millisecond).String()
	}
	if s.BytesPerSecond > 0 {
		rate = megabytes(int64(s.BytesPerSecond)) + "/s"
	}
	return fmt.Sprintf("%s %s %s ETA %s", percent, s.Phase, rate, eta)
}
