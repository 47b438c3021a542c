package verify

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/verify/internal/digest"
)

// samplingEngine is a comparison of n keys with a sample.
func samplingEngine(s Sample, n int64) *engine {
	e := &engine{o: Options{Mode: ModeSample, Sample: s}, key: digest.NewKey()}
	e.sample(n)
	return e
}

// The sample is as large as is asked for, and no part of the key space is more
// likely to be in it: by what the names begin with, end with, or how long they
// are. Each bound is five standard deviations.
func TestSampleUnbiased(t *testing.T) {
	t.Parallel()
	const n, share = 200_000, 0.05
	e := samplingEngine(Sample{Size: n * share}, n)
	taken, of := map[string]float64{}, map[string]float64{}
	for i := range n {
		name := fmt.Sprintf("%s:%d%s", []string{"user", "session", "cart", "x"}[i%4], i, strings.Repeat("-", i%7))
		in := 0.0
		if e.sampled([]byte(name)) {
			in = 1
		}
		for _, group := range []string{"all", "begins " + name[:1], "ends " + name[len(name)-1:], fmt.Sprint("length ", len(name)), fmt.Sprint("thousand ", i/1000)} {
			of[group]++
			taken[group] += in
		}
	}
	for group, size := range of {
		want, sigma := size*share, math.Sqrt(size*share*(1-share))
		if got := taken[group]; math.Abs(got-want) > 5*sigma+1 {
			t.Errorf("%s: %v of %v keys in the sample, want about %v", group, got, size, want)
		}
	}
}

// Two comparisons take other samples, and both sides of one the same.
func TestSampleRandom(t *testing.T) {
	t.Parallel()
	a, b := samplingEngine(Sample{Size: 500}, 1000), samplingEngine(Sample{Size: 500}, 1000)
	same := 0
	for i := range 1000 {
		name := []byte(fmt.Sprint("key:", i))
		if a.sampled(name) == b.sampled(name) {
			same++
		}
		if a.sampled(name) != a.sampled([]byte(fmt.Sprint("key:", i))) {
			t.Fatal("a key is in the sample at one time and not at another")
		}
	}
	if same < 400 || same > 600 {
		t.Errorf("%d of 1000 keys are the same in two samples, want about half", same)
	}
}

// A sample by loss rate finds at least one of so many keys that differ with the
// confidence that was asked for: as calculated, and as often as tried.
func TestSampleConfidence(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rate, confidence float64
		n, lost          int64
	}{
		{1e-5, 0.99, 1_000_000, 10},
		{1e-5, 0.99, 10_000_000, 100},
		{1e-4, 0.95, 1_000_000, 100},
		{1e-5, 0.99, 10_000, 1}, // there is no smaller loss than one key
		{0.5, 0.999, 1000, 500},
	} {
		e := samplingEngine(Sample{LossRate: row.rate, Confidence: row.confidence}, row.n)
		found := 1 - math.Pow(1-e.share, float64(row.lost))
		if found < row.confidence-1e-9 || found > row.confidence+1e-6 {
			t.Errorf("%+v: a share of %v finds one of %d with probability %v", row, e.share, row.lost, found)
		}
	}
	const lost, tries = 20, 2000
	missed := 0
	for try := range tries {
		e := samplingEngine(Sample{LossRate: 0.001, Confidence: 0.9}, 20_000)
		any := false
		for i := range lost {
			any = any || e.sampled([]byte(fmt.Sprintf("lost:%d:%d", try, i)))
		}
		if !any {
			missed++
		}
	}
	if want := 0.1 * tries; math.Abs(float64(missed)-want) > 5*math.Sqrt(want*0.9) {
		t.Errorf("missed in %d of %d tries, want about %v", missed, tries, want)
	}
}

// How many keys a pattern or type chooses is not known beforehand: the certainty is
// about a number of keys then, which is the share of all.
func TestSampleCertainty(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why  string
		o    Options
		n    int64
		want string
	}{
		{"all", Options{}, 1_000_000, "99 % probability if one key in 10000 differs"},
		{"a pattern", Options{Match: "user:*"}, 1_000_000, "99 % probability if at least 100 of them differ"},
		{"a type", Options{Types: []string{TypeHash}}, 5000, "99 % probability if at least 1 of them differ"},
		{"no keys", Options{Types: []string{TypeHash}}, 0, "99 % probability if at least 1 of them differ"},
	} {
		e := samplingEngine(Sample{LossRate: 1e-4, Confidence: 0.99}, row.n)
		row.o.Mode, row.o.Sample = e.o.Mode, e.o.Sample
		e.o = row.o
		if got := e.certainty(); !strings.HasSuffix(got, row.want) {
			t.Errorf("%s: %s, want %s", row.why, got, row.want)
		}
	}
}

// Nothing and everything.
func TestSampleBounds(t *testing.T) {
	t.Parallel()
	for _, e := range []*engine{samplingEngine(Sample{Size: 10}, 5), samplingEngine(Sample{Size: 10}, 0)} {
		for i := range 1000 {
			if !e.sampled([]byte(fmt.Sprint(i))) {
				t.Errorf("%d is not in a sample of all", i)
			}
		}
	}
}
