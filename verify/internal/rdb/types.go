package rdb

import "errors"

// The errors of Decode; both mean that the value has to be read in another way.
var (
	// ErrFormat tells that a payload is not of a format that is known.
	ErrFormat = errors.New("rdb: a payload of an unknown format")
	// ErrLarge tells that a payload is compressed and too large to be taken apart.
	ErrLarge = errors.New("rdb: a payload too large to be taken apart")
)

// Kind is the type of a value.
type Kind byte

// The kinds.
const (
	None   Kind = iota // there is no such key
	String             // also bitmaps and HyperLogLogs
	List               // in order
	Set                // without order
	ZSet               // members with scores
	Hash               // fields with values, and their expiry
	Stream             // entries and groups
	Module             // whatever a module keeps
)

// String returns the word of the TYPE command; a module's types have names of
// their own.
func (k Kind) String() string {
	switch k {
	case String:
		return "string"
	case List:
		return "list"
	case Set:
		return "set"
	case ZSet:
		return "zset"
	case Hash:
		return "hash"
	case Stream:
		return "stream"
	case Module:
		return "module"
	}
	return "none"
}

// KindOf returns the kind that the TYPE command calls by the name.
func KindOf(name string) Kind {
	for k := String; k <= Stream; k++ {
		if k.String() == name {
			return k
		}
	}
	if name == "none" {
		return None
	}
	return Module
}

// ID is the id of an entry of a stream.
type ID struct{ Ms, Seq uint64 }

// Sink takes the elements of a value, in the order in which they are kept.
// Slices are valid until the method returns.
type Sink interface {
	// Element takes a string, or an element of a list or set.
	Element(b []byte)
	// Scored takes a member of a sorted set.
	Scored(member []byte, score float64)
	// Field takes a field of a hash; expiry is in milliseconds since 1970, 0 for
	// none.
	Field(name, value []byte, expiry int64)
	// Entry takes an entry of a stream: names and values of its fields in turn.
	Entry(id ID, fields [][]byte)
	// Tail takes what a stream has beside its entries and groups.
	Tail(t Tail)
	// Group takes a consumer group; its consumers and pending entries follow.
	Group(name []byte, last ID)
	// Consumer takes a consumer of the group.
	Consumer(group, name []byte)
	// Pending takes an entry that was delivered and not acknowledged.
	Pending(group []byte, p Pending)
}

// Pending is an entry that was delivered to a consumer and not acknowledged.
type Pending struct {
	ID         ID
	Consumer   []byte
	Deliveries uint64
	// Delivered is when it was delivered last, in milliseconds since 1970; 0 if
	// that is not known.
	Delivered int64
}

// Tail is what a stream has beside its entries and groups.
type Tail struct {
	// Last is the last id that was generated.
	Last ID
	// MaxDeleted is the largest id that was deleted, and Added how many entries
	// were ever added. Known tells whether the server keeps them: from 7.0 on.
	MaxDeleted ID
	Added      uint64
	Known      bool
}

// The types of a payload.
const (
	typeString          = 0
	typeList            = 1
	typeSet             = 2
	typeZSet            = 3
	typeHash            = 4
	typeZSet2           = 5 // scores in binary
	typeModuleOld       = 6
	typeModule          = 7
	typeHashZipmap      = 9
	typeListZiplist     = 10
	typeSetIntset       = 11
	typeZSetZiplist     = 12
	typeHashZiplist     = 13
	typeListQuicklist   = 14 // of ziplists
	typeStream          = 15
	typeHashListpack    = 16
	typeZSetListpack    = 17
	typeListQuicklist2  = 18 // of listpacks and plain elements
	typeStream2         = 19 // 7.0: max deleted id, entries added and read
	typeSetListpack     = 20 // 7.2
	typeStream3         = 21 // 7.2: active time of consumers
	typeHashMetadataPre = 22 // 7.4 before its release; in Valkey 9 typeHash2
	typeHashListpackPre = 23 // 7.4 before its release
	typeHashMetadata    = 24 // 7.4: expiry of fields
	typeHashListpackEx  = 25 // 7.4: the same in a listpack
)

// KindOfPayload returns the kind of the value in a payload, by its first byte.
// ok is false for a type that is not known.
func KindOfPayload(p []byte) (kind Kind, ok bool) {
	if len(p) == 0 {
		return None, false
	}
	switch p[0] {
	case typeString:
		return String, true
	case typeList, typeListZiplist, typeListQuicklist, typeListQuicklist2:
		return List, true
	case typeSet, typeSetIntset, typeSetListpack:
		return Set, true
	case typeZSet, typeZSet2, typeZSetZiplist, typeZSetListpack:
		return ZSet, true
	case typeHash, typeHashZipmap, typeHashZiplist, typeHashListpack, typeHashMetadataPre,
		typeHashListpackPre, typeHashMetadata, typeHashListpackEx:
		return Hash, true
	case typeStream, typeStream2, typeStream3:
		return Stream, true
	case typeModuleOld, typeModule:
		return Module, true
	}
	return None, false
}

// Content returns what of a payload is the value: without the footer, which
// differs from one version of the server to the next.
func Content(p []byte) ([]byte, error) {
	if len(p) < 1+footer {
		return nil, ErrFormat
	}
	return p[:len(p)-footer], nil
}

// footer is the length of RDB version and checksum.
const footer = 10
