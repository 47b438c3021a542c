package memory

import (
	"cmp"
	"hash/fnv"
	"maps"
	"slices"
	"time"
)

// dataset is what a server holds.
type dataset struct {
	keys    int64 // keys without names, in database 0
	bytes   int64 // their size on the wire
	numbers map[int]keyspace
}

// keyspace is one logical database.
type keyspace map[string]*entry

// entry is a value and its expiry.
type entry struct {
	value  any       // string, *hash, *list or *set
	expiry time.Time // zero: none
}

// hash is a value of pairs in the order of their coming.
type hash struct{ names, values []string }

// list is a value of elements.
type list struct{ items []string }

// set is a value of members, sorted.
type set struct{ members []string }

func newDataset(keys, bytes int64) dataset {
	return dataset{keys: keys, bytes: bytes, numbers: map[int]keyspace{}}
}

// db returns a database, which is made when it is needed.
func (d dataset) db(number int) keyspace {
	ks, ok := d.numbers[number]
	if !ok {
		ks = keyspace{}
		d.numbers[number] = ks
	}
	return ks
}

// clone copies the data, as a fork does.
func (d dataset) clone() dataset {
	out := newDataset(d.keys, d.bytes)
	for number, ks := range d.numbers {
		if len(ks) == 0 {
			continue
		}
		copied := make(keyspace, len(ks))
		for key, e := range ks {
			copied[key] = &entry{value: cloneValue(e.value), expiry: e.expiry}
		}
		out.numbers[number] = copied
	}
	return out
}

func cloneValue(value any) any {
	switch v := value.(type) {
	case *hash:
		return &hash{slices.Clone(v.names), slices.Clone(v.values)}
	case *list:
		return &list{slices.Clone(v.items)}
	case *set:
		return &set{slices.Clone(v.members)}
	}
	return value
}

// count is the number of keys of a database.
func (d dataset) count(number int) int64 {
	n := int64(len(d.numbers[number]))
	if number == 0 {
		n += d.keys
	}
	return n
}

// total is the number of keys of all databases.
func (d dataset) total() int64 {
	n := d.keys
	for _, ks := range d.numbers {
		n += int64(len(ks))
	}
	return n
}

// expires is the number of keys of a database that have an expiry.
func (d dataset) expires(number int) int64 {
	n := int64(0)
	for _, e := range d.numbers[number] {
		if !e.expiry.IsZero() {
			n++
		}
	}
	return n
}

// highest is the highest database that holds keys.
func (d dataset) highest() int {
	most := 0
	for number, ks := range d.numbers {
		if len(ks) > 0 {
			most = max(most, number)
		}
	}
	return most
}

// used returns the databases that hold keys, in order.
func (d dataset) used() []int {
	var out []int
	if d.keys > 0 && len(d.numbers[0]) == 0 {
		out = append(out, 0)
	}
	for number, ks := range d.numbers {
		if len(ks) > 0 {
			out = append(out, number)
		}
	}
	slices.Sort(out)
	return out
}

// size is what the data take in a snapshot.
func (d dataset) size() int64 {
	n := d.bytes
	for _, ks := range d.numbers {
		for key, e := range ks {
			n += int64(len(key)) + valueSize(e.value) + 6
		}
	}
	return n
}

// memory is what the data take in memory: more than on the wire.
func (d dataset) memory() int64 {
	n := d.bytes + d.bytes/4
	for _, ks := range d.numbers {
		for key, e := range ks {
			n += int64(len(key)) + valueSize(e.value) + 72
		}
	}
	return n
}

func valueSize(value any) int64 {
	n := 0
	sum := func(texts []string) {
		for _, t := range texts {
			n += len(t) + 2
		}
	}
	switch v := value.(type) {
	case string:
		n = len(v)
	case *hash:
		sum(v.names)
		sum(v.values)
	case *list:
		sum(v.items)
	case *set:
		sum(v.members)
	}
	return int64(n)
}

// scanned is a key with its place in a scan.
type scanned struct {
	key   string
	place uint64
}

// scan returns some keys behind a cursor and the next cursor, 0 at the end. A
// key that is there all the time is returned whatever happens to others.
func (ks keyspace) scan(cursor uint64, count int) ([]string, uint64) {
	places := make([]scanned, 0, len(ks))
	for key := range ks {
		h := fnv.New32a()
		_, _ = h.Write([]byte(key)) // never fails
		places = append(places, scanned{key, uint64(h.Sum32()) + 1})
	}
	slices.SortFunc(places, func(a, b scanned) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.key, b.key))
	})
	var keys []string
	for i, p := range places {
		if p.place <= cursor {
			continue
		}
		keys = append(keys, p.key)
		last := i+1 == len(places)
		if len(keys) >= count && !last && places[i+1].place != p.place {
			return keys, p.place
		}
	}
	return keys, 0
}

// sorted returns the keys in order.
func (ks keyspace) sorted() []string { return slices.Sorted(maps.Keys(ks)) }
