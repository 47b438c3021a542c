package migration

import (
	"net"
	"strconv"
	"strings"
	"time"
)

// How often the servers are asked. ROLE costs a server 1 to 2 us and a full
// INFO 20 to 80 us (measured on Redis 7.0): together they stay below two
// thousandths of a core on each end, but for the pause: while the application waits they
// may be a few hundredths of one.
const (
	pollFast      = 25 * time.Millisecond  // ROLE, while something is about to change
	pollSteady    = 100 * time.Millisecond // ROLE, while in sync
	pollSlow      = 200 * time.Millisecond // ROLE, while nothing is
	pollPause     = 5 * time.Millisecond   // ROLE and INFO, while writes are being paused
	pollDrain     = 200 * time.Microsecond // the same, while they are
	pollInfo      = time.Second            // INFO of both ends
	pollInfoFirst = 250 * time.Millisecond // the same, at first
	pollInfoFor   = 15 * time.Second       // how long at first is
	pollInfoMost  = time.Minute            // the same, while in sync for long
	pollMost      = time.Second            // ROLE of a server that is slow to answer
	pollSyncMost  = 5 * time.Second        // both, in a sync that takes long
	pollStepMost  = 45 * time.Second       // both, during a step that takes days

	pollPromotion     = time.Millisecond      // ROLE and two sections of INFO, while the promotion is awaited
	pollPromotionMost = 10 * time.Millisecond // the same, when it takes minutes
	pollProof         = 5 * time.Millisecond  // whether a SourceFence holds, meanwhile
)

// pace is the interval after an answer that took that long: a server that is
// busy for seconds is asked less often. A shorter delay, as while it loads, must
// not make the end of it be noticed late.
func pace(d, took time.Duration) time.Duration {
	if took < pollMost {
		return d
	}
	return pollMost
}

// paceSync is the interval of the looks at a sync that has taken that long: a
// hundredth of it, so that the end is noticed at once as far as anybody can tell,
// and a sync of hours does not cost what one of seconds does.
func paceSync(elapsed, took time.Duration) time.Duration {
	return pace(min(max(elapsed/100, pollFast), pollSyncMost), took)
}

// paceDrain is the interval of the looks at a drain that has taken that long. Nobody
// writes then, and what is left is mostly there within a millisecond or two.
func paceDrain(elapsed time.Duration) time.Duration {
	return min(max(elapsed/50, pollDrain), pollPause)
}

// pacePromotion is the interval of the looks at a promotion that has taken that
// long: the application is waiting. After 10 s they cost the target less than a hundredth
// of a core.
func pacePromotion(elapsed time.Duration) time.Duration {
	return min(max(elapsed/1000, pollPromotion), pollPromotionMost)
}

// paceProof is the same for the question whether a SourceFence holds. An answer that has
// become too old when the promotion is seen costs a round trip.
func paceProof(elapsed time.Duration) time.Duration {
	return min(max(elapsed/200, pollProof), pollSteady)
}

// paceStep is the interval of the looks during a step of the host, in which the
// ElastiCache API is looked at every now and then.
func paceStep(elapsed, every time.Duration) time.Duration {
	return min(max(elapsed/20, time.Second), max(pollStepMost, every))
}

// mentions reports whether the text of an event names the source.
func mentions(text string, s Source) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(s.Address)) &&
		strings.Contains(text, strconv.Itoa(s.Port)) || strings.Contains(text, net.JoinHostPort(s.Address, strconv.Itoa(s.Port)))
}
