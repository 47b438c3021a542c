package dataset

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// The classes of differences that a Corruptor makes.
const (
	// Missing is a key that the spoilt server lacks.
	Missing = "missing"
	// Extra is a key that only the spoilt server has.
	Extra = "extra"
	// Type is a key whose value is of another type.
	Type = "type"
	// Value is a key whose value differs.
	Value = "value"
	// Expiry is a key that expires at another time, or only at one end.
	Expiry = "expiry"
)

// Difference is one thing that a Corruptor changed.
type Difference struct {
	// DB and Key say where. For a library DB is 0 and Key its name.
	DB  int
	Key string
	// Type is the type of the value at the end that was not spoilt; for an
	// extra key the type of what is there. A library's is "function".
	Type string
	// Class is one of the constants.
	Class string
	// Elements are the fields, members, list indexes, "offset N" in a string,
	// entry ids, groups, or "group/consumer" and "group/entry" that differ. Empty
	// where the whole value is concerned.
	Elements []string
	// How says what was done, e.g. "hash: a field renamed".
	How string
}

// Corruptor spoils a server that holds a set. It never touches a key twice, so
// that every difference stands alone.
type Corruptor struct {
	set     Set
	rng     *rand.Rand
	clients map[int]*redis.Client
	pool    []ref // in random order
	used    map[ref]bool
	extra   int
}

// ref is a key of the set, and what kind of key it is.
type ref struct {
	db     int
	name   string
	kind   string // the type
	family string // "ordinary", "big", "aged", "stream", or what an odd key is
	number int    // within its family
}

// errUnfit is returned by a change that makes no sense for a key, e.g. one
// that takes an element from a list of one.
var errUnfit = errors.New("the key does not fit")

// NewCorruptor returns a corruptor of a server that holds the set. The same
// seed makes the same changes.
func NewCorruptor(addr string, set Set, seed uint64) *Corruptor {
	c := &Corruptor{
		set: set, rng: rand.New(rand.NewPCG(seed, 0)), clients: map[int]*redis.Client{}, used: map[ref]bool{},
	}
	for _, db := range set.Databases() {
		c.clients[db] = redis.NewClient(&redis.Options{
			Addr: addr, DB: db, Protocol: 2, MaxRetries: -1, DisableIdentity: true, PoolSize: 1,
			ReadTimeout: time.Minute, WriteTimeout: time.Minute,
			MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		})
	}
	c.pool = c.candidates(set)
	c.rng.Shuffle(len(c.pool), func(i, j int) { c.pool[i], c.pool[j] = c.pool[j], c.pool[i] })
	return c
}

// Close closes the connections.
func (c *Corruptor) Close() error {
	var all error
	for _, client := range c.clients {
		all = errors.Join(all, client.Close())
	}
	return all
}

// candidates returns the keys to spoil: all that are special, and of a large
// set a sample of the ordinary ones.
func (c *Corruptor) candidates(set Set) []ref {
	const sample = 40_000
	var pool []ref
	for range min(set.Keys, sample) {
		i := c.rng.IntN(set.Keys)
		if set.Keys <= sample {
			i = len(pool)
		}
		if set.Kind == "S" {
			pool = append(pool, ref{name: plainKey(i), kind: typeString, family: "ordinary", number: i})
			continue
		}
		pool = append(pool, ref{ordinaryDB(i), set.ordinaryKey(i), ordinaryType(i), "ordinary", i})
	}
	if set.Kind == "S" {
		return pool
	}
	for i, k := range bigKeys() {
		if k.kind == typeString && set.Blob > 0 || k.kind != typeString && set.Elements > 0 {
			pool = append(pool, ref{k.db, k.name, k.kind, "big", i})
		}
	}
	for i := range set.Aged {
		pool = append(pool, ref{agedDB(i), agedKey(i), agedType(i), "aged", i})
	}
	for i := range set.Streams {
		pool = append(pool, ref{streamDB(i), streamKey(i), typeStream, "stream", i})
	}
	for i, k := range set.oddKeys() {
		pool = append(pool, ref{k.db, k.name, k.kind, k.what, i})
	}
	return pool
}

// change is a way to spoil a key.
type change struct {
	how   string // begins with the type it is for, or "any"
	class string
	apply func(context.Context, *victim) error
}

// fits reports whether the change is for keys like this one.
func (ch change) fits(k ref) bool {
	kind, _, _ := strings.Cut(ch.how, ":")
	return kind == "any" || kind == k.kind
}

// Corrupt makes n differences: it goes round all changes and all families of
// keys that each is for, until there are enough. It is an error if the set
// has not got enough keys.
func (c *Corruptor) Corrupt(ctx context.Context, n int) ([]Difference, error) {
	var out []Difference
	for len(out) < n {
		before := len(out)
		for _, ch := range changes() {
			for _, family := range c.families(ch) {
				if len(out) >= n {
					return out, nil
				}
				made, err := c.once(ctx, ch, family, n-len(out))
				if err != nil {
					return out, err
				}
				out = append(out, made...)
			}
		}
		if len(out) == before {
			return out, fmt.Errorf("the set has keys for %d differences, not for %d", len(out), n)
		}
	}
	return out, nil
}

// families returns the families with keys that the change is for.
func (c *Corruptor) families(ch change) []string {
	var out []string
	for _, k := range c.pool {
		if ch.fits(k) && !slices.Contains(out, k.family) {
			out = append(out, k.family)
		}
	}
	slices.Sort(out)
	return out
}

// once makes the change with the first key of the family that is left and fit.
func (c *Corruptor) once(ctx context.Context, ch change, family string, most int) ([]Difference, error) {
	for _, k := range c.pool {
		if k.family != family || !ch.fits(k) || c.used[k] {
			continue
		}
		v := &victim{corruptor: c, client: c.clients[k.db], ref: k, how: ch.how, class: ch.class, most: most}
		switch err := ch.apply(ctx, v); {
		case errors.Is(err, errUnfit):
			continue
		case err != nil:
			return nil, fmt.Errorf("%s, key %q in database %d: %w", ch.how, k.name, k.db, err)
		}
		c.used[k] = true
		if v.made == nil {
			v.differs(ch.class, k.db, k.name, k.kind)
		}
		return v.made, nil
	}
	return nil, nil
}
