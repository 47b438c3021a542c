package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// reading is what one end says about a key.
type reading struct {
	kind   kind          // "none" if there is no such key
	expiry time.Duration // since 1970; -1: none, -2: no such key
	value  []string      // items, in an order that does not depend on the server
}

func (r reading) absent() bool { return r.kind == "none" || r.expiry == -2 }

// over reports whether the key's time has come.
func (r reading) over(now time.Time) bool {
	return r.expiry > 0 && !time.UnixMilli(r.expiry.Milliseconds()).After(now)
}

func (r reading) expires() string {
	if r.expiry < 0 {
		return "no time"
	}
	return time.UnixMilli(r.expiry.Milliseconds()).UTC().Format("15:04:05.000")
}

// readAll reads keys in two pipelines a database: types and expiry first, then
// the values in the way of their types.
func readAll(ctx context.Context, s *server, entries []entry) ([]reading, error) {
	readings := make([]reading, len(entries))
	for db := range databases {
		if err := readDB(ctx, s.db[db], db, entries, readings); err != nil {
			return nil, fmt.Errorf("reading the %s: %w", s.name, err)
		}
	}
	return readings, nil
}

func readDB(ctx context.Context, c *redis.Client, db int, entries []entry, into []reading) error {
	pipe := c.Pipeline()
	types, expiries := make([]*redis.StatusCmd, len(entries)), make([]*redis.DurationCmd, len(entries))
	for i, e := range entries {
		if e.db == db {
			types[i], expiries[i] = pipe.Type(ctx, e.key), pipe.PExpireTime(ctx, e.key)
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	pipe = c.Pipeline()
	values := make([]*redis.Cmd, len(entries))
	for i, e := range entries {
		if e.db == db {
			into[i].kind, into[i].expiry = kind(types[i].Val()), expiries[i].Val()
			if command := readCommand(into[i].kind, e.key); command != nil {
				values[i] = pipe.Do(ctx, command...)
			}
		}
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) { // nil: expired meanwhile
		return err
	}
	for i, v := range values {
		if v != nil {
			into[i].value = normal(into[i].kind, flatten(nil, v.Val()))
		}
	}
	return nil
}

// readCommand reads the whole value of a key; nil if there is none.
func readCommand(k kind, key string) []any {
	switch k {
	case kindString:
		return []any{"GET", key}
	case kindHash:
		return []any{"HGETALL", key}
	case kindList:
		return []any{"LRANGE", key, 0, -1}
	case kindSet:
		return []any{"SMEMBERS", key}
	case kindZset:
		return []any{"ZRANGE", key, 0, -1, "WITHSCORES"}
	case kindStream:
		return []any{"XRANGE", key, "-", "+"}
	}
	return nil
}

// flatten turns a reply into the sequence of its strings: element by element,
// member and score, entry id and its fields.
func flatten(into []string, reply any) []string {
	switch r := reply.(type) {
	case nil:
		return into
	case []any:
		for _, x := range r {
			into = flatten(into, x)
		}
		return into
	}
	return append(into, fmt.Sprint(reply))
}

// normal puts the items of a set and the pairs of a hash, which a server returns
// in any order, in order. The order of all others is part of the value.
func normal(k kind, items []string) []string {
	switch k {
	case kindSet:
		slices.Sort(items)
	case kindHash:
		pairs := slices.Collect(slices.Chunk(items, 2))
		slices.SortFunc(pairs, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
		return slices.Concat(pairs...)
	}
	return items
}
