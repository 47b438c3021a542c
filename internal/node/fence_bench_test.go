package node_test

import (
	"testing"
	"time"

	"github.com/cachelift/cachelift/internal/node"
)

// BenchmarkFence closes, looks at and opens each fence of a server without load.
func BenchmarkFence(b *testing.B) {
	for rung, rules := range rungs() {
		b.Run(string(rung), func(b *testing.B) {
			server := startRedis(b)
			addUser(b, server.Addr(), rules...)
			var closing, looking time.Duration
			for b.Loop() {
				n := open(b, node.Config{Address: server.Addr(), Username: "lift", Password: password("sesame")})
				begun := time.Now()
				if err := closeFence(b.Context(), n, time.Minute); err != nil {
					b.Fatal(err)
				}
				closed := time.Now()
				if holds, err := n.FenceHolds(b.Context()); err != nil || !holds {
					b.Fatal(holds, err)
				}
				closing, looking = closing+closed.Sub(begun), looking+time.Since(closed)
				if err := openFence(b.Context(), n); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(closing.Microseconds())/float64(b.N), "closing-µs")
			b.ReportMetric(float64(looking.Microseconds())/float64(b.N), "looking-µs")
		})
	}
}
