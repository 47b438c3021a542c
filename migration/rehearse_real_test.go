package migration_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// counting increments a key of its own in one way, until its context ends, and counts
// what was acknowledged. All that a rehearsal may do to it is to let it wait, or to
// have it refused for a moment.
func counting(ctx context.Context, t *testing.T, addr, key string, incr func(context.Context, *redis.Client, string) error) (acknowledged, refused int64) {
	c := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2, DisableIdentity: true, PoolSize: 1, ReadTimeout: time.Minute})
	defer c.Close()
	for ctx.Err() == nil {
		switch err := incr(context.Background(), c, key); {
		case err == nil:
			acknowledged++
		case redis.HasErrorPrefix(err, "NOREPLICAS"), redis.HasErrorPrefix(err, "EXECABORT"):
			refused++
		default:
			t.Errorf("%s: %v", key, err)
			return acknowledged, refused
		}
	}
	return acknowledged, refused
}

// A rehearsal under writers on real servers: each write that was acknowledged is there
// once, none that was refused is, and the target goes on replicating.
func TestRehearsalUnderWriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	script := redis.NewScript(`return redis.call('INCR', KEYS[1])`)
	kinds := map[string]func(context.Context, *redis.Client, string) error{
		"plain": func(ctx context.Context, c *redis.Client, key string) error { return c.Incr(ctx, key).Err() },
		"script": func(ctx context.Context, c *redis.Client, key string) error {
			return script.Eval(ctx, c, []string{key}).Err()
		},
		"transaction": func(ctx context.Context, c *redis.Client, key string) error {
			_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error { p.Incr(ctx, key); return nil })
			return err
		},
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var running sync.WaitGroup
	var all, refused atomic.Int64
	counts := map[string]*atomic.Int64{}
	for kind, incr := range kinds {
		for i := range 3 {
			key, n := kind+strconv.Itoa(i), new(atomic.Int64)
			counts[key] = n
			running.Go(func() {
				acknowledged, no := counting(ctx, t, w.source.Addr(), key, incr)
				n.Store(acknowledged)
				all.Add(acknowledged)
				refused.Add(no)
			})
		}
	}
	opts := w.options()
	opts.Cutover, opts.MaxWritePause = migration.NewSourceFence(nil), 10*time.Second
	m := w.migrator(t, w.plan(), opts)
	const rehearsals = 3
	for range rehearsals {
		result, err := m.Rehearse(t.Context())
		if err != nil || result.State != progress.StateInSync || result.Rehearsal == nil {
			t.Fatalf("state %s, error %v", result.State, err)
		}
		t.Logf("%+v", *result.Rehearsal)
	}
	stop()
	running.Wait()
	source, target := plainClient(w.source.Addr()), plainClient(w.group.PrimaryEndpoint().String())
	defer source.Close()
	defer target.Close()
	for key, n := range counts {
		if got, _ := source.Get(t.Context(), key).Int64(); got != n.Load() || got == 0 {
			t.Errorf("%s is %d, %d increments were acknowledged", key, got, n.Load())
		}
		until(t, "the target has "+key, func() bool {
			got, _ := target.Get(t.Context(), key).Int64()
			return got == n.Load()
		})
	}
	if n := w.accepted("CompleteMigration"); n != 0 {
		t.Error("a rehearsal requested a completion")
	}
	if left := source.ConfigGet(t.Context(), "min-replicas-to-write").Val()["min-replicas-to-write"]; left != "0" {
		t.Errorf("min-replicas-to-write is %s after the rehearsals", left)
	}
	t.Logf("%d writes were acknowledged and %d refused in %d rehearsals", all.Load(), refused.Load(), rehearsals)
}
