package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// damage is something done to one of the ends, which the proof must find.
type damage struct {
	why  string
	do   func(context.Context, *proof) error
	want func(*proof) string // in one of the problems
}

// on damages a key of the dataset on the target.
func on(why string, k kind, pick func(entry) bool, do func(context.Context, *redis.Client, string) error, want string) damage {
	find := func(p *proof) entry {
		for i := bigKeys; ; i++ {
			if e := p.data.entry(i); e.kind == k && e.outlives() && pick(e) {
				return e
			}
		}
	}
	return damage{why: why,
		do:   func(ctx context.Context, p *proof) error { e := find(p); return do(ctx, p.target.db[e.db], e.key) },
		want: func(p *proof) string { e := find(p); return fmt.Sprintf("db %d: %s %s", e.db, e.key, want) }}
}

// write damages the last acknowledged write of one kind on the target.
func write(why string, o op, do func(context.Context, *redis.Client, *journal, int) error, want string) damage {
	find := func(p *proof) (*journal, int) {
		j := p.traffic.writers[1].live
		n := len(j.outcomes) - 1
		for opOf(n) != o || j.outcomes[n] != acknowledged {
			n--
		}
		return j, n
	}
	return damage{why: why,
		do:   func(ctx context.Context, p *proof) error { j, n := find(p); return do(ctx, p.target.db[j.db], j, n) },
		want: func(p *proof) string { j, n := find(p); return "lost: db 1: " + j.name(n) + want }}
}

func anyKey(entry) bool    { return true }
func withTTL(e entry) bool { return e.ttl > 0 }
func noTTL(e entry) bool   { return e.ttl == 0 }
func inDB1(e entry) bool   { return e.db == 1 && e.ttl == 0 }

func damages() []damage {
	return []damage{
		write("a SET of a writer", opSet, func(ctx context.Context, c *redis.Client, j *journal, n int) error {
			return c.Del(ctx, j.setKey(n)).Err()
		}, " was acknowledged and is not on the target"),
		write("an HSET of a writer", opHash, func(ctx context.Context, c *redis.Client, j *journal, n int) error {
			return c.HDel(ctx, j.hashKey(), fmt.Sprint(n)).Err()
		}, " was acknowledged and is not on the target"),
		write("an RPUSH of a writer", opPush, func(ctx context.Context, c *redis.Client, j *journal, n int) error {
			return c.LRem(ctx, j.listKey(), 1, n).Err()
		}, " was acknowledged and is not on the target"),
		write("an INCR of a writer", opIncr, func(ctx context.Context, c *redis.Client, j *journal, _ int) error {
			return c.Decr(ctx, j.counterKey()).Err()
		}, " was acknowledged up to "),
		on("one byte of a string", kindString, anyKey, func(ctx context.Context, c *redis.Client, key string) error {
			return c.Append(ctx, key, "!").Err()
		}, "differs at item 0, byte "),
		on("a TTL, by two seconds", kindString, withTTL, func(ctx context.Context, c *redis.Client, key string) error {
			ttl, err := c.PTTL(ctx, key).Result()
			if err != nil {
				return err
			}
			return c.PExpire(ctx, key, ttl-2*time.Second).Err()
		}, "expires at "),
		on("a TTL that is gone", kindHash, withTTL, func(ctx context.Context, c *redis.Client, key string) error {
			return c.Persist(ctx, key).Err()
		}, "expires at "),
		on("a list element", kindList, noTTL, func(ctx context.Context, c *redis.Client, key string) error {
			return c.LSet(ctx, key, 3, "other").Err()
		}, "differs at item 3, byte "),
		on("a hash field", kindHash, noTTL, func(ctx context.Context, c *redis.Client, key string) error {
			return c.HSet(ctx, key, "field2", "other").Err()
		}, "differs at item "),
		on("a set member", kindSet, anyKey, func(ctx context.Context, c *redis.Client, key string) error {
			return c.SAdd(ctx, key, "more").Err()
		}, ""),
		on("a score", kindZset, anyKey, func(ctx context.Context, c *redis.Client, key string) error {
			return c.ZIncrBy(ctx, key, 0.5, c.ZRange(ctx, key, 0, 0).Val()[0]).Err()
		}, "differs at item "),
		on("a stream entry", kindStream, anyKey, func(ctx context.Context, c *redis.Client, key string) error {
			return c.XDel(ctx, key, "5-1").Err()
		}, "differs at item "),
		on("a list that is shorter", kindList, withTTL, func(ctx context.Context, c *redis.Client, key string) error {
			return c.RPop(ctx, key).Err()
		}, "has "),
		on("a key", kindZset, inDB1, func(ctx context.Context, c *redis.Client, key string) error {
			return c.Del(ctx, key).Err()
		}, "is not on the target"),
		{"the count of a type", func(ctx context.Context, p *proof) error {
			return p.target.db[1].SAdd(ctx, "nobody's", 1).Err()
		}, func(*proof) string { return "keys of type set on the source" }},
		{"the fence", func(ctx context.Context, p *proof) error {
			return p.source.db[0].ConfigSet(ctx, "min-replicas-to-write", "0").Err()
		}, func(*proof) string { return "the old source takes writes" }},
	}
}

func TestProofFindsDamage(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	opts, err := parseFlags(append(slices.Clone(small), "--json"))
	if err != nil {
		t.Fatal(err)
	}
	var proved *proof
	d := &demo{opts: opts, stdout: &stdout, stderr: &stderr, beforeProof: func(ctx context.Context, p *proof) error {
		proved = p
		for _, x := range damages() {
			if err := x.do(ctx, p); err != nil {
				return fmt.Errorf("%s: %w", x.why, err)
			}
		}
		return nil
	}}
	if code := d.run(t.Context()); code != 1 {
		t.Fatalf("exit code %d, want 1\n%s", code, &stderr)
	}
	var s summary
	if err := json.Unmarshal(stdout.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	if s.OK || s.Writes.Lost != 4 || s.Sample.Mismatches != 10 {
		t.Errorf("ok %t, %d lost, %d mismatches; want 4 and 10", s.OK, s.Writes.Lost, s.Sample.Mismatches)
	}
	for _, x := range damages() {
		want := x.want(proved)
		if !slices.ContainsFunc(s.Problems, func(p string) bool { return strings.Contains(p, want) }) {
			t.Errorf("%s: no problem says %q", x.why, want)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(s.Problems, "\n"))
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_000_000)
	at := func(d time.Duration) time.Duration { return 1000*time.Second + d }
	lasting, brief := entry{kind: kindString}, entry{kind: kindString, ttl: time.Second}
	value := func(expiry time.Duration, v string) reading {
		return reading{kind: kindString, expiry: expiry, value: []string{v}}
	}
	none := reading{kind: "none", expiry: -2}
	for _, row := range []struct {
		why            string
		e              entry
		source, target reading
		want           verdict
	}{
		{"equal", lasting, value(-1, "a"), value(-1, "a"), same},
		{"other value", lasting, value(-1, "a"), value(-1, "b"), different},
		{"item missing", lasting, value(-1, "a"), reading{kind: kindString, expiry: -1}, different},
		{"other type", lasting, value(-1, "a"), reading{kind: kindList, expiry: -1, value: []string{"a"}}, different},
		{"both of a type that was not loaded", entry{kind: kindSet}, value(-1, "a"), value(-1, "a"), different},
		{"TTL within a second", brief, value(at(time.Hour), "a"), value(at(time.Hour+time.Second), "a"), same},
		{"TTL off by more", brief, value(at(time.Hour), "a"), value(at(time.Hour+1001*time.Millisecond), "a"), different},
		{"TTL lost", brief, value(at(time.Hour), "a"), value(-1, "a"), different},
		{"gone on both, in time", brief, none, none, expired},
		{"gone on both, though it has no TTL", lasting, none, none, different},
		{"expired on the source just now", brief, none, value(at(0), "a"), expired},
		{"expired on the target just now", brief, value(at(-time.Millisecond), "a"), none, expired},
		{"gone on the target too early", brief, value(at(time.Millisecond), "a"), none, different},
		{"on the target alone", lasting, none, value(-1, "a"), different},
		{"expired between type and value", brief, value(at(0), "a"), reading{kind: kindString, expiry: at(0)}, expired},
	} {
		if got, text := judge(row.e, row.source, row.target, now); got != row.want || (got == different) != (text != "") {
			t.Errorf("%s: %s %q, want %s", row.why, got, text, row.want)
		}
	}
}
