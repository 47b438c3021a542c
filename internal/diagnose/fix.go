package diagnose

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// The remedies that need values. Each returns "" where it lacks one.

// outage is how long a break the backlog should reach back over, and how long a
// server should wait for the other: what the preflight checks ask for.
const outage = 60 * time.Second

// bursts is how much more than was measured may be written. Assumed, as in the
// forecasts of the preflight report.
const bursts = 2

// usualHard is the hard limit that Redis ships with.
const usualHard = 256 << 20

func mebibytes(bytes float64) int64 { return int64(math.Ceil(max(bytes, 1) / (1 << 20))) }

// syncSeconds is how long a full sync may take, pessimistically; 0 if nobody knows.
func (in Input) syncSeconds() float64 {
	s := in.past().last.Sample
	took := max(s.ETAHigh.Seconds(), in.past().period().Seconds())
	if in.Facts != nil {
		if p, ok := preflight.Predict(*in.Facts); ok {
			took = max(took, p.SyncSeconds.High)
		}
	}
	return max(took, 0)
}

func bufferFix(in Input) string {
	h := in.past()
	limit := h.peak
	if b := h.last.Sample.Buffer; b != nil {
		limit = *b
	} else if c := in.config(); c != nil && limit == (progress.OutputBuffer{}) {
		limit.Hard, limit.Soft, limit.SoftFor = c.ReplicaBuffer.Hard, c.ReplicaBuffer.Soft, time.Duration(c.ReplicaBuffer.SoftSeconds)*time.Second
	}
	need := bursts * h.last.Sample.SourceWriteRate * in.syncSeconds()
	hard := mebibytes(max(need, usualHard, 2*float64(max(limit.Hard, h.peak.Used))))
	if hard > 1<<30 { // a pebibyte: a rate that cannot be
		return ""
	}
	return fmt.Sprintf("on the source, run CONFIG SET client-output-buffer-limit \"%s %d %d %d\" (it counts at once; what is used of it is the source's memory), or with 0 0 0 if its memory allows",
		in.replicaClass(), hard<<20, (hard+1)/2<<20, max(60, int64(limit.SoftFor/time.Second)))
}

// replicaClass is what the source calls the clients that are replicas: "slave" was
// the only name before 5.0, and is understood ever since.
func (in Input) replicaClass() string {
	if v, err := in.past().last.Source.Version(); err != nil || v.Major < 5 {
		return "slave"
	}
	return "replica"
}

func backlogFix(in Input) string {
	l := in.past().last
	size := max(l.Source.Int("repl_backlog_size"), 1<<20)
	need := bursts * l.Sample.SourceWriteRate * outage.Seconds()
	return fmt.Sprintf("on the source, run CONFIG SET repl-backlog-size %d (it counts at once, and takes that much memory); then look at why the link breaks",
		mebibytes(max(need, 2*float64(size)))<<20)
}

func timeoutFix(in Input) string {
	need := max(outage.Seconds(), 2*in.past().last.replTimeout().Seconds(), 2*in.syncSeconds())
	return fmt.Sprintf("on the source, run CONFIG SET repl-timeout %d (it counts at once); that of ElastiCache is 60 seconds and cannot be changed", int64(math.Ceil(need)))
}

func memoryFix(in Input) string {
	used, most, _ := in.past().last.overMemory()
	if most <= 0 {
		return ""
	}
	return fmt.Sprintf("take a node type with more than %d MiB of maxmemory, or delete keys on the source until used_memory of the target is below %d MiB; the cut-over waits for a new run",
		mebibytes(1.25*float64(used)), most>>20)
}

func networkFix(in Input) string {
	var out []string
	for _, f := range in.networkFailed() {
		out = append(out, f.Remedy)
	}
	return strings.Join(out, "; ")
}

func bufferText(b progress.OutputBuffer) string {
	return fmt.Sprintf("%d bytes in the source's output buffer, limits %d hard, %d soft for %v", b.Used, b.Hard, b.Soft, b.SoftFor)
}

func bufferSeen(in Input) []string {
	h := in.past()
	out := syncsSeen(in)
	if h.peak != (progress.OutputBuffer{}) {
		out = append(out, "at most "+bufferText(h.peak))
	} else if hard, ok := in.hardLimit(); ok {
		out = append(out, fmt.Sprintf("a hard limit of %d bytes", hard))
	}
	if h.counters[sourceBufferDrops].grown > 0 {
		out = append(out, h.tell(sourceBufferDrops))
	}
	return append(out, fmt.Sprintf("the source writes %.0f bytes a second, and a full sync began every %v", h.last.Sample.SourceWriteRate, h.period().Round(100*time.Millisecond)))
}
