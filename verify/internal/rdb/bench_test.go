package rdb_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/verify/internal/dataset"
	"github.com/cachelift/cachelift/verify/internal/rdb"
)

// counter is a sink that only counts.
type counter struct{ elements, bytes int }

func (c *counter) add(b []byte)                  { c.elements++; c.bytes += len(b) }
func (c *counter) Element(b []byte)              { c.add(b) }
func (c *counter) Scored(m []byte, _ float64)    { c.add(m) }
func (c *counter) Field(name, _ []byte, _ int64) { c.add(name) }
func (c *counter) Entry(rdb.ID, [][]byte)        { c.elements++ }
func (c *counter) Tail(rdb.Tail)                 {}
func (c *counter) Group(name []byte, _ rdb.ID)   { c.add(name) }
func (c *counter) Consumer(_, name []byte)       { c.add(name) }
func (c *counter) Pending([]byte, rdb.Pending)   { c.elements++ }

// cpu is the time that the process has used, which other programs on the
// machine hardly disturb.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkDecode takes values apart as Redis dumps them; cpu-ns/element is what
// counts.
func BenchmarkDecode(b *testing.B) {
	r, err := simulator.StartRedis(b.Context(), simulator.RedisOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = r.Close() })
	if err := dataset.M(dataset.Size{Keys: 20, Elements: 10_000}, time.Now()).Write(b.Context(), r.Addr()); err != nil {
		b.Fatal(err)
	}
	c := redis.NewClient(&redis.Options{Addr: r.Addr(), Protocol: 2})
	b.Cleanup(func() { _ = c.Close() })
	for _, key := range []string{"hash:5", "list:7", "set:8", "set:18", "zset:9", "big:hash:0", "big:zset:0"} {
		payload, err := c.Dump(b.Context(), key).Bytes()
		if err != nil {
			b.Fatalf("%s: %v", key, err)
		}
		b.Run(key, func(b *testing.B) {
			var d rdb.Decoder
			var n counter
			b.ReportAllocs()
			began := cpu(b)
			for b.Loop() {
				if err := d.Decode(payload, &n); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(cpu(b)-began)/float64(n.elements), "cpu-ns/element")
		})
	}
}
