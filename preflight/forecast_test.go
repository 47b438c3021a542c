package preflight

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The numbers are worked out by hand from a GiB of data and the speeds that
// Predict documents.
func TestPredict(t *testing.T) {
	t.Parallel()
	blind := func(keys int64, more ...func(*Facts)) func(*Facts) {
		return func(f *Facts) {
			f.Load.OffsetTracked, f.Source.Keys = false, map[int]int64{0: keys}
			for _, change := range more {
				change(f)
			}
		}
	}
	disk := func(f *Facts) { f.Source.Config.DisklessSync = "no" }
	for _, r := range []struct {
		why    string
		change func(*Facts)
		look   func(Forecast) Range
		want   Range
	}{
		{"the delay of a diskless sync", good, func(p Forecast) Range { return p.WaitSeconds }, Range{5, 5}},
		{"a save of one second: half of it to two", func(f *Facts) { f.Source.LastSaveSeconds = 1 }, func(p Forecast) Range { return p.SaveSeconds }, Range{0.5, 2}},
		{"a GiB and a byte in a second: faster than disks", func(f *Facts) { f.Source.LastSaveSeconds, f.Source.UsedMemory = 1, 1<<30+1 }, func(p Forecast) Range { return p.SaveSeconds }, Range{4.096, 34.1333}},
		{"a save of a week ago", func(f *Facts) { f.Source.LastSaveAgeSeconds = 7 * 86400 }, func(p Forecast) Range { return p.SaveSeconds }, Range{8, 18}},
		{"an older one says little", func(f *Facts) { f.Source.LastSaveAgeSeconds = 7*86400 + 1 }, func(p Forecast) Range { return p.SaveSeconds }, Range{4.096, 34.1333}},
		{"one whose age was not seen", func(f *Facts) { gap(f, "source.last_save_age_seconds", "cut") }, func(p Forecast) Range { return p.SaveSeconds }, Range{4.096, 34.1333}},
		{"none since the server was started", func(f *Facts) { f.Source.LastSaveAgeSeconds = -1 }, func(p Forecast) Range { return p.SaveSeconds }, Range{4.096, 34.1333}},
		{"none with a disk", disk, func(p Forecast) Range { return p.WaitSeconds }, Range{}},
		{"from the last save, 9 s", good, func(p Forecast) Range { return p.SaveSeconds }, Range{8, 18}},
		{"no save yet: 1024/250 to 1024/30", func(f *Facts) { f.Source.LastSaveSeconds = -1 }, func(p Forecast) Range { return p.SaveSeconds }, Range{4.096, 34.1333}},
		{"one that took no time says little", func(f *Facts) { f.Source.LastSaveSeconds = 0 }, func(p Forecast) Range { return p.SaveSeconds }, Range{4.096, 34.1333}},
		{"0.3*1024/1200 to 1024/60", good, func(p Forecast) Range { return p.TransferSeconds }, Range{0.256, 17.0667}},
		{"the link is known: 100 MiB/s", func(f *Facts) { f.Load.LinkBytesPerSecond = 100 * mebi }, func(p Forecast) Range { return p.TransferSeconds }, Range{3.072, 10.24}},
		{"1024/250 to 1024/40", good, func(p Forecast) Range { return p.LoadSeconds }, Range{4.096, 25.6}},
		{"saving and sending overlap", good, func(p Forecast) Range { return p.BufferSeconds }, Range{12.096, 43.6}},
		{"they do not", disk, func(p Forecast) Range { return p.BufferSeconds }, Range{12.352, 60.6667}},
		{"nobody knows whether they do", func(f *Facts) { f.Source.Config = nil }, func(p Forecast) Range { return p.BufferSeconds }, Range{12.096, 60.6667}},
		{"with the delay", good, func(p Forecast) Range { return p.SyncSeconds }, Range{17.096, 48.6}},
		{"the average, to twice the slope", good, func(p Forecast) Range { return p.WriteBytesPerSecond }, Range{9_000, 20_000}},
		{"the slope, to twice the average", func(f *Facts) { f.Load.ReplicationAverage = 30_000 }, func(p Forecast) Range { return p.WriteBytesPerSecond }, Range{10_000, 60_000}},
		{"no slope: what clients send", blind(0), func(p Forecast) Range { return p.WriteBytesPerSecond }, Range{0, 20_000}},
		{"what they sent on average", blind(0, func(f *Facts) { f.Load.InputAverage = 50_000 }), func(p Forecast) Range { return p.WriteBytesPerSecond }, Range{0, 50_000}},
		{"100 changes of a KiB", blind(1 << 20), func(p Forecast) Range { return p.WriteBytesPerSecond }, Range{0, 102_400}},
		{"the number of keys was not seen", blind(1<<20, func(f *Facts) { gap(f, "source.keys", "cut") }), func(p Forecast) Range { return p.WriteBytesPerSecond }, Range{0, 20_000}},
		{"rate and time", good, func(p Forecast) Range { return p.BufferBytes }, Range{108_864, 872_000}},
		{"(200 pages and what is written) * 18 s", good, func(p Forecast) Range { return p.CopiedBytes }, Range{0, 15_105_600}},
		{"scripts without an offset: perhaps everything", blind(0, func(f *Facts) { f.Load.Scripts = 1 }), func(p Forecast) Range { return p.CopiedBytes }, Range{0, 1 << 30}},
		{"diskless on a slow link: as long as it sends, 102.4 s", func(f *Facts) { f.Load.LinkBytesPerSecond = 10 * mebi }, func(p Forecast) Range { return p.CopiedBytes }, Range{0, 85_934_080}},
		{"with a disk: as long as it saves", func(f *Facts) { disk(f); f.Load.LinkBytesPerSecond = 10 * mebi }, func(p Forecast) Range { return p.CopiedBytes }, Range{0, 15_105_600}},
		{"no more than everything", func(f *Facts) { f.Load.ChangesPerSecond = 1e9 }, func(p Forecast) Range { return p.CopiedBytes }, Range{0, 1 << 30}},
		{"no load, no bytes", func(f *Facts) { f.Load = nil }, func(p Forecast) Range { return p.BufferBytes }, Range{}},
	} {
		facts := goodFacts()
		r.change(&facts)
		p, ok := Predict(facts)
		got := r.look(p)
		if !ok || math.Abs(got.Low-r.want.Low) > 1e-4 || math.Abs(got.High-r.want.High) > 1e-4 {
			t.Errorf("%s: got %v %t, want %v", r.why, got, ok, r.want)
		}
		if p.LoadKnown != (facts.Load != nil) {
			t.Errorf("%s: LoadKnown is %t", r.why, p.LoadKnown)
		}
	}
}

func TestPredictKnowsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for why, change := range map[string]func(*Facts){
		"no source":           noSource,
		"no size":             func(f *Facts) { f.Source.UsedMemory = 0 },
		"a size below zero":   func(f *Facts) { f.Source.UsedMemory = -1 },
		"a gap is not a fact": func(f *Facts) { gap(f, "source.used_memory", "cut") },
	} {
		facts := goodFacts()
		change(&facts)
		if p, ok := Predict(facts); ok || p != (Forecast{}) {
			t.Errorf("%s: %+v", why, p)
		}
	}
	for _, c := range []struct {
		tracked bool
		scripts int64
		window  float64
		want    bool
	}{{true, 0, 1, true}, {true, 5, 1, true}, {true, -1, 1, true}, {false, 0, 1, true}, {false, 1, 1, false}, {false, -1, 1, false}, {true, 0, 0, false}, {false, 0, 0, false}} {
		facts := goodFacts()
		facts.Load.OffsetTracked, facts.Load.Scripts, facts.Load.WindowSeconds = c.tracked, c.scripts, c.window
		if p, _ := Predict(facts); p.WriteBounded != c.want {
			t.Errorf("%+v: WriteBounded is %t", c, p.WriteBounded)
		}
	}
	for _, rate := range []float64{-1, math.NaN(), math.Inf(1)} {
		facts := goodFacts()
		facts.Load.InputBytesPerSecond = rate
		if p, ok := Predict(facts); !ok || p.LoadKnown || p.SyncSeconds.High <= 0 {
			t.Errorf("a rate of %v: %+v", rate, p)
		}
	}
}

func randomFacts(rng *rand.Rand) Facts {
	upTo := func(most float64) float64 { return math.Floor(math.Exp(rng.Float64() * math.Log(most))) }
	facts := goodFacts()
	s := facts.Source
	s.UsedMemory = int64(upTo(1 << 38))
	s.LastSaveSeconds = int64(rng.IntN(4000)) - 1
	s.LastSaveAgeSeconds = int64(upTo(1e7)) - 1
	s.Keys = map[int]int64{0: int64(upTo(1e9))}
	s.Version = []string{"4.0.14", "6.0.20", "6.2.16", "7.0.15"}[rng.IntN(4)]
	s.Config.DisklessSync = []string{"yes", "no", ""}[rng.IntN(3)]
	s.Config.ReplTimeoutSeconds = int64(upTo(200))
	s.Config.BacklogSize = int64(upTo(1 << 32))
	s.Config.ReplicaBuffer = BufferLimit{int64(upTo(1<<32)) - 1, int64(upTo(1<<30)) - 1, int64(rng.IntN(120))}
	facts.Load = &Load{
		OffsetTracked: rng.IntN(2) == 0, ReplicationBytesPerSecond: upTo(1 << 30), ReplicationAverage: upTo(1 << 30),
		InputBytesPerSecond: upTo(1 << 30), InputAverage: upTo(1 << 30), Scripts: int64(rng.IntN(3)) - 1, WindowSeconds: float64(rng.IntN(2)),
		ChangesPerSecond: upTo(1e6) - 1, CommandsPerSecond: upTo(1e6) - 1,
	}
	if rng.IntN(2) == 0 {
		facts.Load.LinkBytesPerSecond = mebi * upTo(10_000)
	}
	return facts
}

func (p Forecast) ranges() map[string]Range {
	return map[string]Range{
		"wait": p.WaitSeconds, "save": p.SaveSeconds, "transfer": p.TransferSeconds, "load": p.LoadSeconds, "buffer seconds": p.BufferSeconds,
		"sync": p.SyncSeconds, "write": p.WriteBytesPerSecond, "buffer": p.BufferBytes, "copied": p.CopiedBytes,
	}
}

// Whatever the facts are, the optimistic end is not above the pessimistic one,
// what is not known of the settings widens the range, and more load or more data
// makes nothing smaller.
func TestPredictIsOrdered(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		facts := randomFacts(rng)
		p, ok := Predict(facts)
		for name, r := range p.ranges() {
			if !ok || !(r.Low >= 0 && r.Low <= r.High) || math.IsInf(r.High, 0) {
				t.Fatalf("%s is %v of %s", name, r, mustJSON(t, facts))
			}
		}
		blind, node := facts, *facts.Source
		node.Config, blind.Source = nil, &node
		if b, _ := Predict(blind); b.BufferSeconds.Low > p.BufferSeconds.Low || b.BufferSeconds.High < p.BufferSeconds.High || b.CopiedBytes.High < p.CopiedBytes.High {
			t.Fatalf("without settings %+v, with them %+v", b, p)
		}

		busier, load := facts, *facts.Load
		k := 1 + rng.Float64()*10
		load.ReplicationBytesPerSecond *= k
		load.ReplicationAverage *= k
		load.InputBytesPerSecond *= k
		load.InputAverage *= k
		load.ChangesPerSecond *= k
		load.CommandsPerSecond *= k
		busier.Load = &load
		larger, grown := facts, *facts.Source
		grown.UsedMemory, larger.Source = int64(k*float64(grown.UsedMemory)), &grown
		for why, more := range map[string]Facts{"busier": busier, "larger": larger} {
			q, _ := Predict(more)
			for name, r := range q.ranges() {
				if before := p.ranges()[name]; r.Low < before.Low || r.High < before.High {
					t.Fatalf("%s, %s: %v became %v", why, name, before, r)
				}
			}
		}
	}
}

// A field with a gap counts as not known, whatever it says.
func TestPredictWithGaps(t *testing.T) {
	t.Parallel()
	predict := func(change func(*Facts)) Forecast {
		facts := goodFacts()
		change(&facts)
		p, _ := Predict(facts)
		return p
	}
	unset := predict(func(f *Facts) { f.Source.Config = nil })
	if p := predict(func(f *Facts) { gap(f, "source.config.diskless_sync", "cut") }); p != unset || p.WaitSeconds != (Range{0, usualDelay}) {
		t.Errorf("kind of sync: %+v, want %+v", p, unset)
	}
	if p := predict(func(f *Facts) {
		f.Source.Config.DisklessDelaySeconds = 0
		gap(f, "source.config.diskless_delay_seconds", "cut")
	}); p.WaitSeconds != (Range{0, usualDelay}) {
		t.Errorf("delay: %v", p.WaitSeconds)
	}
	linked := predict(func(f *Facts) {
		f.Load.LinkBytesPerSecond = 1
		gap(f, "load.link_bytes_per_second", "cut")
	})
	if unlinked := predict(func(f *Facts) { f.Load = nil }); linked != unlinked {
		t.Errorf("link: %+v, want %+v", linked, unlinked)
	}
	old := predict(func(f *Facts) { f.Load.ChangesPerSecond = 10; f.Source.Version = "" })
	if p := predict(func(f *Facts) { f.Load.ChangesPerSecond = 10; gap(f, "source.version", "cut") }); p != old {
		t.Errorf("version: %+v, want %+v", p, old)
	}
}
