package dataset

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// Size says how much of everything a set has. The numbers of zero parts are
// right: a set without them.
type Size struct {
	// Keys is how many ordinary keys there are.
	Keys int
	// Elements is how many elements each of the 19 big collections has.
	Elements int
	// Blob is the length of the one big string, in bytes.
	Blob int
	// Aged is how many values there are that were big and shrank.
	Aged int
	// Streams is how many streams with groups there are, and Entries how many
	// entries each has.
	Streams, Entries int
	// Odd is how often each kind of odd key appears: names of every byte,
	// empty strings, HyperLogLogs, bitmaps, and function libraries.
	Odd int
}

// Set is a data set that can be made anywhere, again and again.
type Set struct {
	// Kind is "S", strings of 100 bytes in database 0, or "M", everything, in
	// databases 0 and 1.
	Kind string
	Size
	// Seed picks the values. Two sets differ in every value, and not in their
	// names.
	Seed uint64
	// Base is the time that expiries are counted from: they lie 20 to 28 hours
	// after it. Servers that are to be equal need the same one.
	Base time.Time
	// Old restricts the set to what Redis 6.0 can hold, and writes it with
	// commands of that time: no function libraries, no consumers that never
	// read.
	Old bool
	// Opaque gives ordinary keys names that do not tell the type of their value.
	Opaque bool
}

// S returns the set of strings: half of it random text, half JSON, a tenth
// with a TTL.
func S(keys int, base time.Time) Set {
	return Set{Kind: "S", Size: Size{Keys: keys}, Seed: 1, Base: base}
}

// M returns the mixed set: of the ordinary keys half are strings, a fifth
// hashes and a tenth each lists, sets and sorted sets, every sixth with a TTL;
// and with them the given parts.
func M(size Size, base time.Time) Set {
	return Set{Kind: "M", Size: size, Seed: 2, Base: base}
}

// Full returns the parts of M at the size of a benchmark: big collections of
// 100,000 elements, a string of 50 MB, five streams of 1,000 entries.
func Full(keys int) Size {
	return Size{Keys: keys, Elements: 100_000, Blob: 50_000_000, Aged: 6000, Streams: 5, Entries: 1000, Odd: 2}
}

// Small returns the parts of M at a size for tests: big enough for values that
// are read in chunks, small enough to be made within a second or so.
func Small(keys int) Size {
	return Size{Keys: keys, Elements: 6000, Blob: 3_000_000, Aged: 300, Streams: 40, Entries: 60, Odd: 5}
}

// Databases returns the numbers of the databases with keys.
func (s Set) Databases() []int {
	if s.Kind == "S" {
		return []int{0}
	}
	return []int{0, 1}
}

// Count returns how many keys the set has.
func (s Set) Count() int {
	n := s.Keys
	if s.Kind == "S" {
		return n
	}
	n += s.Aged + len(s.oddKeys())
	if s.Elements > 0 {
		n += len(bigKeys()) - 1
	}
	if s.Blob > 0 {
		n++
	}
	if s.Entries > 0 {
		n += s.Streams
	}
	return n
}

// Write adds the set to a server.
func (s Set) Write(ctx context.Context, addr string) error {
	p, err := openPipe(ctx, addr)
	if err != nil {
		return err
	}
	if s.Kind == "S" {
		s.writeStrings(ctx, p)
	} else {
		s.writeMixed(ctx, p)
	}
	if err := errors.Join(p.finish(), context.Cause(ctx)); err != nil {
		return fmt.Errorf("writing set %s: %w", s.Kind, err)
	}
	return nil
}

func (s Set) writeStrings(ctx context.Context, p *pipe) {
	g := newGenerator(s)
	for i := range s.Keys {
		if i&0xfff == 0 && ctx.Err() != nil {
			return
		}
		g.at('s', i)
		value := g.text(100)
		if i%2 == 1 {
			value = g.json(100)
		}
		g.str(p, plainKey(i), value, g.rng.IntN(10) == 0)
	}
}

func (s Set) writeMixed(ctx context.Context, p *pipe) {
	g := newGenerator(s)
	for _, db := range s.Databases() {
		p.send("SELECT", strconv.Itoa(db))
		for i := range s.Keys {
			if i&0xfff == 0 && ctx.Err() != nil {
				return
			}
			if ordinaryDB(i) == db {
				g.ordinary(p, i)
			}
		}
		g.big(p, db)
		g.aged(p, db)
		g.streams(p, db)
		g.odd(p, db)
	}
	g.functions(p)
}

// generator makes values. What it makes of a key depends on the set and the
// key alone, not on what was made before.
type generator struct {
	set    Set
	source *rand.PCG
	rng    *rand.Rand
	buf    []byte
}

func newGenerator(s Set) *generator {
	source := rand.NewPCG(s.Seed, 0)
	return &generator{set: s, source: source, rng: rand.New(source)}
}

// at begins the key with number i of a family.
func (g *generator) at(family byte, i int) {
	g.source.Seed(g.set.Seed<<8|uint64(family), uint64(i))
}

// alphabet has 64 characters, so that six random bits are one.
const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -"

// text returns n random characters, which compression gains little on.
func (g *generator) text(n int) string {
	g.buf = g.buf[:0]
	for len(g.buf) < n {
		for bits, k := g.rng.Uint64(), 0; k < 10 && len(g.buf) < n; k++ {
			g.buf = append(g.buf, alphabet[bits&63])
			bits >>= 6
		}
	}
	return string(g.buf)
}

// json returns n bytes that look like a record, which compression gains on.
func (g *generator) json(n int) string {
	g.buf = append(g.buf[:0], `{"id":`...)
	g.buf = strconv.AppendUint(g.buf, g.rng.Uint64N(1e9), 10)
	g.buf = append(g.buf, `,"status":"active","amount":`...)
	g.buf = strconv.AppendUint(g.buf, g.rng.Uint64N(1e6), 10)
	g.buf = append(g.buf, `,"currency":"EUR","note":"`...)
	for len(g.buf) < n-2 {
		g.buf = append(g.buf, alphabet[g.rng.Uint64()&15])
	}
	return string(append(g.buf[:n-2], `"}`...))
}

// bytes returns n bytes of any value.
func (g *generator) bytes(n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(g.rng.Uint64())
	}
	return string(out)
}

// expiry returns a point in time in milliseconds, about a day after the base.
func (g *generator) expiry() int64 {
	return g.set.Base.Add(20*time.Hour).UnixMilli() + g.rng.Int64N(int64(8*time.Hour/time.Millisecond))
}

// str writes a string, with a TTL if asked for.
func (g *generator) str(p *pipe, key, value string, expires bool) {
	if !expires {
		p.send("SET", key, value)
		return
	}
	if g.set.Old {
		p.send("SET", key, value)
		g.expire(p, key)
		return
	}
	p.command(5)
	p.word("SET")
	p.word(key)
	p.word(value)
	p.word("PXAT")
	p.number(g.expiry())
}

// plainKey returns the name of key i of S.
func plainKey(i int) string { return "str:" + strconv.Itoa(i) }
