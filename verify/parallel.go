package verify

import (
	"context"
	"errors"
	"sync"
)

// worker reads pages of a scan on a connection of its own.
type worker struct {
	reader *reader
	line   *line
}

// parallel reads to the end with several connections: one goes through the names,
// the others read the keys.
func (s *scan) parallel(ctx context.Context, n *line, workers int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for !s.done {
		err := s.fanOut(ctx, cancel, n, workers)
		if errors.Is(err, errRestarted) {
			s.restart()
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fanOut reads from the cursor on, until the end or an error, and returns when all
// workers are done.
func (s *scan) fanOut(ctx context.Context, cancel context.CancelCauseFunc, n *line, workers int) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	pages := make(chan *batch)
	defer close(pages)
	s.under = s.under[:0]
	for range workers {
		w := worker{s.e.newReader(s.side, s.db, s.e.depth()), s.side.line(s.db)}
		wg.Go(func() {
			defer w.reader.close()
			defer w.line.close()
			for b := range pages {
				if err := s.work(ctx, w, b); err != nil {
					cancel(err)
				}
			}
		})
	}
	for cursor := s.cursor; ; {
		if err := s.side.throttle.wait(ctx); err != nil {
			return err
		}
		b, before := &batch{}, n.got
		err := n.do(ctx, func(l *link) error {
			b.reset()
			s.e.scanCommand(l, s.side, cursor)
			var err error
			b.after, err = readPage(l, b)
			return err
		})
		if err != nil {
			return err
		}
		s.side.throttle.spent(0, n.got-before)
		s.e.choose(b)
		s.mu.Lock()
		s.under = append(s.under, b)
		s.mu.Unlock()
		select {
		case pages <- b:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if cursor = b.after; cursor == "0" {
			break
		}
	}
	return context.Cause(ctx)
}

// work reads a page and counts all that are complete, in the order of the scan.
func (s *scan) work(ctx context.Context, w worker, b *batch) error {
	if ctx.Err() != nil {
		return nil
	}
	if err := w.reader.all(ctx, w.line, b); err != nil {
		return err
	}
	s.mu.Lock()
	b.complete = true
	for len(s.under) > 0 && s.under[0].complete {
		s.count(s.under[0])
		s.under = s.under[1:]
	}
	s.mu.Unlock()
	return s.e.checkpoint.saveIfDue(ctx, s.e)
}
