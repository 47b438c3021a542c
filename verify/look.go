package verify

import (
	"context"
	"errors"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
)

const (
	// lookKeys is how many keys are looked at again at a time.
	lookKeys = 500
	// toldMost bounds how many differences of a database are remembered, in order
	// to tell of each once although a scan may return a key twice.
	toldMost = 20_000
	// lookBytes bounds the length of their names.
	lookBytes = 4 << 20
)

// pairOfKeys is a key as both sides have it.
type pairOfKeys struct{ source, target record }

// look goes through a database once more and compares the keys of the buckets that
// differ, one by one: first those that the source has, then those that the target
// has and the source does not.
type look struct {
	e       *engine
	db      int
	marked  marks
	lines   [2]*line // of the source and the target
	readers [2]*reader
	batches [2]*batch
	suspect []pairOfKeys
	cursor  string
	told    map[digest.Sum]bool // differences that were delivered
	phase   int                 // 0 for the source's keys, 1 for the target's

	unwatched bool // the source does not allow WATCH
}

// look reads again what is in the buckets that are marked. from is the checkpoint
// to go on from; nil to begin at the beginning.
func (e *engine) look(ctx context.Context, db int, marked marks, from *whole) error {
	k := &look{e: e, db: db, marked: marked, batches: [2]*batch{{}, {}}, cursor: "0", told: map[digest.Sum]bool{}}
	if from != nil {
		k.phase = from.State.Now.Side
		if k.phase > 1 {
			return nil
		}
		if s := []*side{e.source, e.target}[k.phase]; s.run != "" && s.run == from.State.Runs[k.phase] {
			k.cursor = from.State.Now.Cursor
		}
	}
	for i, s := range []*side{e.source, e.target} {
		k.lines[i] = s.line(db)
		k.readers[i] = e.newReader(s, db, e.depth())
		k.readers[i].exists = true
		defer k.lines[i].close()
		defer k.readers[i].close()
	}
	e.meter.looking(db)
	e.checkpoint.looking(db, marked, k.phase, k.cursor)
	if err := e.checkpoint.saveNow(ctx, e); err != nil {
		return err
	}
	for ; k.phase < 2; k.phase++ {
		if err := k.through(ctx); err != nil {
			return err
		}
		k.cursor = "0"
	}
	return nil
}

// through goes through the keys of the side of the phase.
func (k *look) through(ctx context.Context) error {
	s := []*side{k.e.source, k.e.target}[k.phase]
	n := s.line(k.db)
	defer n.close()
	page, chosen := &batch{}, &batch{}
	for {
		if err := s.throttle.wait(ctx); err != nil {
			return err
		}
		next := ""
		err := n.do(ctx, func(l *link) error {
			page.reset()
			k.e.scanCommand(l, s, k.cursor)
			var err error
			next, err = readPage(l, page)
			return err
		})
		if errors.Is(err, errRestarted) { // as cursors mean nothing to another process
			k.cursor = "0"
			continue
		}
		if err != nil {
			return k.e.explain(s, err)
		}
		k.choose(page, chosen)
		k.cursor = next
		if len(chosen.recs) >= lookKeys || len(chosen.names) > lookBytes || next == "0" {
			if err := k.judge(ctx, chosen); err != nil {
				return err
			}
			chosen.reset()
			k.e.checkpoint.looking(k.db, k.marked, k.phase, next)
			if next == "0" {
				k.e.checkpoint.looking(k.db, k.marked, k.phase+1, next)
			}
			if err := k.e.checkpoint.saveIfDue(ctx, k.e); err != nil {
				return err
			}
		}
		if next == "0" {
			return nil
		}
	}
}

// choose adds the keys of a page that are in marked buckets.
func (k *look) choose(page, chosen *batch) {
	for i := range page.recs {
		st := k.e.key.Begin(tagName)
		st.Bytes(page.recs[i].name)
		if key := st.Sum(); k.marked.has(key) {
			chosen.add(page.recs[i].name)
		}
	}
}

// judge compares keys on both sides, and what differs again and again.
func (k *look) judge(ctx context.Context, keys *batch) error {
	if len(keys.recs) == 0 {
		return nil
	}
	if k.phase == 1 {
		if err := k.onlyExtra(ctx, keys); err != nil || len(keys.recs) == 0 {
			return err
		}
	}
	if err := k.readBoth(ctx, keys); err != nil {
		return err
	}
	k.suspect = k.suspect[:0]
	for i := range keys.recs {
		p := pairOfKeys{k.batches[0].recs[i], k.batches[1].recs[i]}
		if k.e.equal(&p.source, &p.target) {
			continue
		}
		k.suspect = append(k.suspect, p)
	}
	if len(k.suspect) == 0 {
		return nil
	}
	return k.settle(ctx)
}

// onlyExtra keeps those keys that the source does not have, or has of a type that its
// scan left out; the others have been judged.
func (k *look) onlyExtra(ctx context.Context, keys *batch) error {
	r := newReader(k.e.source, k.db, depthType, &k.e.key, k.e.limits, false, k.e.weak)
	defer r.close()
	names := k.batches[0]
	names.reset()
	for i := range keys.recs {
		names.add(keys.recs[i].name)
	}
	if err := r.all(ctx, k.lines[0], names); err != nil {
		return k.e.explain(k.e.source, err)
	}
	keys.reset()
	for i := range names.recs {
		if rec := &names.recs[i]; rec.state != present || k.e.byType(k.e.source) && !k.e.types[rec.kind] {
			keys.add(names.recs[i].name)
		}
	}
	return nil
}

// readBoth reads the keys on both sides at once.
func (k *look) readBoth(ctx context.Context, keys *batch) error {
	return k.e.together(ctx, func(ctx context.Context, s *side) error {
		if s == k.e.source {
			return k.read(ctx, 0, keys)
		}
		return k.read(ctx, 1, keys)
	})
}

// read reads the keys on one side.
func (k *look) read(ctx context.Context, i int, keys *batch) error {
	b := k.batches[i]
	b.reset()
	for j := range keys.recs {
		b.add(keys.recs[j].name)
	}
	k.e.choose(b)
	if err := k.readers[i].all(ctx, k.lines[i], b); err != nil {
		return k.e.explain(k.readers[i].side, err)
	}
	return nil
}

// equal reports whether a key is the same on both sides, as far as it is compared.
func (e *engine) equal(a, b *record) bool {
	if a.state == unread && e.wanted(a) || b.state == unread && e.wanted(b) {
		return false
	}
	if len(e.types) > 0 && !e.types[a.kind] && !e.types[b.kind] {
		return true
	}
	return a.sameValue(b) && (e.noExpiry || a.sameExpiry(b, e.tolerance))
}

// nameOfKind is the type as differences have it.
func nameOfKind(k rdb.Kind) string {
	if k == rdb.None {
		return ""
	}
	return k.String()
}
