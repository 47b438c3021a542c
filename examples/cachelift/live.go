package main

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/cachelift/cachelift/progress"
)

// newLive shows a run on a terminal: samples move a bar at the bottom, all
// other events are lines above it. What stands against the migration stays beside the
// bar for as long as it lasts.
func newLive(terminal io.Writer) display {
	p := mpb.New(mpb.WithOutput(terminal), mpb.WithWidth(24))
	var beside atomic.Value // string
	beside.Store("")
	bar := p.AddBar(0, mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
		return beside.Load().(string)
	}, decor.WCSyncSpaceR)))
	bar.SetTotal(100, false)
	text := progress.NewText(p)
	var now bottom
	observe := func(ctx context.Context, e progress.Event) {
		if now.take(e) {
			beside.Store(now.String())
		}
		s, ok := e.(progress.Sampled)
		if !ok {
			text.Observe(ctx, e)
			return
		}
		if s.Sample.Percent >= 0 {
			bar.SetCurrent(int64(s.Sample.Percent))
		}
	}
	return display{progress.ObserverFunc(observe), p, func() {
		bar.Abort(true)
		p.Wait()
	}}
}

// bottom is what stands beside the bar.
type bottom struct{ sample, trouble, held string }

// take notes what an event says, and reports whether that changes anything.
func (b *bottom) take(e progress.Event) bool {
	switch e := e.(type) {
	case progress.Sampled:
		b.sample = e.String()
	case progress.Diagnosed:
		if b.trouble = ""; !e.Over {
			b.trouble = string(e.Diagnosis.Cause)
		}
	case progress.CutoverHeld:
		b.held = ""
		if e.Hold != progress.HoldNone {
			b.held = waits(e)
		}
	default:
		return false
	}
	return true
}

// String is short enough for one line of a terminal: what holds the cut-over and the
// trouble were told above.
func (b bottom) String() string {
	s := b.held + b.sample
	if b.trouble != "" {
		s = "! " + b.trouble + ": " + s
	}
	return s
}

// waits says what the cut-over waits for, and until when.
func waits(e progress.CutoverHeld) string {
	s := "waits: " + string(e.Hold)
	if !e.Until.IsZero() {
		s += " until " + e.Until.Format(time.RFC3339)
	}
	return s + "; "
}
