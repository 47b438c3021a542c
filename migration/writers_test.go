package migration_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
)

// writers write to whatever address is current, each on a connection of its
// own, and log what was acknowledged and by whom.
type writers struct {
	addr   atomic.Value // string
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu    sync.Mutex
	acked map[string]string // key -> address that acknowledged it
}

func startWriters(t testing.TB, n int, addr string) *writers {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &writers{cancel: cancel, acked: map[string]string{}}
	w.addr.Store(addr)
	for i := range n {
		w.wg.Go(func() { w.write(ctx, i) })
	}
	t.Cleanup(w.stop)
	return w
}

// stop ends the writers; calling it again is harmless.
func (w *writers) stop() {
	w.cancel()
	w.wg.Wait()
}

func (w *writers) write(ctx context.Context, id int) {
	var c *redis.Client
	var at string
	defer func() {
		if c != nil {
			c.Close()
		}
	}()
	for seq := 0; ctx.Err() == nil; seq++ {
		if now := w.addr.Load().(string); now != at {
			if c != nil {
				c.Close()
			}
			at, c = now, plainClient(now)
		}
		key := fmt.Sprintf("w%d:%d", id, seq)
		if c.Set(ctx, key, seq, 0).Err() == nil {
			w.mu.Lock()
			w.acked[key] = at
			w.mu.Unlock()
		}
	}
}

// plainClient sends each command once, and gives up on a parked one soon.
func plainClient(addr string) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: addr, MaxRetries: -1, Protocol: 2, DisableIdentity: true, PoolSize: 1,
		ReadTimeout: 200 * time.Millisecond, ContextTimeoutEnabled: true,
	})
}

// switchTo is for NewSourceFence.
func (w *writers) switchTo(_ context.Context, to migration.Endpoint) error {
	w.addr.Store(to.String())
	return nil
}

// acknowledgedBy counts the writes that the address acknowledged.
func (w *writers) acknowledgedBy(addr string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, a := range w.acked {
		if a == addr {
			n++
		}
	}
	return n
}

// missing returns the acknowledged writes that the server does not have.
func (w *writers) missing(t testing.TB, addr string) []string {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	c := plainClient(addr)
	defer c.Close()
	var lost []string
	for key := range w.acked {
		got, err := c.Get(t.Context(), key).Result()
		if want := key[len(key)-len(got):]; err != nil || got != want {
			lost = append(lost, key)
		}
	}
	return lost
}

// until polls for something that happens soon.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("timed out waiting until %s", what)
		case <-tick.C:
		}
	}
}

// fill loads n strings.
func fill(t testing.TB, addr string, n, size int) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, DisableIdentity: true, ReadTimeout: time.Minute})
	defer c.Close()
	value := make([]byte, size)
	for at := 0; at < n; {
		p := c.Pipeline()
		for range min(1000, n-at) {
			p.Set(t.Context(), "k"+strconv.Itoa(at), value, 0)
			at++
		}
		if _, err := p.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
