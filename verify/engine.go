package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
)

// engine is one comparison.
type engine struct {
	o              Options
	source, target *side
	key            digest.Key
	limits         sizes
	counters       bool    // streams have counters on both sides
	following      bool    // the target replicates from the source
	stalled        bool    // it does not keep up
	noExpiry       bool    // expiry cannot be compared
	partial        bool    // something was not compared at all
	share          float64 // of the keys that are in the sample
	lost           int64   // how many keys that differ it is to find one of
	tolerance      int64
	threshold      uint64 // a key is in the sample if its digest is below
	types          map[rdb.Kind]bool
	began          time.Time

	mu     sync.Mutex // guards report and weaker
	report Report
	weaker map[string]bool
	meter  meter

	checkpoint checkpoints
}

// newReader returns a reader for one side and database.
func (e *engine) newReader(s *side, db int, d depth) *reader {
	return newReader(s, db, d, &e.key, e.limits, e.counters, e.weak)
}

// weak notes what was compared with less certainty.
func (e *engine) weak(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.weaker[text] = true
}

// depth is how much the mode reads.
func (e *engine) depth() depth {
	if e.o.Mode == ModeCounts {
		return depthType
	}
	return depthValue
}

// choose leaves out the values of those keys that are not in the sample. The
// sample is decided by the keyed digest of the name: every key has the same
// chance, on both sides the same keys are taken, and how the servers keep them has
// no influence.
func (e *engine) choose(b *batch) {
	if e.o.Mode != ModeSample {
		return
	}
	for i := range b.recs {
		b.recs[i].skip = !e.sampled(b.recs[i].name)
	}
}

// sampled reports whether a key is in the sample.
func (e *engine) sampled(name []byte) bool {
	st := e.key.Begin(tagName)
	st.Bytes(name)
	return st.Sum().B < e.threshold
}

// wanted reports whether a key is of a type that is compared. One whose type was
// not read is.
func (e *engine) wanted(rec *record) bool {
	return len(e.types) == 0 || rec.kind == rdb.None || e.types[rec.kind]
}

// byType reports whether the server finds the keys of the type that is compared by
// itself. The types of modules have names of their own.
func (e *engine) byType(s *side) bool {
	return len(e.types) == 1 && !e.types[rdb.Module] && s.version >= 600
}

// scanCommand sends a SCAN.
func (e *engine) scanCommand(l *link, s *side, cursor string) {
	n := 4
	if e.o.Match != "" {
		n += 2
	}
	byType := e.byType(s)
	if byType {
		n += 2
	}
	l.Command(n)
	l.Word("SCAN")
	l.Word(cursor)
	l.Word("COUNT")
	l.Int(pageSize)
	if e.o.Match != "" {
		l.Word("MATCH")
		l.Word(e.o.Match)
	}
	if byType {
		l.Word("TYPE")
		l.Word(e.o.Types[0])
	}
}

// explain says on which side an error happened.
func (e *engine) explain(s *side, err error) error {
	var stop *stopError
	if errors.As(err, &stop) {
		err = stop.error
	}
	return fmt.Errorf("verify: reading the %s: %w", s.name, err)
}

// run compares.
func (e *engine) run(ctx context.Context) error {
	if err := e.together(ctx, func(ctx context.Context, s *side) error { return s.open(ctx) }); err != nil {
		return err
	}
	if err := e.prepare(ctx); err != nil {
		return err
	}
	return e.compare(ctx)
}

// together calls fn for both sides at once and waits for both. An error on one
// side ends the other.
func (e *engine) together(ctx context.Context, fn func(context.Context, *side) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for _, s := range []*side{e.source, e.target} {
		wg.Go(func() {
			if err := fn(ctx, s); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// databases are the databases to compare, and how many keys each has.
func (e *engine) databases(ctx context.Context) ([]int, map[int]int64, error) {
	sizes := map[int]int64{}
	var mu sync.Mutex
	known := true
	err := e.together(ctx, func(ctx context.Context, s *side) error {
		if !s.can.info {
			mu.Lock()
			known = false
			mu.Unlock()
			return nil
		}
		keys, err := s.keyspace(ctx)
		mu.Lock()
		defer mu.Unlock()
		for db, n := range keys {
			sizes[db] = max(sizes[db], n)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if len(e.o.DBs) > 0 {
		return slices.Compact(slices.Sorted(slices.Values(e.o.DBs))), sizes, nil
	}
	if !known {
		sizes[0] += 0
		e.partial = true
		e.weak("INFO is forbidden, so that only database 0 and those that the other side has are compared: name them in Options.DBs")
	}
	return sortedKeys(sizes), sizes, nil
}

// compareDB compares a database. from is the checkpoint to go on from; nil to
// begin at the beginning.
func (e *engine) compareDB(ctx context.Context, db int, sums [2]buckets, from *whole) error {
	for _, b := range sums {
		clear(b)
	}
	if from != nil && from.State.Now.Phase == phaseLook {
		return e.look(ctx, db, from.State.Now.Marks, from)
	}
	scans := [2]*scan{newScan(e, e.source, db, sums[0]), newScan(e, e.target, db, sums[1])}
	if from != nil {
		if err := from.resume(e, scans); err != nil {
			return err
		}
	}
	e.meter.scanning(db, scans[0])
	e.checkpoint.scanning(db, scans)
	if err := e.together(ctx, func(ctx context.Context, s *side) error {
		if s == e.source {
			return scans[0].run(ctx)
		}
		return scans[1].run(ctx)
	}); err != nil {
		return errors.Join(err, e.checkpoint.saveLast(ctx, e))
	}
	e.counted(db, scans[0].counts, scans[1].counts)
	marked, n := differing(sums[0], sums[1])
	if n == 0 {
		return nil
	}
	return e.look(ctx, db, marked, nil)
}
