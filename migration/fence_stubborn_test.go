package migration_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// stubborn are clients of the source that stay connected to it whatever happens,
// and wait for their answers for as long as it takes. Client i counts up the key
// "stubborn<i>".
type stubborn struct {
	acked  [5]atomic.Int64
	tried  [5]atomic.Int64
	moved  atomic.Int64 // PFCOUNT and keys that expire, which move the offset
	popped chan error
	exec   func() error // executes a transaction that was queued before
}

func patientClient(t *testing.T, addr string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2, DisableIdentity: true, PoolSize: 2, ReadTimeout: time.Minute, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func startStubborn(t *testing.T, addr string) *stubborn {
	t.Helper()
	s := &stubborn{popped: make(chan error, 1)}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	t.Cleanup(func() { stop(); wg.Wait() })
	for i, write := range []func(*redis.Client, string) error{
		func(c *redis.Client, key string) error { return c.Incr(ctx, key).Err() },
		func(c *redis.Client, key string) error {
			return c.Eval(ctx, "return redis.call('INCR', KEYS[1])", []string{key}).Err()
		},
		func(c *redis.Client, key string) error {
			_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error { p.Incr(ctx, key); return nil })
			return err
		},
		func(c *redis.Client, key string) error { // a new connection each time
			own := c.Conn()
			defer own.Close()
			return own.Incr(ctx, key).Err()
		},
		func(c *redis.Client, key string) error { // a pipeline, of which all is acknowledged or none
			_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error { p.Incr(ctx, key); p.Ping(ctx); return nil })
			return err
		},
	} {
		c := patientClient(t, addr)
		wg.Go(func() {
			for ctx.Err() == nil {
				s.tried[i].Add(1)
				if write(c, fmt.Sprintf("stubborn%d", i)) == nil {
					s.acked[i].Add(1)
				}
			}
		})
	}
	side, blocked := patientClient(t, addr), patientClient(t, addr)
	wg.Go(func() {
		for ctx.Err() == nil {
			_ = side.PFAdd(ctx, "hll", s.moved.Add(1)).Err()
			_ = side.PFCount(ctx, "hll").Err()
			_ = side.Set(ctx, fmt.Sprint("short", s.moved.Load()%100), 1, 20*time.Millisecond).Err()
		}
	})
	wg.Go(func() { s.popped <- blocked.BLPop(ctx, 0, "queue").Err() })
	conn := patientClient(t, addr).Conn()
	t.Cleanup(func() { _ = conn.Close() })
	for _, args := range [][]any{{"MULTI"}, {"INCR", "queued"}} {
		if err := conn.Do(ctx, args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	s.exec = func() error { return conn.Do(ctx, "EXEC").Err() }
	return s
}

// counts are the stubborn keys of a server.
func counts(t *testing.T, addr string) (out [5]int64) {
	t.Helper()
	c := patientClient(t, addr)
	for i := range out {
		n, err := c.Get(t.Context(), fmt.Sprintf("stubborn%d", i)).Int64()
		if err != nil {
			t.Fatal(err)
		}
		out[i] = n
	}
	return out
}

// asUser adds the library's user to the source.
func asUser(t *testing.T, w *world, opts *migration.Options, rules ...any) {
	t.Helper()
	c := plainClient(w.source.Addr())
	defer c.Close()
	if err := c.Do(t.Context(), append([]any{"ACL", "SETUSER", "lift", "on", ">sesame", "~*", "&*"}, rules...)...).Err(); err != nil {
		t.Fatal(err)
	}
	opts.SourceRedis = migration.RedisOptions{Username: "lift", Password: func(context.Context) (string, error) { return "sesame", nil }}
}

// The old primary executes nothing after the pause, although its clients stay and
// the pause is over long before the promotion, on every fence that it has.
func TestStubbornClients(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string][]any{"client-pause": {"+@all"}, "min-replicas": {"+@all", "-client|pause"}, "acl": {"+@all", "-config"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.inject(t, simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: 3 * time.Second})
			opts := w.options()
			asUser(t, w, opts, rules...)
			s := startStubborn(t, w.source.Addr())
			until(t, "every client has written", func() bool {
				for i := range s.acked {
					if s.acked[i].Load() < 20 {
						return false
					}
				}
				return s.moved.Load() > 20
			})
			opts.MaxWritePause, opts.CutoverAttempts = 2*time.Second, 10
			opts.Cutover = migration.NewSourceFence(nil)
			res, err := w.migrator(t, w.plan(), opts).Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if pause := res.Cutover.Pause; pause < 2*time.Second {
				t.Errorf("the pause of the clients, %v, was not over before the promotion: the test proves nothing", pause)
			}
			s.check(t, w)
		})
	}
}

// check is made after the migration.
func (s *stubborn) check(t *testing.T, w *world) {
	t.Helper()
	var tried [5]int64
	for i := range tried {
		tried[i] = s.tried[i].Load()
	}
	until(t, "every client has tried again", func() bool {
		for i := range tried {
			if s.tried[i].Load() < tried[i]+20 {
				return false
			}
		}
		return true
	})
	primary := w.group.PrimaryEndpoint().String()
	source, target := counts(t, w.source.Addr()), counts(t, primary)
	if source != target {
		t.Errorf("the source has %v, the target %v: the source executed writes after the pause, or some are lost", source, target)
	}
	for i := range source {
		if acked := s.acked[i].Load(); acked > target[i] {
			t.Errorf("client %d had %d writes acknowledged, the target has %d", i, acked, target[i])
		}
	}
	if err := s.exec(); err == nil || patientClient(t, w.source.Addr()).Exists(t.Context(), "queued").Val() != 0 {
		t.Errorf("EXEC of a transaction that was queued before: %v", err)
	}
	if err := patientClient(t, w.source.Addr()).LPush(t.Context(), "queue", 1).Err(); err == nil {
		t.Error("the source takes what a client waits for")
	}
	select {
	case err := <-s.popped:
		t.Errorf("BLPOP of before the pause returned: %v", err)
	default:
	}
}

// A source that takes writes after the completion was requested, for whatever reason,
// keeps the application where it is.
func TestFenceThatIsOpenAfterPromotion(t *testing.T) {
	t.Parallel()
	for _, hole := range [][]any{
		{"CONFIG", "SET", "min-replicas-max-lag", "0"}, // the setting itself still says closed
		{"CONFIG", "SET", "min-replicas-to-write", "0"},
	} {
		w := newWorld(t)
		w.inject(t, simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: 500 * time.Millisecond})
		switched := false
		opts := w.options()
		opts.Cutover = migration.NewSourceFence(func(context.Context, migration.Endpoint) error { switched = true; return nil })
		opts.Observers = []progress.Observer{onAction(progress.ActionComplete, func() {
			c := plainClient(w.source.Addr())
			defer c.Close()
			if err := c.Do(context.Background(), hole...).Err(); err != nil {
				t.Error(err)
			}
		})}
		if _, err := w.migrator(t, w.plan(), opts).Run(t.Context()); !errors.Is(err, migration.ErrOutcomeUnknown) || switched {
			t.Errorf("%v: %v, switched %t, want ErrOutcomeUnknown and no Switch", hole, err, switched)
		}
	}
}

// What is to become of the old primary is the host's choice.
func TestAfterSwitch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := patientClient(t, w.source.Addr()).Conn()
	t.Cleanup(func() { _ = old.Close() })
	id, err := old.ClientID(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	opts := w.options()
	opts.Cutover = migration.NewSourceFenceWith(nil, migration.FenceOptions{OldClients: migration.OldClientsDisconnect, AfterSwitch: migration.AfterSwitchOpen})
	res, err := w.migrator(t, w.plan(), opts).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := old.ClientID(t.Context()).Result(); err == nil && again == id {
		t.Error("the old connection lives")
	}
	if !open(t, w.source.Addr()) {
		t.Error("the source is still closed")
	}
	if i := slices.IndexFunc(res.Settings, func(s migration.Setting) bool { return s.PutBackAt.IsZero() }); i >= 0 || len(res.Settings) < 2 {
		t.Errorf("settings are %+v, want all put back", res.Settings)
	}
}
