package preflight

import "fmt"

func judgeBuffer(f Facts, n Node, c NodeConfig) verdict {
	l := c.ReplicaBuffer
	if l.Hard < 0 || l.Soft < 0 || l.SoftSeconds < 0 {
		return unknown(fmt.Sprintf("limit %d %d %d: that cannot be", l.Hard, l.Soft, l.SoftSeconds), "run CONFIG GET client-output-buffer-limit on the source")
	}
	if l.Hard == 0 && l.Soft == 0 {
		return f.judgeNoLimit(n)
	}
	if l.Hard > 0 && l.Hard < c.BacklogSize {
		if _, ok := n.sharesBuffer(); !ok {
			return unknown("limit "+l.words()+"; whether the larger repl-backlog-size counts instead depends on the version, "+f.why("source.version"), "see source.version")
		}
		l.Hard = n.replicaHard()
	}
	p, ok := Predict(f)
	known := ok && p.LoadKnown
	observed := "limit " + l.words()
	if known {
		observed += p.piling()
	}
	remedy := f.bufferRemedy(n, l, p)
	switch {
	case l.overflows(burst, 0, p.BufferSeconds.Low):
		return failed(observed+"; a burst of "+inMiB(burst)+" is too much for it: the full sync would begin anew without end", remedy)
	case !known:
		return unknown(observed+"; how much is written was "+f.why("load", "source.used_memory", "source"), remedy)
	case l.overflows(0, p.WriteBytesPerSecond.Low, p.BufferSeconds.Low):
		return failed(observed+": the full sync would begin anew without end", remedy)
	case l.overflows(0, p.WriteBytesPerSecond.High, p.BufferSeconds.High):
		return unknown(observed+", which may be too much", remedy)
	case !p.WriteBounded:
		why, open := f.unbounded()
		return unknown(observed+"; "+why, open)
	default:
		return passed(observed)
	}
}

// piling says what waits in the output buffer, and why.
func (p Forecast) piling() string {
	return fmt.Sprintf("; written are %s, and the target reads nothing of it for %.1f to %.1f s: %s pile up",
		p.rate(), p.BufferSeconds.Low, p.BufferSeconds.High, p.orMore(p.BufferBytes))
}

// judgeNoLimit judges a buffer that may grow until the source has no memory left.
func (f Facts) judgeNoLimit(n Node) verdict {
	p, ok := Predict(f)
	const limit = "no limit but the source's memory"
	if !ok || !p.LoadKnown {
		return unknown(limit+"; how much is written was "+f.why("load", "source.used_memory", "source"), "let the library run INFO on the source twice, to see its rate of writes; or "+lessWrites)
	}
	observed := limit + p.piling()
	r, ok := f.room(n, p)
	if !ok {
		return unknown(observed+"; used_memory_rss or total_system_memory "+f.why("source.used_memory_rss", "source.system_memory"), "compare by hand what is left of the memory of the machine or container")
	}
	need := r.with(p.BufferBytes)
	observed += fmt.Sprintf("; with %s occupied and %s copied, %s of the machine's %s", inMiB(r.occupied), r.copied.inMiB(), p.orMore(need), inMiB(r.total))
	switch {
	case r.occupied+r.copied.Low > r.total:
		return unknown(observed, "see source.fork-headroom")
	case need.Low > r.total:
		return failed(observed+": the source runs out of memory", lessWrites)
	case need.High > r.total:
		return unknown(observed+", which may be too much", lessWrites)
	case !p.WriteBounded:
		why, open := f.unbounded()
		return unknown(observed+"; "+why, open)
	default:
		return passed(observed)
	}
}

// lessWrites is what helps where the source's memory does not hold what piles up.
const lessWrites = "the source's memory does not surely hold what piles up, and no value of client-output-buffer-limit changes that: migrate in a quiet hour or with throttled writers, from a replica on a machine with more memory, or give the source's machine more"

// sharesBuffer tells whether the server keeps one buffer for backlog and replicas, so
// that it ignores a hard limit below the size of the backlog: from Redis 7.0 on
// (measured on 7.0.15). ok is false if the version was not told.
func (n Node) sharesBuffer() (yes, ok bool) {
	v, ok := parseVersion(n.Version)
	return n.Engine == "valkey" || !v.less(version{7, 0, 0}), n.Engine == "valkey" || ok && n.Engine == "redis"
}

// replicaHard is the hard limit in effect, 0 if there is none. Where the version
// was not told, it is the larger one that may be.
func (n Node) replicaHard() int64 {
	hard := n.Config.ReplicaBuffer.Hard
	if shares, ok := n.sharesBuffer(); hard > 0 && (shares || !ok) {
		return max(hard, n.Config.BacklogSize)
	}
	return hard
}

// overflows tells whether the server drops a replica that reads nothing for some
// seconds, when so many bytes come at once and then so many in each second.
func (l BufferLimit) overflows(atOnce, perSecond, seconds float64) bool {
	hard, soft, allowed := float64(l.Hard), float64(l.Soft), float64(l.SoftSeconds)
	if hard > 0 && atOnce+perSecond*seconds >= hard {
		return true
	}
	// It is above the soft limit for too long if it is there already when the
	// time that is allowed begins.
	return soft > 0 && seconds > allowed && atOnce+perSecond*(seconds-allowed) >= soft
}

func (l BufferLimit) words() string {
	hard, soft := "none at once", "none for long"
	if l.Hard > 0 {
		hard = inMiB(float64(l.Hard)) + " at once"
	}
	if l.Soft > 0 {
		soft = fmt.Sprintf("%s for %d s", inMiB(float64(l.Soft)), l.SoftSeconds)
	}
	return hard + ", " + soft
}

// bufferRemedy gives limits that would do: the hard one, unless there is none,
// twice what the forecast says at the worst, but not less than Redis ships with
// or than there is now, and the soft one half of it. It gives none if the source's
// memory would not hold what the forecast says twice.
func (f Facts) bufferRemedy(n Node, l BufferLimit, p Forecast) string {
	need := max(2*p.BufferBytes.High, burst)
	if r, ok := f.room(n, p); ok && r.with(exactly(need)).High > r.total {
		return lessWrites
	}
	hard := ceilMiB(max(need, usualHard, float64(l.Hard)))
	soft, seconds := (hard+1)/2, max(60, l.SoftSeconds)
	if l.Hard == 0 {
		hard = 0
	}
	class := "replica"
	if v, ok := parseVersion(n.Version); !ok || v.less(version{5, 0, 0}) {
		class = "slave" // its only name before 5.0, and understood ever since
	}
	return fmt.Sprintf("on the source, run CONFIG SET client-output-buffer-limit \"%s %d %d %d\" (no restart; what is used of it is the source's memory) and set client-output-buffer-limit %s %dmb %dmb %d in redis.conf",
		class, hard<<20, soft<<20, seconds, class, hard, soft, seconds)
}
