package rdb

import "math"

// Decode takes a payload apart and hands its elements to the sink. After an
// error the sink has got a part of them. The elements of a module's value are
// not known: Decode returns ErrFormat for it; see KindOfPayload.
func (d *Decoder) Decode(payload []byte, sink Sink) error {
	content, err := Content(payload)
	if err != nil {
		return err
	}
	version := int(payload[len(content)]) | int(payload[len(content)+1])<<8
	d.in, d.err = content[1:], nil
	d.value(content[0], version, sink)
	if d.err == nil && len(d.in) > 0 {
		d.err = ErrFormat
	}
	return d.err
}

// value reads the value of a type.
func (d *Decoder) value(kind byte, version int, sink Sink) {
	switch kind {
	case typeString:
		if s := d.string(); d.err == nil {
			sink.Element(s)
		}
	case typeList, typeSet:
		for n := d.count(); n > 0 && d.err == nil; n-- {
			if s := d.string(); d.err == nil {
				sink.Element(s)
			}
		}
	case typeZSet, typeZSet2:
		d.zset(kind, sink)
	case typeHash:
		for n := d.count(); n > 0 && d.err == nil; n-- {
			name := d.string()
			value := d.string()
			if d.err == nil {
				sink.Field(name, value, 0)
			}
		}
	case typeHashMetadataPre:
		if version >= valkeyVersion {
			d.valkeyHash(sink)
			return
		}
		d.hashTTL(sink, false)
	case typeHashMetadata:
		d.hashTTL(sink, true)
	case typeStream, typeStream2, typeStream3:
		d.stream(kind, sink)
	default:
		d.packed(kind, sink)
	}
}

// valkeyVersion is the least RDB version of Valkey 9, which left Redis's
// numbers for its own.
const valkeyVersion = 80

// zset reads a sorted set that is a skip list.
func (d *Decoder) zset(kind byte, sink Sink) {
	for n := d.count(); n > 0 && d.err == nil; n-- {
		member := d.string()
		var score float64
		if kind == typeZSet2 {
			score = math.Float64frombits(d.u64())
		} else {
			score = d.oldDouble()
		}
		if d.err == nil {
			sink.Scored(member, score)
		}
	}
}

// hashTTL reads a hash table whose fields may expire. From the release of 7.4 on
// the times count from the smallest of them, which comes first.
func (d *Decoder) hashTTL(sink Sink, relative bool) {
	var least uint64
	if relative {
		least = d.u64()
	}
	for n := d.count(); n > 0 && d.err == nil; n-- {
		expiry := d.number()
		if relative && expiry > 0 {
			expiry += least - 1
		}
		name := d.string()
		value := d.string()
		if d.err == nil {
			sink.Field(name, value, int64(expiry))
		}
	}
}

// valkeyHash reads a hash of Valkey 9 whose fields may expire: the time follows
// each value, -1 for none.
func (d *Decoder) valkeyHash(sink Sink) {
	for n := d.count(); n > 0 && d.err == nil; n-- {
		name := d.string()
		value := d.string()
		expiry := int64(d.u64())
		if d.err == nil {
			sink.Field(name, value, max(expiry, 0))
		}
	}
}

// packed reads the types whose value is one or more strings with entries of
// their own inside.
func (d *Decoder) packed(kind byte, sink Sink) {
	switch kind {
	case typeListQuicklist:
		for n := d.count(); n > 0 && d.err == nil; n-- {
			d.elements(d.ziplist(d.string()), sink)
		}
		return
	case typeListQuicklist2:
		for n := d.count(); n > 0 && d.err == nil; n-- {
			container := d.number()
			node := d.string()
			switch {
			case d.err != nil:
			case container == 1:
				sink.Element(node)
			case container == 2:
				d.elements(d.listpack(node), sink)
			default:
				d.fail(ErrFormat)
			}
		}
		return
	case typeHashListpackEx:
		d.u64() // the smallest expiry
	}
	b := d.string()
	if d.err != nil {
		return
	}
	switch kind {
	case typeListZiplist:
		d.elements(d.ziplist(b), sink)
	case typeSetIntset:
		d.intset(b, sink)
	case typeSetListpack:
		d.elements(d.listpack(b), sink)
	case typeZSetZiplist:
		d.scored(d.ziplist(b), sink)
	case typeZSetListpack:
		d.scored(d.listpack(b), sink)
	case typeHashZipmap:
		d.zipmap(b, sink)
	case typeHashZiplist:
		d.pairs(d.ziplist(b), sink)
	case typeHashListpack:
		d.pairs(d.listpack(b), sink)
	case typeHashListpackPre, typeHashListpackEx:
		d.triples(d.listpack(b), sink)
	default:
		d.fail(ErrFormat)
	}
}
