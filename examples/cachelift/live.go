package main

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/cachelift/cachelift/progress"
)

// newLive shows a run on a terminal: samples move a bar at the bottom, all
// other events are lines above it.
func newLive(terminal io.Writer) display {
	p := mpb.New(mpb.WithOutput(terminal), mpb.WithWidth(24))
	var newest atomic.Value // string
	newest.Store("")
	bar := p.AddBar(0, mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
		return newest.Load().(string)
	}, decor.WCSyncSpaceR)))
	bar.SetTotal(100, false)
	text := progress.NewText(p)
	observe := func(ctx context.Context, e progress.Event) {
		s, ok := e.(progress.Sampled)
		if !ok {
			text.Observe(ctx, e)
			return
		}
		newest.Store(s.String())
		if s.Sample.Percent >= 0 {
			bar.SetCurrent(int64(s.Sample.Percent))
		}
	}
	return display{progress.ObserverFunc(observe), p, func() {
		bar.Abort(true)
		p.Wait()
	}}
}
