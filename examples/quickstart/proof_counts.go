package main

import (
	"context"
	"errors"
	"hash/maphash"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// soon is when a key counts as one that may expire while both ends are scanned.
const soon = 10 * time.Minute

// countRow compares the keys of one type in one database.
type countRow struct {
	DB     int  `json:"db"`
	Type   kind `json:"type"`
	Source int  `json:"source"`
	Target int  `json:"target"`
}

// tally is what a full SCAN of one database found. It does not hold the keys: a
// sum of hashes of their names tells two sets of keys apart.
type tally struct {
	keys     map[kind]census
	expiring []expiringKey
	after    int // keys with afterPrefix
}

type census struct {
	count int
	names uint64
}

type expiringKey struct {
	kind kind
	name uint64
	at   time.Time
}

// checkCounts scans both ends in full. Writes that were made after the switch
// are on the target alone and do not count. Nor do keys whose time came before
// both scans were over: a server may have such a key still, or deleted it before
// it was scanned.
func (p *proof) checkCounts(ctx context.Context) error {
	var tallies [2][databases]tally
	var errs []error
	var mu sync.Mutex
	var wg sync.WaitGroup
	seed := maphash.MakeSeed()
	for i, s := range []*server{p.source, p.target} {
		for db := range databases {
			wg.Go(func() {
				t, err := scan(ctx, s.db[db], seed)
				mu.Lock()
				defer mu.Unlock()
				tallies[i][db] = t
				errs = append(errs, err)
			})
		}
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	now := time.Now()
	for db := range databases {
		source, target := tallies[0][db].at(now), tallies[1][db].at(now)
		for _, k := range kinds() {
			a, b := source[k], target[k]
			p.counts = append(p.counts, countRow{DB: db, Type: k, Source: a.count, Target: b.count})
			if a.count != b.count {
				p.found.add("db %d: %d keys of type %s on the source, %d on the target", db, a.count, k, b.count)
			} else if a.names != b.names {
				p.found.add("db %d: the %d keys of type %s have other names on the target", db, a.count, k)
			}
		}
		if n := tallies[0][db].after; n > 0 {
			p.found.add("db %d: the old source has %d keys that were written after the switch", db, n)
		}
	}
	return nil
}

// at is the census without the keys that have expired by then.
func (t tally) at(now time.Time) map[kind]census {
	for _, e := range t.expiring {
		if e.at.After(now) {
			t.add(e.kind, e.name)
		}
	}
	return t.keys
}

func (t tally) add(k kind, name uint64) {
	c := t.keys[k]
	t.keys[k] = census{count: c.count + 1, names: c.names + name}
}

// scan visits every key of a database once: SCAN repeats keys only while the
// table shrinks, and nobody deletes anything.
func scan(ctx context.Context, c *redis.Client, seed maphash.Seed) (tally, error) {
	t := tally{keys: map[kind]census{}}
	horizon := time.Now().Add(soon)
	for cursor := uint64(0); ; {
		keys, next, err := c.Scan(ctx, cursor, "", page).Result()
		if err != nil {
			return t, err
		}
		if err := t.take(ctx, c, seed, horizon, keys); err != nil {
			return t, err
		}
		if cursor = next; cursor == 0 {
			return t, nil
		}
	}
}

// take asks for the type and the expiry of keys and counts them.
func (t *tally) take(ctx context.Context, c *redis.Client, seed maphash.Seed, horizon time.Time, keys []string) error {
	pipe := c.Pipeline()
	types := make([]*redis.StatusCmd, len(keys))
	expiries := make([]*redis.DurationCmd, len(keys))
	for i, k := range keys {
		types[i], expiries[i] = pipe.Type(ctx, k), pipe.PExpireTime(ctx, k)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	for i, key := range keys {
		if strings.HasPrefix(key, afterPrefix) {
			t.after++
			continue
		}
		k, name, expiry := kind(types[i].Val()), maphash.String(seed, key), expiries[i].Val()
		at := time.UnixMilli(expiry.Milliseconds())
		switch {
		case k == "none" || expiry == -2: // expired since SCAN returned it
		case expiry > 0 && at.Before(horizon):
			t.expiring = append(t.expiring, expiringKey{kind: k, name: name, at: at})
		default:
			t.add(k, name)
		}
	}
	return nil
}
