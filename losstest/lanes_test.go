package losstest

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// lanes are the application of the benchmark: many clients, each with a connection to
// either end, made beforehand, so that what is measured is the cut-over and not how
// long a client library takes to connect. The moment the application is told of the new
// primary, each writes there, whatever has become of its last write to the source.
type lanes struct {
	load  load
	where *router
	all   []*lane

	cancel context.CancelFunc
	wg     sync.WaitGroup
	before sync.WaitGroup // the halves that write to the source
}

type lane struct {
	key            string
	source, target *redis.Client

	mu         sync.Mutex
	lastBefore time.Time // when the source acknowledged last
	firstAfter time.Time // when the target did first
	acked      int       // by the source
	newest     int       // the newest value that either acknowledged
	errs       int
}

const (
	laneCount = 40
	laneEvery = 25 * time.Millisecond // between two batches of a lane, more than a round trip
)

// newLanes connects all lanes to both ends.
func newLanes(ctx context.Context, l load, where *router, source, target string, dial dialFunc) (*lanes, error) {
	ls := &lanes{load: l, where: where}
	for i := range laneCount {
		x := &lane{key: "lane:" + strconv.Itoa(i), source: laneClient(source, dial), target: laneClient(target, dial)}
		ls.all = append(ls.all, x)
	}
	var errs [laneCount]error
	var wg sync.WaitGroup
	for i, x := range ls.all {
		wg.Go(func() {
			for _, c := range []*redis.Client{x.source, x.target} {
				if err := c.Ping(ctx).Err(); err != nil {
					errs[i] = err
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			ls.close()
			return nil, fmt.Errorf("connecting the lanes: %w", err)
		}
	}
	return ls, nil
}

func laneClient(addr string, dial dialFunc) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: addr, Dialer: dial, MaxRetries: -1, PoolSize: 1, Protocol: 2, DisableIdentity: true,
		ReadTimeout: time.Minute, WriteTimeout: time.Minute, DialTimeout: 10 * time.Second,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

func (ls *lanes) close() {
	for _, x := range ls.all {
		_ = x.source.Close()
		_ = x.target.Close()
	}
}

// start lets the lanes write. At rate 0 nothing is written to the source.
func (ls *lanes) start() {
	var ctx context.Context
	ctx, ls.cancel = context.WithCancel(context.Background())
	_, every := ls.load.pace()
	for i, x := range ls.all {
		begin := time.Now().Add(every * time.Duration(i) / laneCount) // evenly: a gap would count for a pause
		if ls.load.rate > 0 {
			ls.before.Go(func() { ls.writeBefore(ctx, x, begin) })
		}
		ls.wg.Go(func() { ls.writeAfter(ctx, x, i) })
	}
}

// pace is how many writes a batch of a lane has, and the time between two.
func (l load) pace() (batch int, every time.Duration) {
	batch = max(1, int(float64(l.rate)*laneEvery.Seconds()/laneCount))
	return batch, time.Duration(float64(batch*laneCount) / float64(max(1, l.rate)) * float64(time.Second))
}

func (ls *lanes) writeBefore(ctx context.Context, x *lane, next time.Time) {
	batch, every := ls.load.pace()
	for ctx.Err() == nil && !ls.where.now().promoted {
		next = pause(ctx, next, every)
		acked, done := x.write(ctx, x.source, batch)
		if acked > 0 {
			x.mu.Lock()
			x.lastBefore, x.acked = done, x.acked+acked
			x.mu.Unlock()
		} else {
			sleep(ctx, time.Millisecond)
		}
	}
}

// write sends a batch and returns how many of it were acknowledged.
func (x *lane) write(ctx context.Context, c *redis.Client, batch int) (acked int, done time.Time) {
	x.mu.Lock()
	value := x.newest + 1
	x.mu.Unlock()
	p := c.Pipeline()
	sent := make([]*redis.StatusCmd, batch)
	for i := range sent {
		sent[i] = p.Set(ctx, x.key, value+i, 0)
	}
	_, _ = p.Exec(ctx)
	done = time.Now()
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, s := range sent {
		if s.Err() == nil && s.Val() == "OK" {
			acked++
			x.newest = max(x.newest, value+i)
		} else {
			x.errs++
		}
	}
	return acked, done
}

// writeAfter waits for the switch, and then writes until one write is acknowledged. The
// first lane does so at once and the others one after the other: all at once, in one
// process, they would take the processor from the first.
func (ls *lanes) writeAfter(ctx context.Context, x *lane, turn int) {
	select {
	case <-ctx.Done():
		return
	case <-ls.where.changed:
	}
	sleep(ctx, time.Duration(turn)*time.Millisecond/4)
	for ctx.Err() == nil {
		if acked, done := x.write(ctx, x.target, 1); acked > 0 {
			x.mu.Lock()
			defer x.mu.Unlock()
			x.firstAfter = done
			return
		}
	}
}

// halt stops the writing to the source and waits for what is under way there.
func (ls *lanes) halt() {
	ls.cancel()
	ls.before.Wait()
}

// wait waits until all lanes have written to the target.
func (ls *lanes) wait() { ls.wg.Wait() }

// around is when the source acknowledged last, over all lanes, and the target first.
func (ls *lanes) around() (last, first time.Time, acked int) {
	for _, x := range ls.all {
		x.mu.Lock()
		if x.lastBefore.After(last) {
			last = x.lastBefore
		}
		if !x.firstAfter.IsZero() && (first.IsZero() || x.firstAfter.Before(first)) {
			first = x.firstAfter
		}
		acked += x.acked
		x.mu.Unlock()
	}
	return last, first, acked
}

// lost counts the lanes whose newest acknowledged value is not on the target.
func (ls *lanes) lost(ctx context.Context, addr string) (n int, err error) {
	c := direct(addr)
	defer c.Close()
	for _, x := range ls.all {
		x.mu.Lock()
		newest := x.newest
		x.mu.Unlock()
		if newest == 0 {
			continue
		}
		value, err := c.Get(ctx, x.key).Int()
		if err != nil {
			return n, err
		}
		if value < newest {
			n++
		}
	}
	return n, nil
}
