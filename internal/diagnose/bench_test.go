package diagnose

import (
	"testing"

	"github.com/cachelift/cachelift/progress"
)

// BenchmarkLook is what a look at two servers in order costs beside asking them.
func BenchmarkLook(b *testing.B) {
	source, target := fields{}, fields{}
	source.set(goodSource)
	target.set(goodTarget)
	l := Look{Source: source.info(), Target: target.info(), TargetAddr: "10.0.0.7:6379", Sample: progress.Sample{Phase: progress.PhaseStreaming, LinkUp: true}}
	in := Input{History: &History{}, Facts: facts(nil)}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.At = at(float64(i))
		in.History.Add(l)
		if trouble, found := Watch(in); found {
			b.Fatal(trouble)
		}
	}
}
