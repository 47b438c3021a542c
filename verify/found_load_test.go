package verify_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify"
	"github.com/cachelift/cachelift/verify/internal/dataset"
)

// While ten thousand writes a second go on, keys expire and others are evicted,
// a replica differs from its source at every moment and in nothing: what is
// seen to differ is looked at again. Nothing is reported but what is in flight
// or expires meanwhile, and in the end nothing at all.
func TestFoundNothingUnderWrites(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	source, target := foundServer(t, simulator.RedisOptions{}), foundServer(t, simulator.RedisOptions{})
	fill(t, dataset.M(dataset.Small(10_000), time.Now()), source)
	replicate(t, source, target)
	c := foundClient(t, source, 0)
	// Little more than it holds: the writes make it evict.
	limit := infoNumber(t, c, "used_memory") + 1<<20
	if err := c.ConfigSet(ctx, "maxmemory-policy", "allkeys-random").Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.ConfigSet(ctx, "maxmemory", strconv.FormatInt(limit, 10)).Err(); err != nil {
		t.Fatal(err)
	}
	load, stop := context.WithCancel(ctx)
	written := make(chan int, 1)
	go func() { written <- writeMuch(load, t, c) }()
	defer stop()

	began, twice := time.Now(), int64(0)
	for rounds := 0; rounds < 2 || time.Since(began) < 4*time.Second; rounds++ {
		report, found := comparison(t, source, target, verify.Options{ExpiryTolerance: -1, Rounds: 20})
		for _, d := range found {
			if d.Class != verify.ClassInFlight && d.Class != verify.ClassExpiredMeanwhile {
				t.Errorf("found %s %s %q in database %d: %q, %q against %q %s", d.Class, d.Type, d.Key, d.DB, d.Fields, d.Source, d.Target, d.Reason)
			}
		}
		if report.Verdict != verify.Equal && report.Verdict != verify.NotProven {
			t.Errorf("%s under writes", report.Verdict)
		}
		t.Logf("%s, %v in %v, %d second looks", report.Verdict, report.Counts, report.Took, report.SecondLooks)
		twice += report.SecondLooks
	}
	stop()
	took, n := time.Since(began), <-written
	t.Logf("%d writes, %.0f a second; %d evicted, %d expired", n, float64(n)/took.Seconds(),
		infoNumber(t, c, "evicted_keys"), infoNumber(t, c, "expired_keys"))
	if infoNumber(t, c, "evicted_keys") == 0 || infoNumber(t, c, "expired_keys") == 0 || twice == 0 {
		t.Errorf("nothing was evicted, nothing expired, or nothing looked at twice: that was no load")
	}
	report, found := comparison(t, source, target, verify.Options{ExpiryTolerance: -1})
	if report.Verdict != verify.Equal {
		t.Errorf("%s after the writes: %+v", report.Verdict, found)
	}
}

// infoNumber returns a number of INFO.
func infoNumber(t *testing.T, c *redis.Client, name string) int64 {
	t.Helper()
	text, err := c.Info(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("INFO has no %s", name)
	return 0
}

// writeMuch sends 100 writes every ten milliseconds, of every type, half of
// them to keys that are there, and returns how many.
func writeMuch(ctx context.Context, t *testing.T, c *redis.Client) int {
	rng := rand.New(rand.NewPCG(1, 2))
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n += 100 {
		select {
		case <-ctx.Done():
			return n
		case <-tick.C:
		}
		p := c.Pipeline()
		for range 100 {
			writeOnce(ctx, p, rng)
		}
		if _, err := p.Exec(ctx); err != nil && ctx.Err() == nil && !redis.HasErrorPrefix(err, "WRONGTYPE") {
			t.Errorf("writing: %v", err)
			return n
		}
	}
}

func writeOnce(ctx context.Context, p redis.Pipeliner, rng *rand.Rand) {
	i := rng.IntN(10_000)
	id := strconv.Itoa(i)
	value := strconv.FormatUint(rng.Uint64(), 36)
	soon := time.Duration(20+rng.IntN(2000)) * time.Millisecond
	switch rng.IntN(16) {
	case 0, 1, 2:
		p.Set(ctx, "string:"+strconv.Itoa(i/10*10+i%5), value, 0)
	case 3, 4:
		p.Set(ctx, "soon:"+value, value, soon)
	case 5:
		p.Incr(ctx, "counter:"+strconv.Itoa(i%3)) // is never at rest
	case 6:
		p.HSet(ctx, "hash:"+strconv.Itoa(i/10*10+5), "field1", value)
	case 7:
		p.HSet(ctx, "big:hash:0", "element:"+id, value)
	case 8:
		p.RPush(ctx, "queue", value)
		p.LTrim(ctx, "queue", -50, -1)
	case 9:
		p.ZIncrBy(ctx, "zset:"+strconv.Itoa(i/10*10+9), 1, "member1")
	case 10:
		p.SAdd(ctx, "set:"+strconv.Itoa(i/10*10+8), value)
	case 11:
		p.XAdd(ctx, &redis.XAddArgs{Stream: "stream:0", MaxLen: 100, Values: []string{"amount", id}})
	case 12:
		p.Del(ctx, "string:"+id)
	case 13:
		p.PExpire(ctx, "string:"+id, soon)
	case 14:
		p.Set(ctx, "back:"+strconv.Itoa(i%100), value, time.Hour)
	case 15:
		p.Del(ctx, "back:"+strconv.Itoa(i%100))
	}
}
