package rdb

import (
	"encoding/binary"
	"strconv"
)

// The flags of an entry.
const (
	flagDeleted    = 1
	flagSameFields = 2
)

// stream reads a stream: nodes of entries, counters, groups.
func (d *Decoder) stream(kind byte, sink Sink) {
	for n := d.count(); n > 0 && d.err == nil; n-- {
		id := d.string()
		if d.err == nil && len(id) != 16 {
			d.fail(ErrFormat)
		}
		if d.err != nil {
			return
		}
		master := ID{binary.BigEndian.Uint64(id), binary.BigEndian.Uint64(id[8:])}
		d.node(master, d.listpack(d.string()), sink)
	}
	d.number() // how many entries there are
	t := Tail{Last: ID{d.number(), d.number()}}
	if kind != typeStream {
		d.number() // the first id
		d.number()
		t.MaxDeleted, t.Added, t.Known = ID{d.number(), d.number()}, d.number(), true
	}
	if d.err != nil {
		return
	}
	sink.Tail(t)
	for n := d.count(); n > 0 && d.err == nil; n-- {
		d.group(kind, sink)
	}
}

// node reads the entries of a listpack. They are kept by their distance from the
// node's id, and without the names of their fields where those are the node's.
func (d *Decoder) node(id ID, l *list, sink Sink) {
	live, deleted := l.must(), l.must()
	n := l.must()
	if d.err != nil || n.isText || live.isText || deleted.isText || n.number < 0 {
		d.fail(ErrFormat)
		return
	}
	d.master, d.ends = d.master[:0], d.ends[:0]
	for range n.number {
		d.master = append(d.master, d.own(l.must()))
		if d.err != nil {
			return
		}
	}
	l.must() // the end of the master entry
	kept := len(d.ends)
	for e, ok := l.next(); ok && d.err == nil; e, ok = l.next() {
		d.ends = d.ends[:kept]
		d.entry(id, e.number, l, sink)
	}
}

// entry reads one entry, whose flags were read.
func (d *Decoder) entry(id ID, flags int64, l *list, sink Sink) {
	id.Ms += uint64(l.must().number)
	id.Seq += uint64(l.must().number)
	n := int64(len(d.master))
	if flags&flagSameFields == 0 {
		n = l.must().number
	}
	d.fields = d.fields[:0]
	for i := range n {
		if flags&flagSameFields != 0 {
			d.fields = append(d.fields, d.master[i])
		} else {
			d.fields = append(d.fields, d.own(l.must()))
		}
		d.fields = append(d.fields, d.own(l.must()))
		if d.err != nil {
			return
		}
	}
	l.must() // how many listpack entries this entry has
	if d.err == nil && flags&flagDeleted == 0 {
		sink.Entry(id, d.fields)
	}
}

// own returns an element as text that stays valid while the node is read.
func (d *Decoder) own(e entry) []byte {
	if e.isText {
		return e.text
	}
	from := len(d.ends)
	d.ends = strconv.AppendInt(d.ends, e.number, 10)
	return d.ends[from:len(d.ends):len(d.ends)]
}

// group reads a consumer group: its pending entries with how often they were
// delivered, and then its consumers with which of them are theirs.
func (d *Decoder) group(kind byte, sink Sink) {
	name := append([]byte(nil), d.string()...)
	last := ID{d.number(), d.number()}
	if kind != typeStream {
		d.number() // how many entries the group has read; replicas do not learn all of it
	}
	pending := d.count()
	if d.err != nil {
		return
	}
	sink.Group(name, last)
	delivered := make(map[ID]Pending, min(pending, 1024))
	for ; pending > 0 && d.err == nil; pending-- {
		p := Pending{ID: d.rawID(), Delivered: int64(d.u64()), Deliveries: d.number()}
		delivered[p.ID] = p
	}
	for n := d.count(); n > 0 && d.err == nil; n-- {
		consumer := append([]byte(nil), d.string()...)
		d.u64() // when it was seen
		if kind == typeStream3 {
			d.u64() // when it was active
		}
		own := d.count()
		if d.err != nil {
			return
		}
		sink.Consumer(name, consumer)
		for ; own > 0 && d.err == nil; own-- {
			p, ok := delivered[d.rawID()]
			if !ok {
				d.fail(ErrFormat)
			}
			if d.err == nil {
				p.Consumer = consumer
				sink.Pending(name, p)
			}
		}
	}
}

// rawID reads an id in 16 bytes, big-endian.
func (d *Decoder) rawID() ID {
	b := d.take(16)
	if b == nil {
		return ID{}
	}
	return ID{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}
