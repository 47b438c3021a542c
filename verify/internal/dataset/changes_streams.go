package dataset

import (
	"context"

	"github.com/redis/go-redis/v9"
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
	// The last entry is the only one that can be written anew.
	last := func(fields func(redis.XMessage) []any) func(context.Context, *victim) error {
		return func(ctx context.Context, v *victim) error {
			found, err := v.client.XRevRangeN(ctx, v.ref.name, "+", "-", 1).Result()
			if err != nil {
				return err
			}
			before := v.id(entries(v) - 3)
			v.in(found[0].ID)
			return v.counters(ctx, func() error {
				return v.all(ctx, words("XDEL", v.ref.name, found[0].ID),
					words("XSETID", v.ref.name, before, "ENTRIESADDED", 1_000_000, "MAXDELETEDID", "0-1"),
					append(words("XADD", v.ref.name, found[0].ID), fields(found[0])...))
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
		{"stream: a value of an entry differs", Value, last(func(m redis.XMessage) []any {
			var out []any
			for _, f := range fieldsOf(m) {
				out = append(out, f, m.Values[f])
			}
			out[len(out)-1] = "other"
			return out
		})},
		{"stream: a field of an entry has another name", Value, last(func(m redis.XMessage) []any {
			var out []any
			for _, f := range fieldsOf(m) {
				out = append(out, f, m.Values[f])
			}
			out[0] = "other"
			return out
		})},
		{"stream: it has counted one entry more", Value, func(ctx context.Context, v *victim) error {
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

// fieldsOf returns the fields of an entry in the order that the set writes.
func fieldsOf(m redis.XMessage) []string {
	if _, ok := m.Values["note"]; ok {
		return []string{"note"}
	}
	return []string{"amount", "currency", "text"}
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
		{"stream: a consumer is missing", Value, func(ctx context.Context, v *victim) error {
			g := group(v)
			v.in(g + "/idle")
			return v.client.XGroupDelConsumer(ctx, v.ref.name, g, "idle").Err()
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
