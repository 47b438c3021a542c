package preflight

import "fmt"

// Two checks share the memory of the source's machine, so that one cause fails
// once: source.fork-headroom judges what is there, what copy-on-write takes, and
// an output buffer that has a limit; source.output-buffer judges one that has none,
// and the limits that it proposes itself.

// sourceRoom is the memory of the source's machine as far as the server can
// tell: other processes and the limit of a container are not seen.
type sourceRoom struct {
	occupied, total float64
	// copied is what copy-on-write takes, at the least what it took last time.
	copied Range
}

// room looks at it. ok is false if the server did not tell its memory.
func (f Facts) room(n Node, p Forecast) (r sourceRoom, ok bool) {
	r = sourceRoom{occupied: float64(n.UsedMemoryRSS), total: float64(n.SystemMemory)}
	last := 0.0
	if f.absent("source.last_save_copied") == "" {
		last = float64(max(0, n.LastSaveCopied))
	}
	r.copied = Range{max(last, p.CopiedBytes.Low), max(last, p.CopiedBytes.High)}
	seen := f.absent("source.used_memory_rss") == "" && f.absent("source.system_memory") == ""
	return r, seen && r.occupied > 0 && r.total > 0
}

// with is what the process occupies in the end, with so much in the output
// buffer.
func (r sourceRoom) with(buffer Range) Range {
	return exactly(r.occupied).plus(r.copied).plus(buffer)
}

// limited is what the output buffer takes at the most if it has a limit. What has
// none is left to source.output-buffer. ok is false if it cannot be told.
func (f Facts) limited(n Node, p Forecast) (buffer Range, ok bool) {
	if n.Config == nil || f.absent("source.config.replica_buffer") != "" || f.absent("source.config.backlog_size") != "" {
		return Range{0, p.BufferBytes.High}, p.LoadKnown && p.WriteBounded
	}
	hard := float64(n.replicaHard())
	switch {
	case n.Config.ReplicaBuffer.Hard <= 0 && n.Config.ReplicaBuffer.Soft <= 0:
		return Range{}, true
	case hard <= 0:
		return p.BufferBytes, p.LoadKnown && p.WriteBounded
	case !p.LoadKnown:
		return Range{0, hard}, true
	case !p.WriteBounded:
		return Range{min(hard, p.BufferBytes.Low), hard}, true
	default:
		return Range{min(hard, p.BufferBytes.Low), min(hard, p.BufferBytes.High)}, true
	}
}

func judgeFork(f Facts) Finding {
	const required = "memory of the machine for the process, for what copy-on-write takes, and for the output buffer as far as its limit lets it grow (not seen: a container's own limit, which has to be compared by hand, and other processes)"
	return onSource(required, func(n Node) verdict { return f.judgeFork(n) }, "used_memory_rss", "system_memory")(f)
}

func (f Facts) judgeFork(n Node) verdict {
	const remedy = "free memory on the source's machine or move the source to a larger one, allow the fork with sysctl vm.overcommit_memory=1, turn transparent huge pages off, and migrate in a quiet hour or from a replica on another machine"
	const unseen = "; a container's limit and other processes are not seen"
	p, predicted := Predict(f)
	r, ok := f.room(n, p)
	observed := fmt.Sprintf("%s occupied of the machine's %s", inMiB(r.occupied), inMiB(r.total))
	if !ok {
		return unknown(observed+": used_memory_rss or total_system_memory "+f.why("source.used_memory_rss", "source.system_memory"), "compare used_memory_rss of INFO memory with the memory of the machine or container by hand: twice as much, and the limit of the output buffer, is always enough")
	}
	buffer, bounded := f.limited(n, p)
	if bounded && 2*r.occupied+buffer.High <= r.total {
		return passed(fmt.Sprintf("%s: even a copy of everything fits, with %s in the output buffer%s", observed, inMiB(buffer.High), unseen))
	}
	need := r.with(buffer)
	takes := fmt.Sprintf("; copy-on-write takes %s more and the output buffer %s", r.copied.inMiB(), buffer.inMiB())
	switch {
	case need.Low > r.total:
		return failed(fmt.Sprintf("%s; copy-on-write takes %s more at the least (the last save took %s), the output buffer %s%s",
			observed, inMiB(r.copied.Low), inMiB(float64(max(0, n.LastSaveCopied))), inMiB(buffer.Low), unseen), remedy)
	case !predicted || !p.LoadKnown:
		return unknown(observed+"; how much is written was "+f.why("load", "source.used_memory")+unseen, remedy)
	case !bounded:
		why, open := f.unbounded()
		return unknown(observed+"; "+why+unseen, open+"; or "+remedy)
	case need.High <= r.total:
		return passed(observed + takes + unseen)
	default:
		return unknown(fmt.Sprintf("%s%s, for which %s are left%s", observed, takes, inMiB(r.total-r.occupied), unseen), remedy)
	}
}
