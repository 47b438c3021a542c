package preflight

import (
	"fmt"
	"math"
)

// forecastChecks hold what the source is set to against what the full sync is
// expected to need ([Predict]).
func forecastChecks() []Check {
	return []Check{
		{
			ID: "source.fork-headroom", Title: "The source's memory survives the fork of the full sync",
			Detail: "The source forks to make the snapshot, and each page that is written to meanwhile is copied. Compares the machine's memory with what the process occupies, the forecast of what is copied (at the worst, all of it), and of what waits in the output buffer as far as its limit lets it grow; one without a limit is the matter of source.output-buffer." +
				" Assumes pages of 4 KiB from Redis 6.2 on and huge pages before. The server tells the memory of the machine: the limit of a container that it runs in is not seen and has to be compared by hand, nor are other processes.",
			DocURL: redisManagement + "admin/", Severity: Warning, Judge: judgeFork,
		},
		{
			ID: "source.output-buffer", Title: "The source's output buffer for replicas holds what is written during the full sync",
			Detail: "What is written from the fork until the target has loaded the snapshot waits in the source's output buffer. Beyond client-output-buffer-limit the source drops the target, and the full sync begins anew, without end: 103 of them in 12 seconds with a limit of 1 MiB (measured)." +
				" Compares the limit with the forecast, and, whatever the load is now, with a burst of " + inMiB(burst) + ": what half a gigabit of network carries in about half a second, or one large value." +
				" From Redis 7.0 on a hard limit below repl-backlog-size counts as that size (measured). Without a limit, and for any limit that is proposed, the source's memory has to hold it beside the process and what copy-on-write takes." +
				" Where the offset was not counted and scripts were called since the statistics began, or may have been, which may write much more than they are sent (48 MB/s for 3 KB/s, measured), the forecast has no upper end and the result is unknown; so it is after a single look.",
			DocURL: redisClients, UnknownSeverity: Warning,
			Judge: onConfig("a limit above what piles up until the target has loaded the snapshot, and above a burst of "+inMiB(burst)+"; or none, and memory for it", judgeBuffer, "config.replica_buffer", "config.backlog_size"),
		},
		{
			ID: "source.backlog", Title: "The source's replication backlog outlasts a broken link",
			Detail: fmt.Sprintf("While the link is broken, the source keeps the stream of writes in its backlog. If that is too small for the time, the target starts again with a full sync (measured). It should hold %d seconds of writes: the default of repl-timeout (documented), after which a silent link counts as broken. A rate that the replication offset told is doubled for bursts (assumed).", outage),
			DocURL: redisManagement + "replication/", Severity: Warning,
			Judge: onConfig(fmt.Sprintf("a backlog that holds %d s of writes", outage), judgeBacklog, "config.backlog_size"),
		},
		{
			ID: "source.repl-timeout", Title: "The source's replication time-out outlasts saving and loading",
			Detail: fmt.Sprintf("With a repl-timeout shorter than the save or the load, the source drops the target in the middle of it, again and again (measured). ElastiCache's own value is fixed at %d seconds (documented); less is enough if the pessimistic forecast of both is shorter, too little if the optimistic one is longer, and unknown between.", outage),
			DocURL: redisManagement + "replication/", Severity: Warning,
			Judge: onConfig(fmt.Sprintf("repl-timeout at least %d s, or the time to save and load", outage), judgeReplTimeout, "config.repl_timeout_seconds"),
		},
	}
}

const (
	// burst is what the output buffer has to hold even if nothing is written
	// now: the load of a few seconds says little of the hour of the sync.
	burst = 32 << 20
	// outage is how long a link may be silent, in seconds: repl-timeout as
	// Redis and ElastiCache have it.
	outage = 60
	// usualHard is the hard limit that Redis ships with.
	usualHard = 256 << 20
)

func judgeBacklog(f Facts, n Node, c NodeConfig) verdict {
	if c.BacklogSize <= 0 {
		return unknown(fmt.Sprintf("repl-backlog-size %d: that cannot be", c.BacklogSize), "run CONFIG GET repl-backlog-size on the source")
	}
	size := float64(c.BacklogSize)
	p, ok := Predict(f)
	if !ok || !p.LoadKnown {
		return unknown(fmt.Sprintf("backlog %s; how much is written was %s", inMiB(size), f.why("load", "source.used_memory", "source")),
			fmt.Sprintf("watch master_repl_offset of INFO replication on the source, and give repl-backlog-size what it grows by in %d seconds", outage))
	}
	need := p.WriteBytesPerSecond.times(exactly(outage))
	observed := fmt.Sprintf("backlog %s; written are %s, in %d s %s", inMiB(size), p.rate(), outage, p.orMore(need))
	mib := ceilMiB(need.High)
	remedy := fmt.Sprintf("on the source, run CONFIG SET repl-backlog-size %d (no restart; it takes that much memory) and set repl-backlog-size %dmb in redis.conf", mib<<20, mib)
	switch {
	case need.Low > size:
		return failed(observed, remedy)
	case need.High > size:
		return unknown(observed, remedy)
	case !p.WriteBounded:
		why, open := f.unbounded()
		return unknown(observed+"; "+why, open)
	default:
		return passed(observed)
	}
}

func judgeReplTimeout(f Facts, n Node, c NodeConfig) verdict {
	observed := fmt.Sprintf("repl-timeout %d s", c.ReplTimeoutSeconds)
	remedy := fmt.Sprintf("on the source, run CONFIG SET repl-timeout %d (no restart) and set repl-timeout %d in redis.conf", outage, outage)
	if c.ReplTimeoutSeconds <= 0 {
		return unknown(observed+": that cannot be", "run CONFIG GET repl-timeout on the source")
	}
	if c.ReplTimeoutSeconds >= outage {
		return passed(observed)
	}
	p, ok := Predict(f)
	if !ok {
		return unknown(observed+"; how long saving and loading take was "+f.why("source.used_memory", "source"), remedy)
	}
	need := p.SaveSeconds.plus(p.LoadSeconds)
	observed += fmt.Sprintf("; saving and loading take %.1f to %.1f s", need.Low, need.High)
	switch set := float64(c.ReplTimeoutSeconds); {
	case set >= need.High:
		return passed(observed)
	case set < need.Low:
		return failed(observed, remedy)
	default:
		return unknown(observed+": it may be too short", remedy)
	}
}

// inMiB writes a number of bytes. Rates of a few kilobytes should not read 0.
func inMiB(bytes float64) string {
	if bytes > 0 && bytes < 1<<20 {
		return fmt.Sprintf("%.3f MiB", bytes/(1<<20))
	}
	return fmt.Sprintf("%.1f MiB", bytes/(1<<20))
}

func (r Range) inMiB() string {
	if r.Low == r.High {
		return inMiB(r.Low)
	}
	return inMiB(r.Low) + " to " + inMiB(r.High)
}

// rate is the write rate in words.
func (p Forecast) rate() string { return p.orMore(p.WriteBytesPerSecond) + "/s" }

// orMore writes a number of bytes that follows from the write rate.
func (p Forecast) orMore(r Range) string {
	if p.WriteBounded {
		return r.inMiB()
	}
	return r.inMiB() + " or more"
}

// ceilMiB rounds up to whole MiB, one at the least. No machine has more than
// the most it returns.
func ceilMiB(bytes float64) int64 {
	const most = 1 << 40
	return int64(min(most, max(1, math.Ceil(bytes/(1<<20)))))
}
