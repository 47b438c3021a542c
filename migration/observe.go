package migration

import (
	"fmt"

	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// link says whom the target's primary node follows.
type link string

const (
	linkNone    link = "none"    // it is a master
	linkOurs    link = "ours"    // a replica of the plan's source
	linkOther   link = "other"   // a replica of something else
	linkUnknown link = "unknown" // it did not answer
)

// pause is what the host says about writes to the source.
type pause string

const (
	pauseNo      pause = "no"
	pauseYes     pause = "yes"
	pauseUnknown pause = "unknown" // WritesPaused returned an error
)

// observed is all that decides where a migration stands. AWS and the servers
// are the truth; no file is.
type observed struct {
	exists  bool
	status  string
	link    link
	linkUp  bool
	pause   pause          // the host's WritesPaused
	verdict target.Verdict // of the newest migration event since the plan
}

// decision is the state to be in, and why.
type decision struct {
	state  progress.State
	reason string
	err    error // the plan cannot go on; state is meaningless
}

// resume picks the state to be in. It is total: every observation has a
// decision. A fresh start is the case in which nothing has happened yet.
//
// The status alone never decides: "available" is the status before a
// migration, after one and after a failed start.
func resume(o observed) decision {
	switch {
	case !o.exists && o.pause == pauseYes:
		return decision{err: fmt.Errorf("%w: the replication group does not exist", ErrOutcomeUnknown)}
	case !o.exists:
		return decision{state: progress.StatePreflight, reason: "the replication group does not exist"}
	case o.pause == pauseUnknown && (o.link == linkOurs || o.verdict == target.VerdictStarted || o.verdict == target.VerdictCompleted):
		return decision{err: fmt.Errorf("a migration to the target is under way or over, and the host cannot tell whether writes to the source are paused")}
	case o.link == linkOther:
		return decision{err: fmt.Errorf("%w: its primary replicates from another server", ErrTargetBusy)}
	case o.link == linkOurs:
		return resumeReplica(o)
	case o.link == linkUnknown:
		return resumeUnknown(o)
	}
	return resumeMaster(o)
}

// resumeReplica: the target follows our source.
func resumeReplica(o observed) decision {
	switch {
	case o.pause == pauseYes:
		// A completion request may be on its way: going forward is safe
		// whether it is or not, resuming writes is safe only if it is not.
		return decision{state: progress.StateCompleting, reason: "the target replicates from the source and writes are paused; completion may have been requested"}
	case o.status == statusModifying && !o.linkUp:
		return decision{state: progress.StateStarting, reason: "the target is becoming a replica of the source"}
	}
	return decision{state: progress.StateSyncing, reason: "the target replicates from the source"}
}

// resumeMaster: the target is a primary: before, after or between migrations.
func resumeMaster(o observed) decision {
	switch {
	case o.verdict == target.VerdictCompleted && o.pause == pauseYes:
		return decision{state: progress.StateSwitching, reason: "the target is promoted and writes are paused"}
	case o.verdict == target.VerdictCompleted:
		return decision{err: fmt.Errorf("%w, and writes to the source are open", ErrEnded)}
	case o.verdict == target.VerdictStarted && o.pause == pauseYes:
		return decision{state: progress.StateCompleting, reason: "the target is a primary and writes are paused; its event is awaited"}
	case o.pause == pauseYes:
		// Perhaps a migration that is done and whose events are gone, or are
		// older than the plan: opening the source would part the two ends.
		return decision{err: fmt.Errorf("%w: the target is a primary, and no event since the plan was made says how it became one", ErrOutcomeUnknown)}
	case o.verdict == target.VerdictStarted && o.status != statusAvailable:
		return decision{state: progress.StateStarting, reason: "StartMigration was accepted"}
	case o.status == statusMigrating:
		return decision{state: progress.StateStarting, reason: "the target's status is migrating"}
	}
	return decision{state: progress.StatePreflight, reason: "no migration is under way"}
}

// resumeUnknown: the target's primary does not answer us.
func resumeUnknown(o observed) decision {
	switch {
	case o.status == statusMigrating && o.pause == pauseYes:
		return decision{state: progress.StateCompleting, reason: "the target's status is migrating and writes are paused; completion may have been requested"}
	case o.status == statusMigrating:
		return decision{state: progress.StateSyncing, reason: "the target's status is migrating"}
	case o.verdict == target.VerdictCompleted || o.pause == pauseYes:
		return decision{err: fmt.Errorf("%w: the target's primary does not answer", ErrOutcomeUnknown)}
	case o.verdict == target.VerdictStarted && o.status == statusModifying:
		return decision{state: progress.StateStarting, reason: "StartMigration was accepted"}
	}
	return decision{state: progress.StatePreflight, reason: "no migration is under way"}
}

// Statuses of a replication group that the library looks for. "migrating" is
// missing from the service's model but documented in its guide; any other
// value is opaque.
const (
	statusAvailable = "available"
	statusModifying = "modifying"
	statusMigrating = "migrating"
)
