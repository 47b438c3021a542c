package verify

import (
	"strconv"

	"github.com/cachelift/cachelift/verify/internal/digest"
	"github.com/cachelift/cachelift/verify/internal/rdb"
)

// finder tells the elements of a value one by one: what each is called by, what
// it is as a whole, and how it is described. It is an [rdb.Sink].
type finder struct {
	elements
	e     *engine
	kind  rdb.Kind
	index uint64
	part  part   // of the stream
	in    string // the group
	last  pending
	take  func(id, whole digest.Sum, order uint64, get func() element)
}

// finder returns a finder.
func (k *look) finder(kind rdb.Kind, take func(id, whole digest.Sum, order uint64, get func() element)) *finder {
	return &finder{elements: k.readers[0].sum.elements, e: k.e, kind: kind, take: take}
}

// named is an element that is called by data.
func (f *finder) named(name []byte, whole digest.Sum, value func() string) {
	f.take(f.member(name), whole, 0, func() element {
		el := element{label: f.e.label(name)}
		if f.e.o.Values == ValuesShow {
			el.value = value()
		}
		return el
	})
}

// called is an element that is called by what is no data.
func (f *finder) called(label string, order uint64, whole digest.Sum, value func() string) {
	f.take(f.member([]byte(label)), whole, order, func() element {
		el := element{label: label, order: order, number: order > 0, part: f.part, group: f.in, pending: f.last}
		if f.e.o.Values == ValuesShow {
			el.value = value()
		}
		return el
	})
}

// Element takes an element of a list or set.
func (f *finder) Element(b []byte) {
	if f.kind == rdb.List {
		f.index++
		f.called(strconv.FormatUint(f.index-1, 10), f.index, f.element(f.index, b), func() string { return shown(b) })
		return
	}
	f.named(b, f.member(b), func() string { return "there" })
}

// Scored takes a member of a sorted set.
func (f *finder) Scored(member []byte, score float64) {
	f.named(member, f.scored(member, score), func() string { return strconv.FormatFloat(score, 'g', -1, 64) })
}

// Field takes a field of a hash.
func (f *finder) Field(name, value []byte, expiry int64) {
	f.named(name, f.field(name, value, expiry), func() string {
		if expiry > 0 {
			return shown(value) + ", expires at " + strconv.FormatInt(expiry, 10)
		}
		return shown(value)
	})
}

// Entry takes an entry of a stream.
func (f *finder) Entry(id rdb.ID, fields [][]byte) {
	f.part = partEntry
	f.called(idText(id), 0, f.entry(id, fields), func() string {
		text := ""
		for i, b := range fields[:min(len(fields), 4)] {
			if i > 0 {
				text += " "
			}
			text += shown(b)
		}
		return text
	})
}

// Tail takes the rest of a stream: each part by its name in XINFO.
func (f *finder) Tail(t rdb.Tail) {
	f.part = partTail
	f.number("last-generated-id", t.Last)
	if f.counters {
		f.number("max-deleted-entry-id", t.MaxDeleted)
		f.number("entries-added", rdb.ID{Ms: t.Added})
	}
}

// number is a part of a stream's state.
func (f *finder) number(name string, v rdb.ID) {
	f.called(name, 0, f.entry(v, nil), func() string { return idText(v) })
}

// Group takes a consumer group.
func (f *finder) Group(name []byte, last rdb.ID) {
	f.part, f.in = partGroup, ""
	f.called(string(name), 0, f.group(name, last), func() string { return idText(last) })
}

// Consumer takes a consumer.
func (f *finder) Consumer(group, name []byte) {
	f.part, f.in = partConsumer, string(group)
	f.called(string(group)+"/"+string(name), 0, f.consumer(group, name), func() string { return "there" })
}

// Pending takes a pending entry.
func (f *finder) Pending(group []byte, p rdb.Pending) {
	whole := f.pending(group, p)
	whole.Add(f.delivered(group, p))
	f.part, f.in = partPending, string(group)
	f.last = pending{f.member(p.Consumer), p.Deliveries, p.Delivered}
	f.called(string(group)+"/"+idText(p.ID), 0, whole, func() string {
		text := "with " + shown(p.Consumer) + ", delivered " + strconv.FormatUint(p.Deliveries, 10) + " times"
		if p.Delivered > 0 {
			text += ", last at " + strconv.FormatInt(p.Delivered, 10)
		}
		return text
	})
}
