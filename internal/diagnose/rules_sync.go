package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// loops is how many full syncs of the target without following in between make a
// loop.
const loops = 2

// looping reports whether the full sync began over and over. When a run has ended,
// one that did not lead anywhere is enough to ask why.
func looping(in Input) bool { return in.ends() && in.past().inVain >= loops }

// gaveUp reports whether the service ended a migration whose target never followed.
func (in Input) gaveUp() bool { return in.Failure.Message != "" && in.past().followed.IsZero() }

func syncsSeen(in Input) []string {
	h := in.past()
	return []string{h.tell(sourceSyncFull), fmt.Sprintf("%d full syncs of the target without following in between", h.inVain)}
}

// syncRules are about a full sync that does not come to its end.
func syncRules() []rule {
	return slices.Concat(loopRules(), paceRules())
}

// loopRules are about one that begins over and over.
func loopRules() []rule {
	return []rule{{
		id: "save-failed", at: always, operator: true, retryable: true,
		match: func(in Input) bool {
			return looping(in) && in.past().last.Source.Str("rdb_last_bgsave_status") == "err"
		},
		rests: func(in Input) []string {
			return append(syncsSeen(in), "rdb_last_bgsave_status:err at the source", in.past().tell(sourcePartialErr))
		},
		cause:   progress.CauseSaveFailed,
		sees:    "sync_full of the source races, no bytes are transferred, and its rdb_last_bgsave_status is err",
		summary: "the source cannot make the snapshot: fork or the save fails",
		remedy:  "look at the source's log for what fails: memory for the fork (vm.overcommit_memory should be 1), space and permissions in its dir, another child that runs",
		doc:     docPersistence,
	}, {
		id: "rdb-too-new", at: always, operator: true,
		match: func(in Input) bool {
			if !in.ends() || in.past().inVain < loops && !in.gaveUp() {
				return false
			}
			_, fails := in.failed("pair.rdb-version")
			return fails
		},
		rests: func(in Input) []string {
			f, _ := in.failed("pair.rdb-version")
			return append(syncsSeen(in), f.Observed)
		},
		cause:   progress.CauseRDBRejected,
		sees:    "sync_full of the source grows about once a second, bytes are transferred and the link never comes up; the versions do not go together",
		summary: "the target cannot read the source's RDB version",
		remedy:  rdbRemedy,
		fix: func(in Input) string {
			f, _ := in.failed("pair.rdb-version")
			return f.Remedy
		},
		doc: docPrepare,
	}, {
		id: "output-buffer", at: always, operator: true,
		match:   overflowed,
		rests:   bufferSeen,
		cause:   progress.CauseOutputBuffer,
		sees:    "the target appears at the source and vanishes at each full sync; sync_full grows with each; omem of CLIENT LIST is near a limit of client-output-buffer-limit, or writes are too many for it; client_output_buffer_limit_disconnections grows (Redis 7.4, Valkey 8)",
		summary: "the source drops the target because what is written during the full sync does not fit into its output buffer, and the full sync begins anew",
		remedy:  "on the source, run CONFIG SET client-output-buffer-limit with more than is written during a full sync, or with 0 0 0 if its memory allows",
		fix:     bufferFix,
		doc:     docPrepare,
	}, {
		id: "repl-timeout", at: always, operator: true,
		match: timesOut,
		rests: func(in Input) []string {
			h := in.past()
			return append(syncsSeen(in), fmt.Sprintf("a new full sync every %v, and repl-timeout is %v", h.period().Round(time.Second), h.last.replTimeout()))
		},
		cause:   progress.CauseReplTimeout,
		sees:    "sync_full of the source grows by one each repl-timeout (\"Timeout receiving bulk data from MASTER\" in the target's log, \"Disconnecting timedout replica\" in the source's)",
		summary: "repl-timeout is shorter than a part of the full sync in which nothing is heard of the other end",
		remedy:  "on the source, run CONFIG SET repl-timeout with more than saving and loading take",
		fix:     timeoutFix,
		doc:     docPrepare,
	}, {
		id: "sync-loop", at: always, operator: true,
		match:   looping,
		rests:   func(in Input) []string { return append(syncsSeen(in), seenSample(in)...) },
		cause:   progress.CauseSyncLoop,
		sees:    "sync_full of the source grows and the target never follows",
		summary: "the full sync begins over and over",
		remedy:  "look at the source's log at the times of the full syncs: it says why it dropped the replica; at the network; and at the versions of both ends",
		doc:     docPrepare,
	}}
}

// paceRules are about one that is too slow for something, or does not move.
func paceRules() []rule {
	return []rule{{
		id: "buffer-filling", at: onTheWay, operator: true, retryable: true,
		match: func(in Input) bool {
			s := in.past().last.Sample
			b := s.Buffer
			return in.live && b != nil && b.LimitIn >= 0 && !s.LinkUp && s.ETALow > 0 && b.LimitIn < s.ETALow
		},
		rests: func(in Input) []string {
			s := in.past().last.Sample
			return []string{bufferText(*s.Buffer), fmt.Sprintf("at its limit in %v, and the full sync takes %v more at the least", s.Buffer.LimitIn.Round(time.Second), s.ETALow.Round(time.Second))}
		},
		cause:   progress.CauseOutputBuffer,
		sees:    "during the full sync omem of CLIENT LIST grows so fast that it reaches client-output-buffer-limit before the sync can be over",
		summary: "the source is about to drop the target because its output buffer fills up, and the full sync will begin anew",
		remedy:  "on the source, run CONFIG SET client-output-buffer-limit with more than is written during a full sync: it counts at once",
		fix:     bufferFix,
		doc:     docPrepare,
	}, {
		id: "not-converging", at: always, operator: true, retryable: true,
		match: func(in Input) bool { return in.ends() && in.past().last.Sample.NotConverging },
		rests: func(in Input) []string {
			s := in.past().last.Sample
			return []string{fmt.Sprintf("lag %d bytes; the source writes %.0f bytes a second, the target applies %.0f", s.Lag, s.SourceWriteRate, s.BytesPerSecond)}
		},
		cause:   progress.CauseNotConverging,
		sees:    "the link is up, and master_repl_offset of the source grows faster than slave_repl_offset of the target",
		summary: "the source is written to faster than the target applies, so that the target never catches up",
		remedy:  "write less until the target has caught up, or take a node type with a faster core and more network",
		doc:     docStart,
	}, {
		id: "stuck", at: always, operator: true, retryable: true,
		match: func(in Input) bool {
			h := in.past()
			return in.ends() && h.last.both() && h.last.follows() && h.stillLooks >= stuckLooks && h.quiet() > h.last.replTimeout()
		},
		rests: func(in Input) []string {
			h := in.past()
			return append([]string{fmt.Sprintf("nothing has moved for %v; repl-timeout is %v", h.quiet().Round(time.Second), h.last.replTimeout())}, seenSample(in)...)
		},
		cause:   progress.CauseStuck,
		sees:    "no counter of the phase moves for longer than repl-timeout: keys saved, bytes read, bytes loaded, offset applied",
		summary: "the synchronisation does not move",
		remedy:  "look at the network between the two ends, at the source's log, and whether its save hangs; to begin anew, stop the migration (Abort) and start again",
		doc:     docStart,
	}}
}

// stuckLooks is how many looks have to show no movement.
const stuckLooks = 2

// overflowed: the source says that it dropped a replica for its buffer, or the
// buffer was seen nearly full before the target was dropped, or what is written in
// one attempt is more than a limit. The time of an attempt is that between two full
// syncs.
func overflowed(in Input) bool {
	h := in.past()
	switch {
	case !in.ends():
		return false
	case h.counters[sourceBufferDrops].grown > 0 && (h.inVain > 0 || !h.last.up()):
		return true
	case h.inVain < loops:
		return false
	case fill(h.peak) >= bufferFull:
		return true
	}
	hard, ok := in.hardLimit()
	return ok && hard > 0 && h.last.Sample.SourceWriteRate*h.period().Seconds() >= float64(hard)
}

// bufferFull is how full a buffer has to have been seen to be taken for the reason
// of a drop. Samples are apart, so that the last one before it overflowed may have
// seen much less.
const bufferFull = 0.5

// hardLimit is the size at which the source drops the target.
func (in Input) hardLimit() (int64, bool) {
	if b := in.past().last.Sample.Buffer; b != nil {
		return b.Hard, true
	}
	if b := in.past().peak; b.Hard > 0 {
		return b.Hard, true
	}
	if c := in.config(); c != nil {
		return c.ReplicaBuffer.Hard, true
	}
	return 0, false
}

// config is the source's; nil if it is not known.
func (in Input) config() *preflight.NodeConfig {
	if in.Facts == nil || in.Facts.Source == nil {
		return nil
	}
	return in.Facts.Source.Config
}

// period is the mean time between the last full syncs of a loop; 0 if there were
// none.
func (h *History) period() time.Duration {
	n := len(h.began)
	if n < 2 {
		return 0
	}
	return h.began[n-1].Sub(h.began[0]) / time.Duration(n-1)
}

// timesOut: the full syncs come at intervals of repl-timeout, or a little more: a
// server looks once a second, and a replica tries again after a second.
func timesOut(in Input) bool {
	h := in.past()
	timeout := h.last.replTimeout()
	if !looping(in) || len(h.began) < 3 {
		return false
	}
	for i := 1; i < len(h.began); i++ {
		// Samples are seconds apart in a long sync.
		gap := h.began[i].Sub(h.began[i-1])
		if gap < timeout-timeout/4 || gap > timeout+timeout/2+5*time.Second {
			return false
		}
	}
	return true
}

func seenSample(in Input) []string {
	s := in.past().last.Sample
	if s.At.IsZero() {
		return nil
	}
	return []string{"last sample " + s.At.UTC().Format(time.RFC3339) + ": " + s.String()}
}
