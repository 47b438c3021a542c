package vpc_test

import (
	"testing"
	"time"
)

// BenchmarkPreflight makes whole reports of a group with six members, where each
// call of AWS takes 50 ms of real time. times-chain compares a report with those
// calls alone that have to wait for each other, one after the other.
func BenchmarkPreflight(b *testing.B) {
	for _, l := range layouts() {
		b.Run(l.name, func(b *testing.B) {
			s := newStage(b, l.build, perCall)
			s.replicas = 5
			m := s.migrator(b)
			before := len(s.sim.Calls())
			if _, err := m.Preflight(b.Context()); err != nil { // the first one is slower
				b.Fatal(err)
			}
			calls := s.sim.Calls()[before:]
			chain := longestChain(b, calls)
			for b.Loop() {
				if _, err := m.Preflight(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			each := b.Elapsed() / time.Duration(b.N)
			times := float64(each) / float64(time.Duration(chain)*perCall)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(each)/float64(time.Millisecond), "ms/op")
			b.ReportMetric(float64(len(calls)), "calls/op")
			b.ReportMetric(times, "times-chain")
			if times > mostTimes {
				b.Errorf("a report takes %v, which is %.2f times %d calls in turn, want at most %.1f", each, times, chain, mostTimes)
			}
		})
	}
}
