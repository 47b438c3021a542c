package preflight

import (
	"fmt"
	"math"
)

func judgeGrowth(f Facts) Finding {
	const required = "used_memory of the source by the end of the full sync at most maxmemory of the target's node"
	return judgeGrownSize(f).finding(f.pairName(), required)
}

func judgeGrownSize(f Facts) verdict {
	now := judgeMemorySizes(f)
	limit, _ := f.memoryLimit()
	switch {
	case limit <= 0 || f.Source == nil || f.Source.UsedMemory <= 0 || f.fullToday() || f.Target != nil && !f.Target.Exists:
		return unknown(now.observed, "see pair.memory")
	case f.Source.MaxMemory > 0 && f.Source.MaxMemory <= limit && f.absent("source.maxmemory") == "":
		return passed(fmt.Sprintf("the source's own maxmemory is %s, target has %s", mib(f.Source.MaxMemory), mib(limit)))
	}
	size, ok := f.grown()
	if !ok {
		return unknown(now.observed+"; how fast the source grows "+f.why("load", "source"), showSource+", twice, to see how it grows")
	}
	observed := fmt.Sprintf("%s; by the end of the sync the source uses %s", now.observed, size.inMiB())
	remedy := "migrate when less is written, or " + memoryRemedy(f, whole(size.High))
	switch {
	case size.Low > float64(limit):
		return failed(observed+"; "+f.atPromotion(), remedy)
	case size.High > float64(limit):
		return unknown(observed+"; "+f.atPromotion(), remedy)
	default:
		return passed(observed)
	}
}

// fullToday tells that not even today's data fits into the target.
func (f Facts) fullToday() bool {
	limit, _ := f.memoryLimit()
	return limit > 0 && f.Source != nil && f.Source.UsedMemory > limit && f.absent("source.used_memory") == ""
}

// grown is what the source uses by the end of the full sync, as its memory grew
// while it was looked at, and twice as fast at the worst. ok is false if that was
// not seen. A source with a limit of its own stays below that.
func (f Facts) grown() (size Range, ok bool) {
	p, predicted := Predict(f)
	if !predicted || !p.LoadKnown || f.Load.WindowSeconds <= 0 || !believable(math.Abs(f.Load.MemoryBytesPerSecond)) {
		return Range{}, false
	}
	rate := max(0, f.Load.MemoryBytesPerSecond)
	used := float64(f.Source.UsedMemory)
	size = exactly(used).plus(Range{rate, bursts * rate}.times(p.SyncSeconds))
	if own := float64(f.Source.MaxMemory); own > 0 && f.absent("source.maxmemory") == "" {
		own = max(own, used)
		size = Range{min(size.Low, own), min(size.High, own)}
	}
	return size, true
}

// whole is a number of bytes that fits.
func whole(bytes float64) int64 { return int64(min(bytes, 1<<62)) }
