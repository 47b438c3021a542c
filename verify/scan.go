package verify

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
	"github.com/cachelift/cachelift/verify/internal/wire"
)

const (
	// pageSize is how many keys a SCAN looks at. Smaller pages cost both ends many
	// more wake-ups; a larger one occupies the server longer.
	pageSize = 1000
	// pagesUnderWay is how many pages are being read at a time.
	pagesUnderWay = 3
	// namesMost bounds the length of the names of a page.
	namesMost = 16 << 20
)

// kinds counts keys by type.
type kinds [rdb.Module + 1]int64

// scan reads all keys of a database of one side into buckets.
type scan struct {
	e      *engine
	side   *side
	db     int
	reader *reader
	sums   buckets

	mu     sync.Mutex // guards what a checkpoint keeps
	cursor string     // all pages before it are in sums
	counts kinds
	keys   int64
	done   bool

	asked   string   // the cursor of the SCAN under way
	more    bool     // a SCAN is under way, or is to be sent
	waiting bool     // a SCAN is to be sent when a page is done
	under   []*batch // pages in the order of the scan
	steps   []*batch // whose answers come next; nil for a SCAN's
	spare   []*batch
	counted int64
}

// newScan returns a scan of a database, which begins at its beginning.
func newScan(e *engine, s *side, db int, sums buckets) *scan {
	return &scan{e: e, side: s, db: db, sums: sums, cursor: "0", reader: e.newReader(s, db, e.depth())}
}

// run reads to the end. If the server is replaced, it begins again: the cursor of
// one process means nothing to another.
func (s *scan) run(ctx context.Context) error {
	n := s.side.line(s.db)
	defer n.close()
	defer s.reader.close()
	if p := s.e.o.Parallel; p > 1 {
		if err := s.parallel(ctx, n, p); err != nil {
			return s.e.explain(s.side, err)
		}
		return nil
	}
	for !s.done {
		err := n.do(ctx, func(l *link) error { return s.follow(ctx, l) })
		if errors.Is(err, errRestarted) {
			s.restart()
			continue
		}
		if err != nil {
			return s.e.explain(s.side, err)
		}
	}
	return nil
}

// restart forgets what was read.
func (s *scan) restart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sums)
	s.cursor, s.counts, s.keys = "0", kinds{}, 0
}

// follow reads from the cursor on, until the end or an error. What was under way
// before an error is read again.
func (s *scan) follow(ctx context.Context, l *link) error {
	s.spare = append(s.spare, s.under...)
	s.under, s.steps = s.under[:0], s.steps[:0]
	s.more, s.waiting, s.counted = true, false, l.Received()
	if err := s.next(ctx, l, s.cursor); err != nil {
		return err
	}
	for len(s.steps) > 0 {
		b := s.steps[0]
		s.steps = append(s.steps[:0], s.steps[1:]...)
		var err error
		if b == nil {
			err = s.page(ctx, l)
		} else {
			err = s.step(ctx, l, b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// next sends the next SCAN.
func (s *scan) next(ctx context.Context, l *link, cursor string) error {
	if err := l.Flush(); err != nil {
		return err
	}
	if err := s.side.throttle.wait(ctx); err != nil {
		return &stopError{err}
	}
	s.waiting = false
	s.e.scanCommand(l, s.side, cursor)
	s.steps = append(s.steps, nil)
	return nil
}

// page takes the answer to a SCAN and asks about its keys.
func (s *scan) page(ctx context.Context, l *link) error {
	b := s.batch()
	cursor, err := readPage(l, b)
	if err != nil {
		return err
	}
	b.after = cursor
	s.e.choose(b)
	s.under = append(s.under, b)
	s.more = cursor != "0"
	s.asked = cursor
	if s.more && len(s.under) < pagesUnderWay {
		if err := s.next(ctx, l, cursor); err != nil {
			return err
		}
	} else {
		s.waiting = s.more
	}
	if s.reader.send(l, b) {
		s.steps = append(s.steps, b)
		return l.Flush()
	}
	return s.ended(ctx, l, b)
}

// batch returns an empty batch.
func (s *scan) batch() *batch {
	if n := len(s.spare); n > 0 {
		b := s.spare[n-1]
		s.spare = s.spare[:n-1]
		b.reset()
		return b
	}
	return &batch{}
}

// readPage reads the answer to a SCAN into a batch and returns the next cursor.
func readPage(l *link, b *batch) (string, error) {
	head, err := l.Next()
	if err != nil {
		return "", err
	}
	if head.Kind == wire.Error {
		return "", wire.Refused(string(head.Line))
	}
	if head.Kind != wire.Array || head.N != 2 {
		return "", wire.ErrProtocol
	}
	cursor, err := bulk(l)
	if err != nil {
		return "", err
	}
	next := string(cursor)
	head, err = l.Next()
	if err != nil {
		return "", err
	}
	if head.Kind != wire.Array {
		return "", wire.ErrProtocol
	}
	for left := int64(namesMost); head.N > 0; head.N-- {
		name, ok := l.Small()
		if !ok {
			if name, err = longName(l, &left); err != nil {
				return "", err
			}
		}
		b.add(name)
	}
	return next, nil
}

// longName reads a name, if it and the long ones before it fit into the memory.
func longName(l *link, left *int64) ([]byte, error) {
	r, err := l.Next()
	if err != nil || r.Kind != wire.Bulk || r.Nil() {
		return nil, orProtocol(err)
	}
	if *left -= r.N; *left < 0 {
		return nil, &stopError{fmt.Errorf("the names of a page of keys have more than %d MiB, which are not compared: one has %d bytes", namesMost>>20, r.N)}
	}
	return l.Body(r.N)
}

// bulk reads a string, which is valid until the next call.
func bulk(l *link) ([]byte, error) {
	if b, ok := l.Small(); ok {
		return b, nil
	}
	r, err := l.Next()
	if err != nil {
		return nil, err
	}
	if r.Kind != wire.Bulk || r.Nil() {
		return nil, wire.ErrProtocol
	}
	return l.Body(r.N)
}

// step takes the answers about a page.
func (s *scan) step(ctx context.Context, l *link, b *batch) error {
	more, err := s.reader.receive(l, b)
	if err != nil {
		return err
	}
	if more {
		s.steps = append(s.steps, b)
		return l.Flush()
	}
	return s.ended(ctx, l, b)
}

// ended is what happens when all answers about a page are there.
func (s *scan) ended(ctx context.Context, l *link, b *batch) error {
	if err := s.reader.finish(ctx, b); err != nil {
		return &stopError{err}
	}
	b.complete = true
	for len(s.under) > 0 && s.under[0].complete {
		s.mu.Lock()
		s.count(s.under[0])
		s.mu.Unlock()
		s.side.keys.Add(int64(len(s.under[0].recs)))
		got := l.Received()
		s.side.throttle.spent(int64(len(s.under[0].recs)), got-s.counted)
		s.counted = got
		s.spare = append(s.spare, s.under[0])
		s.under = append(s.under[:0], s.under[1:]...)
	}
	if err := s.e.checkpoint.saveIfDue(ctx, s.e); err != nil {
		return &stopError{err}
	}
	if s.waiting && len(s.under) < pagesUnderWay {
		return s.next(ctx, l, s.asked)
	}
	return nil
}

// count adds a page to the sums. The caller holds s.mu.
func (s *scan) count(b *batch) {
	for i := range b.recs {
		rec := &b.recs[i]
		if rec.skip = rec.state == absent || !s.e.wanted(rec); rec.skip {
			continue
		}
		if rec.state == unread { // on both sides alike it is a difference, too
			rec.value = digest.Sum{A: uint64(s.side.name[0])}
		}
		rec.value = rec.sum(s.reader.key)
		s.counts[rec.kind]++
	}
	for i := range b.recs { // by itself, so that the misses of the cache overlap
		if rec := &b.recs[i]; !rec.skip {
			s.sums[bucketOf(rec.key)].Add(rec.value)
		}
	}
	s.cursor, s.done = b.after, b.after == "0"
	s.keys += int64(len(b.recs))
}
