package losstest

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/cachelift/cachelift/migration"
)

// watched is the library's fence, with what the test has to know of it: when the source
// was shut, and whether it executed writes meanwhile.
type watched struct {
	*migration.SourceFence
	source string
	log    *watchLog
	hooks  hooks
}

// hooks are called inside the cut-over, for faults.
type hooks struct {
	afterPause   func()       // the fence is closed
	failPause    func() error // then, instead of success
	beforeSwitch func() error // before the clients are told
}

// watchLog outlives the migrators of one cut-over.
type watchLog struct {
	mu       sync.Mutex
	shuts    []shut
	before   map[string]int64 // what the source had executed when it was shut last
	problems []string
	switched time.Time
}

func (w *watched) PauseWrites(ctx context.Context) error {
	if err := w.SourceFence.PauseWrites(ctx); err != nil {
		return err
	}
	w.log.closed(ctx, w.source)
	if w.hooks.afterPause != nil {
		w.hooks.afterPause()
	}
	if w.hooks.failPause != nil {
		return w.hooks.failPause()
	}
	return nil
}

func (w *watched) ResumeWrites(ctx context.Context) error {
	w.log.opened(ctx, w.source)
	return w.SourceFence.ResumeWrites(ctx)
}

func (w *watched) Switch(ctx context.Context, to migration.Endpoint) error {
	w.log.mu.Lock()
	w.log.switched = time.Now()
	w.log.mu.Unlock()
	if w.hooks.beforeSwitch != nil {
		if err := w.hooks.beforeSwitch(); err != nil {
			return err
		}
	}
	return w.SourceFence.Switch(ctx, to)
}

// closed notes that the source is shut. If it is already, it stays so.
func (l *watchLog) closed(ctx context.Context, source string) {
	now := time.Now()
	before, err := executed(ctx, source)
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.shuts); n > 0 && l.shuts[n-1].to.IsZero() {
		return
	}
	l.shuts, l.before = append(l.shuts, shut{from: now}), before
	if err != nil {
		l.problems = append(l.problems, err.Error())
	}
}

// opened compares and notes that the source is about to be opened.
func (l *watchLog) opened(ctx context.Context, source string) {
	l.compare(ctx, source)
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.shuts); n > 0 && l.shuts[n-1].to.IsZero() {
		l.shuts[n-1].to = time.Now()
	}
}

// compare makes sure that the source has executed no write since it was shut.
func (l *watchLog) compare(ctx context.Context, source string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.shuts); n == 0 || !l.shuts[n-1].to.IsZero() {
		return
	}
	now, err := executed(ctx, source)
	if err != nil {
		l.problems = append(l.problems, err.Error())
		return
	}
	if !maps.Equal(now, l.before) {
		l.problems = append(l.problems, fmt.Sprintf("the source executed writes while it was shut: %v before, %v after", l.before, now))
	}
}
