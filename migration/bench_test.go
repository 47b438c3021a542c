package migration_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// baseKeys is the 1x data set: that many strings of 100 bytes. CACHELIFT_BENCH_KEYS
// changes it.
const baseKeys = 200_000

// BenchmarkSyncOverhead compares the time from StartMigration to in_sync through
// the library with that of a bare REPLICAOF between the same kind of processes,
// one after the other in each round, at 1x, 2x and 5x data. It reports
//
//	bare-ms, lib-ms   the medians
//	ratio             the median of lib / bare, pair by pair
//	poll-%            the share of a core that INFO and ROLE cost the source
//	notice-ms         from the link coming up to in_sync, the longest
//	heap-KiB          the most that the heap grew while the sync ran, the
//	                  simulator in the same process included
func BenchmarkSyncOverhead(b *testing.B) {
	keys := baseKeys
	if s := os.Getenv("CACHELIFT_BENCH_KEYS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			b.Fatalf("CACHELIFT_BENCH_KEYS is %q, want a number above 0", s)
		}
		keys = n
	}
	for _, times := range []int{1, 2, 5} {
		b.Run(fmt.Sprintf("%dx", times), func(b *testing.B) {
			source := startSource(b)
			fill(b, source.Addr(), times*keys, 100)
			var bare, lib, ratios, polls, notices, heaps []float64
			for b.Loop() {
				// Whoever comes second finds warm caches: take turns.
				var x float64
				var y librarySyncResult
				if len(bare)%2 == 0 {
					x, y = bareSync(b, source), librarySync(b, source)
				} else {
					y = librarySync(b, source)
					x = bareSync(b, source)
				}
				bare, lib = append(bare, x), append(lib, y.ms)
				ratios, polls = append(ratios, y.ms/x), append(polls, y.pollPercent)
				notices, heaps = append(notices, y.noticeMS), append(heaps, y.heapKiB)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(bare), "bare-ms")
			b.ReportMetric(median(lib), "lib-ms")
			b.ReportMetric(median(ratios), "ratio")
			b.ReportMetric(slices.Max(polls), "poll-%")
			b.ReportMetric(slices.Max(notices), "notice-ms")
			b.ReportMetric(slices.Max(heaps), "heap-KiB")
		})
	}
}

func median(v []float64) float64 {
	v = slices.Clone(v)
	sort.Float64s(v)
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}

// bareSync is the floor: a plain replica of the same kind, in milliseconds.
func bareSync(b *testing.B, source *simulator.Redis) float64 {
	b.Helper()
	replica := startSource(b)
	defer replica.Close()
	c := plainClient(replica.Addr())
	defer c.Close()
	e := source.Endpoint()
	begun := time.Now()
	if err := c.Do(b.Context(), "REPLICAOF", e.Address, e.Port).Err(); err != nil {
		b.Fatal(err)
	}
	until(b, "the plain replica is in sync", func() bool {
		text, err := c.Info(b.Context(), "replication").Result()
		return err == nil && strings.Contains(text, "master_link_status:up")
	})
	return float64(time.Since(begun).Microseconds()) / 1000
}

// librarySyncResult is one sync through the library.
type librarySyncResult struct {
	ms, noticeMS, pollPercent, heapKiB float64
}

func librarySync(b *testing.B, source *simulator.Redis) librarySyncResult {
	b.Helper()
	timing := simulator.FastTiming()
	timing.StartDelay, timing.Linked = 0, 0
	sim, err := simulator.New(simulator.Options{Timing: timing})
	if err != nil {
		b.Fatal(err)
	}
	defer sim.Close()
	group, err := sim.CreateReplicationGroup(b.Context(), simulator.ReplicationGroup{ID: "test-cluster", MultiAZ: simulator.Disabled})
	if err != nil {
		b.Fatal(err)
	}
	heap := newHeapWatch()
	e := source.Endpoint()
	plan := migration.NewPlan("bench", migration.Source{Address: e.Address, Port: e.Port}, migration.ReplicationGroup("test-cluster"))
	m, err := migration.New(plan, elasticache.NewFromConfig(sim.Config()), &migration.Options{
		PollEvery: 250 * time.Millisecond, Waive: []string{"target.multi-az"},
		Observers: []progress.Observer{heap},
	})
	if err != nil {
		b.Fatal(err)
	}
	asked := askedMicros(b, source.Addr())
	linked := watchLink(b.Context(), group.PrimaryEndpoint().String())
	res, err := m.RunUntil(b.Context(), progress.StateInSync)
	if err != nil {
		b.Fatal(err)
	}
	up := <-linked
	cost := askedMicros(b, source.Addr()) - asked
	took := res.Sync.InSyncAt.Sub(res.Sync.RequestedAt)
	return librarySyncResult{
		ms:          float64(took.Microseconds()) / 1000,
		noticeMS:    float64(res.Sync.InSyncAt.Sub(up).Microseconds()) / 1000,
		pollPercent: 100 * cost / float64(res.EndedAt.Sub(res.StartedAt).Microseconds()),
		heapKiB:     float64(heap.most.Load()-heap.before) / 1024,
	}
}

// heapWatch is an observer that looks at the heap with each sample.
type heapWatch struct {
	before int64
	most   atomic.Int64
}

func newHeapWatch() *heapWatch {
	runtime.GC()
	h := &heapWatch{before: heapNow()}
	h.most.Store(h.before)
	return h
}

func heapNow() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func (h *heapWatch) Observe(_ context.Context, e progress.Event) {
	if _, ok := e.(progress.Sampled); ok {
		h.most.Store(max(h.most.Load(), heapNow()))
	}
}

// askedMicros is the time that the server has spent on the commands that the
// library polls with.
func askedMicros(b *testing.B, addr string) float64 {
	b.Helper()
	c := plainClient(addr)
	defer c.Close()
	text, err := c.Info(b.Context(), "commandstats").Result()
	if err != nil {
		b.Fatal(err)
	}
	var sum float64
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(line, ":")
		if name != "cmdstat_info" && name != "cmdstat_role" {
			continue
		}
		for field := range strings.SplitSeq(rest, ",") {
			if v, ok := strings.CutPrefix(field, "usec="); ok {
				n, _ := strconv.ParseFloat(v, 64)
				sum += n
			}
		}
	}
	return sum
}

// watchLink tells when the node's replication link came up, asked every two
// milliseconds.
func watchLink(ctx context.Context, addr string) <-chan time.Time {
	up := make(chan time.Time, 1)
	go func() {
		c := plainClient(addr)
		defer c.Close()
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if text, err := c.Info(ctx, "replication").Result(); err == nil && strings.Contains(text, "master_link_status:up") {
				up <- time.Now()
				return
			}
		}
	}()
	return up
}
