package migration

import (
	"errors"
	"fmt"

	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

// decide picks the state to be in. A run begins with it, so that a fresh start
// is the case in which nothing has happened yet, and goes by it after each
// call whose outcome is not known. It is pure and total: every observation has a
// decision.
//
// The status alone never decides: "available" is the status before a
// migration, after one and after a failed start.
func decide(o observed) decision {
	if o.link == linkNone && o.members == membersMoving {
		o.link = linkUnknown // which node is the primary is being decided just now
	}
	switch {
	case !o.exists:
		return decideGone(o)
	case o.asked == askedComplete:
		return decideCompletion(o)
	case o.pause == pauseUnknown && (o.link == linkOurs || o.verdict == target.VerdictStarted || o.verdict == target.VerdictCompleted):
		return decision{err: errors.New("a migration to the target is under way or over, and the host cannot tell whether writes to the source are paused")}
	case o.link == linkOther:
		return decideBusy(o, "its primary replicates from %s", o.texts.upstream)
	case o.link == linkOurs:
		return decideReplica(o)
	case o.named == namedOther && o.verdict == target.VerdictStarted && (o.status != statusAvailable || o.asked == askedStart):
		return decideBusy(o, "its status is %q and its newest start is one from %s", o.status, o.texts.started)
	case o.asked == askedStart:
		return decideStart(o)
	case o.link == linkUnknown:
		return decideSilent(o)
	}
	return decidePrimary(o)
}

// decideGone: there is no such group.
func decideGone(o observed) decision {
	switch {
	case o.pause == pauseYes || o.asked == askedComplete:
		return decision{err: fmt.Errorf("%w: the replication group does not exist", ErrOutcomeUnknown)}
	case o.asked == askedStart:
		return decision{err: errors.New("the replication group does not exist any more")}
	}
	return decision{state: progress.StatePreflight, reason: "the replication group does not exist"}
}

// decideBusy: the group is under another migration than ours. What became of a
// completion that may have been requested before cannot be told.
func decideBusy(o observed, format string, args ...any) decision {
	err := fmt.Errorf("%w: %s, the plan's source is %s", ErrTargetBusy, fmt.Sprintf(format, args...), o.texts.source)
	if o.pause == pauseYes {
		err = fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	}
	return decision{err: err}
}

// decideReplica: the target follows our source.
func decideReplica(o observed) decision {
	switch {
	case o.pause == pauseYes:
		// A completion request may be on its way: going forward is safe
		// whether it is or not, resuming writes is safe only if it is not.
		return decision{state: progress.StateCompleting, reason: "the target replicates from the source and writes are paused; completion may have been requested"}
	case o.status == statusModifying && !o.linkUp:
		return decision{state: progress.StateStarting, reason: "the target is becoming a replica of the source"}
	case o.linkUp && o.offsets == offsetsLevel:
		return decision{state: progress.StateInSync, reason: "the target replicates from the source and has caught up"}
	}
	return decision{state: progress.StateSyncing, reason: "the target replicates from the source"}
}

// decideStart: a start was asked for, and the target does not follow yet. What
// was published and what the status is are of later than the request, so that
// each sign of a migration is one of it. Whether it failed meanwhile is for the
// state starting to find out: in any case it was accepted, and is not made again.
func decideStart(o observed) decision {
	switch o.verdict {
	case target.VerdictStarted, target.VerdictFailed, target.VerdictCompleted:
		return decision{state: progress.StateStarting, reason: "StartMigration was accepted, an event says so"}
	}
	if o.status == statusModifying || o.status == statusMigrating {
		return decision{state: progress.StateStarting, reason: fmt.Sprintf("StartMigration was accepted, the target's status is %s", o.status)}
	}
	return decision{state: progress.StatePreflight, reason: "nothing shows that StartMigration was accepted"}
}

// decidePrimary: the target is a primary: before, after or between migrations.
func decidePrimary(o observed) decision {
	switch {
	case o.verdict == target.VerdictCompleted && o.pause == pauseYes:
		return decision{state: progress.StateSwitching, reason: "the target is promoted and writes are paused"}
	case o.verdict == target.VerdictCompleted:
		return decision{err: fmt.Errorf("%w, and writes to the source are open", ErrEnded)}
	case o.verdict == target.VerdictStarted && o.pause == pauseYes && o.status == statusAvailable && o.hasAll():
		return decision{state: progress.StateSwitching, reason: "the target was promoted with all that the source holds, and writes are paused"}
	case o.verdict == target.VerdictStarted && o.pause == pauseYes:
		return decision{state: progress.StateCompleting, reason: "the target is a primary and writes are paused; its event is awaited"}
	case o.verdict == target.VerdictFailed && o.pause == pauseYes && !o.ended:
		return decision{state: progress.StateCompleting, reason: "ElastiCache gave the migration up while writes were paused"}
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

// decideSilent: the target's primary does not answer us.
func decideSilent(o observed) decision {
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

// hasAll reports whether the target's primary has all of the source's history.
func (o observed) hasAll() bool { return o.history == lineageAll || o.history == lineageHeir }

// decideCompletion: a completion was asked for while writes were paused. A
// primary that says master is the promotion that was asked for if it is the node of
// the drain, names the source's history and left it at or behind the offset of the
// drain. Another node may be one that took over in a failover, and a replica of the
// group has the source's history as well; one that names another history, or none,
// may have been restarted or put in the place of one that was lost. Then the service
// has to confirm the promotion first: by its event, or by its status since if the
// node has all. That it gave the migration up is a definite refusal: its status is
// available then too, and the node may be an empty one.
//
// Writes must have stayed paused: a source that was restarted has lost its fence,
// and what it acknowledged since is nowhere else. A host that cannot tell is no
// reason to keep the application from a target that is promoted.
//
// Step 7 of docs/cutover.md.
func decideCompletion(o observed) decision {
	says := o.verdict == target.VerdictCompleted || o.status == statusAvailable
	switch {
	case o.link == linkOurs && o.status == statusMigrating && (o.verdict == target.VerdictNotInSync || o.verdict == target.VerdictFailed):
		return decision{state: progress.StateInSync, reason: "ElastiCache refused to complete, and the target goes on replicating"}
	case o.link == linkOurs:
		return decision{state: progress.StateCompleting, reason: "the target follows the source still"}
	case o.link != linkNone:
		return decision{state: progress.StateCompleting, reason: "the target's primary is not to be seen"}
	case o.verdict == target.VerdictFailed:
		return decision{state: progress.StateInSync, reason: "ElastiCache gave the migration up"}
	case o.history == lineagePart, o.history == lineageBehind && says:
		return decision{err: fmt.Errorf("%w: the target was promoted at offset %d, before the source's %d", ErrOutcomeUnknown, o.texts.left, o.texts.drained)}
	case o.history != lineageAll && o.verdict != target.VerdictCompleted && !(o.history == lineageHeir && says):
		return decision{state: progress.StateCompleting, reason: "the target is a primary, and nothing proves yet that it was promoted by the completion"}
	case o.pause == pauseNo:
		return decision{err: fmt.Errorf("%w: writes to the source were open after the completion was requested: compare both ends before the application goes on", ErrOutcomeUnknown)}
	case o.history == lineageAll:
		return decision{state: progress.StateSwitching, reason: "the target was promoted with all that the source holds"}
	}
	return decision{state: progress.StateSwitching, reason: "the target was promoted, the service says so"}
}
