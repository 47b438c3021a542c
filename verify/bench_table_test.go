package verify_test

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// result is all runs of one set at one size. Runs with the same index were
// made one right after the other.
type result struct {
	kind          string
	times         int
	keys          int
	floor, verify []run
	gentle        []run // of the comparison, by a client that gives way to the servers
}

// bar is what a comparison of a set may take.
type bar struct {
	ratio float64 // of the floor's time
	cpu   float64 // seconds of the client per million keys
}

func bars(kind string) bar {
	if kind == "S" {
		return bar{1.4, 1.5}
	}
	return bar{1.25, 3.5}
}

const (
	// barMemory is what a comparison may have resident, beside the chunk that
	// it holds of a value.
	barMemory = 32 << 10 // KiB
	// barBlock is for how long a single command may occupy a server.
	barBlock = 10 // ms
)

// spread is the least, the median and the most of some figures.
type spread struct{ min, median, max float64 }

func spreadOf(runs []run, f func(run) float64) spread {
	var v []float64
	for _, r := range runs {
		v = append(v, f(r))
	}
	slices.Sort(v)
	return spread{v[0], (v[len(v)/2] + v[(len(v)-1)/2]) / 2, v[len(v)-1]}
}

func (s spread) format(decimals int) string {
	return fmt.Sprintf("%.*f / %.*f / %.*f", decimals, s.min, decimals, s.median, decimals, s.max)
}

func wall(r run) float64 { return r.Wall }

// allCPU is what client and servers have used together. On a machine with no
// more cores than servers it decides about the time, and other programs do not
// disturb it.
func allCPU(r run) float64 { return r.CPU + r.servers }

// ratios returns how many times the floor's each comparison took that was made
// beside it.
func (r *result) ratios(f func(run) float64) spread {
	pairs := make([]run, len(r.floor))
	for i := range pairs {
		pairs[i].Wall = f(r.verify[i]) / f(r.floor[i])
	}
	return spreadOf(pairs, wall)
}

// slowest returns the command that took a server longest, by the quickest of its
// times, and the one that did so once.
func (r *result) slowest() (always, once slowest) {
	for name, first := range r.gentle[0].slow {
		for _, run := range r.gentle[1:] {
			first.took = min(first.took, run.slow[name].took)
		}
		if first.took > always.took {
			always = first
		}
	}
	for _, run := range r.gentle {
		for _, s := range run.slow {
			if s.took > once.took {
				once = s
			}
		}
	}
	return always, once
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// table is what is printed.
type table struct {
	cases []*result
}

// String renders the figures, and what is above its bar with a mark.
func (t table) String() string {
	var b strings.Builder
	b.WriteString("\nA full comparison with expiries, both directions, against the floor (reading the values of both sides and nothing more).\n" +
		"Every figure is min / median / max of the rounds; ! is above the bar. \n" +
		"All CPU is that of client and servers together. Slowest is the command that took a server longest by the clock, in each of\n" +
		"three more runs by a client that gives way to the servers, and then the one that took longest in any of them.\n\n")
	row := func(cells ...string) {
		for i, width := range []int{6, 8, 22, 22, 19, 19, 19, 19, 20, 0} {
			if width == 0 {
				b.WriteString(cells[i])
				break
			}
			fmt.Fprintf(&b, "%-*s ", width, cells[i])
		}
		b.WriteString("\n")
	}
	row("set", "keys", "floor s", "compare s", "ratio", "ratio of all CPU", "floor CPU s", "CPU s per M", "peak MiB", "slowest ms")
	for _, r := range t.cases {
		limit := bars(r.kind)
		perMillion := 1e6 / float64(r.keys)
		cpu := spreadOf(r.verify, func(x run) float64 { return x.CPU * perMillion })
		peak := spreadOf(r.verify, func(x run) float64 { return float64(x.PeakKiB) / 1024 })
		always, once := r.slowest()
		row(
			fmt.Sprintf("%s %dx", r.kind, r.times), fmt.Sprint(r.keys),
			spreadOf(r.floor, wall).format(2), spreadOf(r.verify, wall).format(2),
			r.ratios(wall).format(2)+above(r.ratios(wall).median, limit.ratio), r.ratios(allCPU).format(2),
			spreadOf(r.floor, func(x run) float64 { return x.CPU }).format(2),
			cpu.format(2)+above(cpu.median, limit.cpu),
			peak.format(1)+above(peak.max*1024, barMemory),
			fmt.Sprintf("%.1f%s %s, once %.1f %s", ms(always.took), above(ms(always.took), barBlock), always.command, ms(once.took), once.command),
		)
	}
	t.linear(&b)
	return b.String()
}

// linear says how the time a key grows with the data.
func (t table) linear(b *strings.Builder) {
	first := map[string]float64{}
	for _, r := range t.cases {
		each := spreadOf(r.verify, wall).median / float64(r.keys) * 1e6
		if first[r.kind] == 0 {
			first[r.kind] = each
			continue
		}
		fmt.Fprintf(b, "%s %dx: %.2f s per million keys, %.2f times that of the smallest\n", r.kind, r.times, each, each/first[r.kind])
	}
}

func above(got, limit float64) string {
	if got > limit {
		return "!"
	}
	return ""
}
