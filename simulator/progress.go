package simulator

import "time"

// verdict is what an attempt to become a replica has come to.
type verdict string

const (
	verdictPending  verdict = "pending"
	verdictLinked   verdict = "linked"
	verdictStalled  verdict = "stalled"  // no progress within the timeout
	verdictRejected verdict = "rejected" // the snapshot's format is foreign
)

// attempt judges one attempt of the primary to get in sync with a source.
// It measures time only between looks that the node answered: a node that
// loads a large data set may be silent for seconds and yet go forward.
type attempt struct {
	timeout      time.Duration
	lastProgress time.Time
	maxRead      int64
	maxLoaded    int64
}

func newAttempt(now time.Time, timeout time.Duration) *attempt {
	return &attempt{timeout: timeout, lastProgress: now}
}

// observe takes in one look and returns the verdict so far.
func (a *attempt) observe(now time.Time, st nodeState) verdict {
	if st.rejected {
		return verdictRejected
	}
	if st.role == "slave" && st.linkUp {
		return verdictLinked
	}
	progress := false
	if st.syncing && st.readBytes > a.maxRead {
		a.maxRead, progress = st.readBytes, true
	}
	if st.loading && st.loadBytes > a.maxLoaded {
		a.maxLoaded, progress = st.loadBytes, true
	}
	// Asked on the first connection of the attempt and nothing received yet: the
	// source prepares its snapshot, for seconds or minutes. One that refuses
	// drops the connection, so that the count of them grows; one that is silent
	// runs into the engine's own repl-timeout, with the same effect.
	if st.asked && a.maxRead == 0 && st.connects <= 1 {
		progress = true
	}
	if progress {
		a.lastProgress = now
	}
	if now.Sub(a.lastProgress) >= a.timeout {
		return verdictStalled
	}
	return verdictPending
}
