package losstest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The flags of the loss test.
var (
	cutOvers = flag.Int("cutovers", 6, "how many cut-overs the loss test makes")
	workers  = flag.Int("workers", 3, "how many of them at a time")
	seeded   = flag.Uint64("seed", 0, "where the order of settings, and what faults leave open, come from; 0 takes one by chance")
	only     = flag.String("only", "", "make only the settings that have this in their name")
)

// deck is every combination of rate, delay and fault, shuffled.
func deck(seed uint64, round int) []setting {
	var cards []setting
	for _, f := range faults() {
		for _, roundTrip := range []time.Duration{0, 20 * time.Millisecond} {
			for _, rate := range []int{0, 1000, 10_000, 50_000} {
				cards = append(cards, setting{load: load{rate: rate, roundTrip: roundTrip}, fault: f})
			}
		}
	}
	r := rand.New(rand.NewPCG(seed, uint64(round)))
	r.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
	for i := range cards {
		cards[i].rand = rand.New(rand.NewPCG(seed, r.Uint64()))
	}
	return cards
}

// settings are the first n of as many decks as that takes.
func settings(seed uint64, n int, only string) []setting {
	var out []setting
	for round := 0; len(out) < n; round++ {
		before := len(out)
		for _, s := range deck(seed, round) {
			if strings.Contains(s.String(), only) {
				out = append(out, s)
			}
		}
		if len(out) == before {
			return nil
		}
	}
	return out[:n]
}

func TestNoAcknowledgedWriteIsLost(t *testing.T) {
	seed := *seeded
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	all := settings(seed, *cutOvers, *only)
	if len(all) == 0 {
		t.Fatalf("no setting has %q in its name", *only)
	}
	t.Logf("%d cut-overs; -cutovers %d -seed %d makes the same again, as far as real servers can", len(all), len(all), seed)
	sum := newSummary()
	next := make(chan int)
	var wg sync.WaitGroup
	for range max(1, *workers) {
		wg.Go(func() {
			for i := range next {
				begun := time.Now()
				r, err := cutOver(t.Context(), all[i])
				report(t, i, seed, all[i], r, err)
				sum.add(all[i], r, time.Since(begun))
			}
		})
	}
	for i := range all {
		next <- i
	}
	close(next)
	wg.Wait()
	t.Log(sum)
	sum.everyFaultStruck(t)
}

func report(t *testing.T, i int, seed uint64, s setting, r result, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("cut-over %d of seed %d (%s): %v; earlier: %v", i, seed, s, err, r.errs)
	}
	if r.bad() > 0 {
		t.Errorf("cut-over %d of seed %d (%s): %s\n\t%s", i, seed, s, r.verdict.String(), strings.Join(r.problems, "\n\t"))
	}
	if err == nil && s.load.rate > 0 && r.acked < 20 {
		t.Errorf("cut-over %d of seed %d (%s): only %d writes were acknowledged: it proves nothing", i, seed, s, r.acked)
	}
	if testing.Verbose() {
		t.Logf("%3d %-60s %s; %.0f/s before, pause %v (worst %v), runs %d, attempts %d, strikes %d %v", i, s, r.verdict.String(), r.rate,
			r.pause.Round(time.Microsecond), r.worst.Round(time.Microsecond), r.runs, r.attempts, r.strikes, r.errs)
	}
}

// summary is what all cut-overs together did.
type summary struct {
	mu      sync.Mutex
	total   verdict
	count   int
	again   int // cut-overs that took more than one attempt
	runs    int
	rates   map[string][]float64
	pauses  map[string][]float64
	strikes map[string]int
	dealt   map[string]int // in how many cut-overs a fault was
	longest time.Duration
}

func newSummary() *summary {
	return &summary{rates: map[string][]float64{}, pauses: map[string][]float64{}, strikes: map[string]int{}, dealt: map[string]int{}}
}

func (s *summary) add(in setting, r result, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	s.total.add(r.verdict)
	s.runs += r.runs
	if r.attempts > 1 {
		s.again++
	}
	key := fmt.Sprintf("%5d writes/s, round trip %v", in.load.rate, in.load.roundTrip)
	s.rates[key] = append(s.rates[key], r.rate)
	if in.fault.name == noFault {
		s.pauses[key] = append(s.pauses[key], float64(r.pause.Microseconds())/1000)
	}
	s.strikes[in.fault.name] += r.strikes
	s.dealt[in.fault.name]++
	s.longest = max(s.longest, took)
}

func (s *summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d cut-overs, %d runs of the library, %d of them with more than one attempt, the longest took %v\n%s\n",
		s.count, s.runs, s.again, s.longest.Round(time.Millisecond), s.total.String())
	keys := make([]string, 0, len(s.rates))
	for k := range s.rates {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		fmt.Fprintf(&b, "%s: %3d cut-overs, %.0f acknowledged per second before the pause (median); pause without a fault %.1f ms (median of %d)\n",
			k, len(s.rates[k]), quantile(s.rates[k], 0.5), quantile(s.pauses[k], 0.5), len(s.pauses[k]))
	}
	return b.String()
}

// dealtEnough is in how many cut-overs a fault has a chance to strike that it takes.
const dealtEnough = 4

// everyFaultStruck: one that never does tests nothing.
func (s *summary) everyFaultStruck(t *testing.T) {
	t.Helper()
	for _, f := range faults() {
		if f.arm != nil && s.dealt[f.name] >= dealtEnough && s.strikes[f.name] == 0 {
			t.Errorf("the fault %q never struck in %d cut-overs", f.name, s.dealt[f.name])
		}
	}
}

// quantile of values in any order; 0 without any.
func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Clone(v)
	slices.Sort(v)
	at := q * float64(len(v)-1)
	low := int(at)
	high := min(low+1, len(v)-1)
	return v[low] + (v[high]-v[low])*(at-float64(low))
}
