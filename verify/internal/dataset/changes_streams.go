package dataset

import (
	"context"
	"strconv"
)

// id returns the id of an entry of the stream.
func (v *victim) id(e int) string { return v.corruptor.set.entryID(v.ref.number, e) }

// counters sets what a stream knows about its past back to what it was before
// f changed its entries.
func (v *victim) counters(ctx context.Context, f func() error) error {
	was, err := v.client.XInfoStream(ctx, v.ref.name).Result()
	if err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	return v.do(ctx, "XSETID", was.LastGeneratedID, "ENTRIESADDED", was.EntriesAdded, "MAXDELETEDID", was.MaxDeletedEntryID).Err()
}

func entryChanges() []change {
	entries := func(v *victim) int { return v.corruptor.set.Entries }
	without := func(e func(*victim) int) func(context.Context, *victim) error {
		return func(ctx context.Context, v *victim) error {
			v.in(v.id(e(v)))
			return v.counters(ctx, func() error { return v.must(ctx, "XDEL", v.id(e(v))) })
		}
	}
	// An entry cannot be changed: the stream is written anew.
	anew := func(field int) func(context.Context, *victim) error {
		return func(ctx context.Context, v *victim) error {
			at := 1 + v.some(entries(v)/2)
			v.in(v.id(at))
			return v.writeAnew(ctx, func(e int, fields []string) {
				if e == at {
					fields[field] = "other"
				}
			})
		}
	}
	return []change{
		{"stream: the first entry is missing", Value, without(func(*victim) int { return 0 })},
		{"stream: an entry is missing", Value, without(func(v *victim) int { return entries(v) / 2 })},
		{"stream: the last entry is missing", Value, without(func(v *victim) int { return entries(v) - 1 })},
		{"stream: one entry more", Value, func(ctx context.Context, v *victim) error {
			id := v.id(entries(v) + 5)
			v.in(id)
			return v.do(ctx, "XADD", id, "amount", 1, "currency", "EUR", "text", "more").Err()
		}},
		{"stream: a value of an entry differs", Value, anew(1)},
		{"stream: a field of an entry has another name", Value, anew(0)},
		{"stream: it has counted one entry more", Value, func(ctx context.Context, v *victim) error {
			if v.corruptor.set.Old { // streams did not count
				return errUnfit
			}
			was, err := v.client.XInfoStream(ctx, v.ref.name).Result()
			if err != nil {
				return err
			}
			return v.do(ctx, "XSETID", was.LastGeneratedID, "ENTRIESADDED", was.EntriesAdded+1, "MAXDELETEDID", was.MaxDeletedEntryID).Err()
		}},
		{"stream: another last id", Value, func(ctx context.Context, v *victim) error {
			was, err := v.client.XInfoStream(ctx, v.ref.name).Result()
			if err != nil {
				return err
			}
			return v.do(ctx, "XSETID", v.id(entries(v)+7), "ENTRIESADDED", was.EntriesAdded, "MAXDELETEDID", was.MaxDeletedEntryID).Err()
		}},
	}
}

// writeAnew replaces the stream by one with other fields in some entries.
func (v *victim) writeAnew(ctx context.Context, spoil func(int, []string)) error {
	if err := v.must(ctx, "DEL"); err != nil {
		return err
	}
	p, err := openPipe(ctx, v.client.Options().Addr)
	if err != nil {
		return err
	}
	p.send("SELECT", strconv.Itoa(v.ref.db))
	newGenerator(v.corruptor.set).stream(p, v.ref.number, spoil)
	return p.finish()
}

func groupChanges() []change {
	group := func(v *victim) string { return groups()[v.some(2)] }
	return []change{
		{"stream: another last id of a group", Value, func(ctx context.Context, v *victim) error {
			g := group(v)
			v.in(g)
			return v.client.Do(ctx, "XGROUP", "SETID", v.ref.name, g, v.id(1)).Err()
		}},
		{"stream: a group is missing", Value, func(ctx context.Context, v *victim) error {
			g := group(v)
			v.in(g)
			return v.client.XGroupDestroy(ctx, v.ref.name, g).Err()
		}},
		{"stream: one group more", Value, func(ctx context.Context, v *victim) error {
			v.in("one more")
			return v.client.XGroupCreate(ctx, v.ref.name, "one more", "0").Err()
		}},
		{"stream: one consumer more", Value, func(ctx context.Context, v *victim) error {
			g := group(v)
			v.in(g + "/one more")
			return v.client.XGroupCreateConsumer(ctx, v.ref.name, g, "one more").Err()
		}},
	}
}

func pendingChanges() []change {
	// claim takes over a pending entry, with what differs.
	claim := func(consumer, at, count int) func(context.Context, *victim) error {
		return func(ctx context.Context, v *victim) error {
			g := groups()[v.some(2)]
			e := 2 * v.some(v.corruptor.set.pending()/2) // is of the first worker
			when := v.corruptor.set.Base.UnixMilli() - 60_000 + int64(at)
			v.in(g + "/" + v.id(e))
			return v.do(ctx, "XCLAIM", g, consumers()[consumer], 0, v.id(e),
				"TIME", when, "RETRYCOUNT", 1+e%4+count, "FORCE", "JUSTID").Err()
		}
	}
	return []change{
		{"stream: a pending entry is acknowledged", Value, func(ctx context.Context, v *victim) error {
			g := groups()[v.some(2)]
			e := v.some(v.corruptor.set.pending())
			v.in(g + "/" + v.id(e))
			return v.must(ctx, "XACK", g, v.id(e))
		}},
		{"stream: one pending entry more", Value, func(ctx context.Context, v *victim) error {
			g := groups()[v.some(2)]
			e := v.corruptor.set.pending() + v.some(3)
			v.in(g + "/" + v.id(e))
			return v.do(ctx, "XCLAIM", g, "worker-1", 0, v.id(e), "FORCE", "JUSTID").Err()
		}},
		{"stream: a pending entry is another consumer's", Value, claim(2, 0, 0)},
		{"stream: a pending entry was delivered at another time", Value, claim(1, 5000, 0)},
		{"stream: a pending entry was delivered once more", Value, claim(1, 0, 1)},
	}
}
