package linkfault_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachelift/cachelift/migration"
)

// writer is one client of the application, on a connection of its own, with the
// log of what was acknowledged. The stubborn one never learns of the switch.
type writer struct {
	id       int
	stubborn bool

	mu    sync.Mutex
	sets  []int64          // numbers of the SETs that were acknowledged
	incrs int64            // INCRs that were acknowledged
	by    map[string]int64 // acknowledgements by server
}

// traffic is the application.
type traffic struct {
	source  string
	writers []*writer
	cancel  context.CancelFunc
	wg      sync.WaitGroup

	mu sync.Mutex
	at string // where writes go
}

func startTraffic(source string, n int) *traffic {
	ctx, cancel := context.WithCancel(context.Background())
	tr := &traffic{source: source, at: source, cancel: cancel}
	for i := range n {
		w := &writer{id: i, stubborn: i == n-1, by: map[string]int64{}}
		tr.writers = append(tr.writers, w)
		tr.wg.Go(func() { tr.write(ctx, w) })
	}
	return tr
}

// stop ends the writers; stopping twice is harmless.
func (tr *traffic) stop() {
	tr.cancel()
	tr.wg.Wait()
}

// switchTo is for the Cutover.
func (tr *traffic) switchTo(_ context.Context, to migration.Endpoint) error {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.at = to.String()
	return nil
}

func (tr *traffic) where(w *writer) string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if w.stubborn {
		return tr.source
	}
	return tr.at
}

// plainClient sends each command once.
func plainClient(addr string, within time.Duration) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: addr, MaxRetries: -1, Protocol: 2, DisableIdentity: true, PoolSize: 1, ContextTimeoutEnabled: true,
		DialTimeout: within, ReadTimeout: within, WriteTimeout: within,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// write sends a write every few milliseconds, SET and INCR in turn, and waits for
// its answer, which it has even when the writers are stopped.
func (tr *traffic) write(ctx context.Context, w *writer) {
	at := tr.where(w)
	c := plainClient(at, 400*time.Millisecond)
	defer func() { _ = c.Close() }()
	tick := time.NewTicker(4 * time.Millisecond)
	defer tick.Stop()
	for n := int64(0); ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := tr.where(w); now != at {
			_ = c.Close() // nothing is in flight
			at, c = now, plainClient(now, 400*time.Millisecond)
		}
		var err error
		if n%2 == 0 {
			err = c.Set(context.WithoutCancel(ctx), w.key(n), n, 0).Err()
		} else {
			err = c.Incr(context.WithoutCancel(ctx), w.counter()).Err()
		}
		if err == nil {
			w.acknowledged(n, at)
		}
	}
}

func (w *writer) key(n int64) string { return fmt.Sprintf("w%d:%d", w.id, n) }

func (w *writer) counter() string { return fmt.Sprintf("w%d:count", w.id) }

func (w *writer) acknowledged(n int64, by string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.by[by]++
	if n%2 == 0 {
		w.sets = append(w.sets, n)
		return
	}
	w.incrs++
}

// total is how many writes a server has acknowledged, all of them if it is "".
func (tr *traffic) total(server string) (sum int64) {
	for _, w := range tr.writers {
		w.mu.Lock()
		for by, n := range w.by {
			if server == "" || by == server {
				sum += n
			}
		}
		w.mu.Unlock()
	}
	return sum
}

// missing returns acknowledged writes that a server does not have. The writers
// must have been stopped. An INCR without an answer may have been done, so that a
// counter may be ahead, not behind.
func (tr *traffic) missing(ctx context.Context, server string) ([]string, error) {
	c := plainClient(server, 20*time.Second)
	defer func() { _ = c.Close() }()
	var lost []string
	for _, w := range tr.writers {
		p := c.Pipeline()
		for _, n := range w.sets {
			p.Get(ctx, w.key(n))
		}
		count := p.Get(ctx, w.counter())
		answers, _ := p.Exec(ctx) // redis.Nil of those that are missing
		for i, n := range w.sets {
			got, err := answers[i].(*redis.StringCmd).Result()
			if err != nil && err != redis.Nil {
				return nil, err
			}
			if got != strconv.FormatInt(n, 10) {
				lost = append(lost, w.key(n))
			}
		}
		got, err := count.Int64()
		if err != nil && err != redis.Nil {
			return nil, err
		}
		if got < w.incrs {
			lost = append(lost, fmt.Sprintf("%s is %d of %d", w.counter(), got, w.incrs))
		}
	}
	return lost, nil
}
