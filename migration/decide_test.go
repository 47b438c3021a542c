package migration

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	const (
		started, failed, completed, none = target.VerdictStarted, target.VerdictFailed, target.VerdictCompleted, target.VerdictNone
		preflight                        = progress.StatePreflight
	)
	for _, tc := range []struct {
		why  string
		in   observed
		want progress.State
		err  error
	}{
		{"the group is not there: the report says so", observed{}, preflight, nil},
		{"nothing has happened", observed{exists: true, status: statusAvailable, link: linkNone, verdict: none}, preflight, nil},
		{"available after a failed start", observed{exists: true, status: statusAvailable, link: linkNone, verdict: failed}, preflight, nil},
		{"back to available, its event is late", observed{exists: true, status: statusAvailable, link: linkNone, verdict: started}, preflight, nil},
		{"start accepted, not a replica yet", observed{exists: true, status: statusModifying, link: linkNone, verdict: started}, progress.StateStarting, nil},
		{"another modification", observed{exists: true, status: statusModifying, link: linkNone, verdict: none}, preflight, nil},
		{"becoming a replica", observed{exists: true, status: statusModifying, link: linkOurs, verdict: started}, progress.StateStarting, nil},
		{"replicates before the status says so", observed{exists: true, status: statusModifying, link: linkOurs, linkUp: true, verdict: started}, progress.StateSyncing, nil},
		{"migrating", observed{exists: true, status: statusMigrating, link: linkOurs, linkUp: true, verdict: started}, progress.StateSyncing, nil},
		{"migrating, link lost", observed{exists: true, status: statusMigrating, link: linkOurs, verdict: started}, progress.StateSyncing, nil},
		{"paused by a dead run: a completion may be out", observed{exists: true, status: statusMigrating, link: linkOurs, linkUp: true, pause: pauseYes, verdict: started}, progress.StateCompleting, nil},
		{"completion requested, not promoted yet", observed{exists: true, status: statusModifying, link: linkOurs, linkUp: true, pause: pauseYes, verdict: started}, progress.StateCompleting, nil},
		{"promoted, event late", observed{exists: true, status: statusModifying, link: linkNone, pause: pauseYes, verdict: started}, progress.StateCompleting, nil},
		{"promoted, not switched", observed{exists: true, status: statusAvailable, link: linkNone, pause: pauseYes, verdict: completed}, progress.StateSwitching, nil},
		{"promoted, status lags", observed{exists: true, status: statusModifying, link: linkNone, pause: pauseYes, verdict: completed}, progress.StateSwitching, nil},
		{"ended, and the source is open: switching would lose writes", observed{exists: true, status: statusAvailable, link: linkNone, verdict: completed}, "", ErrEnded},
		{"a foreign source", observed{exists: true, status: statusMigrating, link: linkOther, linkUp: true}, "", ErrTargetBusy},
		{"paused, and the service gave the migration up: that is a definite refusal", observed{exists: true, status: statusAvailable, link: linkNone, pause: pauseYes, verdict: failed}, progress.StateCompleting, nil},
		{"paused, and a promotion came before the failure", observed{exists: true, status: statusAvailable, link: linkNone, pause: pauseYes, verdict: failed, ended: true}, "", ErrOutcomeUnknown},
		{"paused, and no event: done long ago, or with another plan", observed{exists: true, status: statusAvailable, link: linkNone, pause: pauseYes, verdict: none}, "", ErrOutcomeUnknown},
		{"paused, and the group is not here: the wrong region", observed{pause: pauseYes}, "", ErrOutcomeUnknown},
		{"node silent, migrating", observed{exists: true, status: statusMigrating, link: linkUnknown, verdict: started}, progress.StateSyncing, nil},
		{"node silent, migrating, paused", observed{exists: true, status: statusMigrating, link: linkUnknown, pause: pauseYes, verdict: started}, progress.StateCompleting, nil},
		{"node silent, available, paused", observed{exists: true, status: statusAvailable, link: linkUnknown, pause: pauseYes}, "", ErrOutcomeUnknown},
		{"node silent, starting", observed{exists: true, status: statusModifying, link: linkUnknown, verdict: started}, progress.StateStarting, nil},
		{"node silent, nothing known", observed{exists: true, status: statusAvailable, link: linkUnknown}, preflight, nil},
		{"caught up", observed{exists: true, status: statusMigrating, link: linkOurs, linkUp: true, offsets: offsetsLevel, verdict: started}, progress.StateInSync, nil},
		{"behind", observed{exists: true, status: statusMigrating, link: linkOurs, linkUp: true, offsets: offsetsBehind, verdict: started}, progress.StateSyncing, nil},
		{"level when the link broke", observed{exists: true, status: statusMigrating, link: linkOurs, offsets: offsetsLevel, verdict: started}, progress.StateSyncing, nil},
		{"promoted with all there is, event late", observed{exists: true, status: statusAvailable, link: linkNone, pause: pauseYes, verdict: started, history: lineageHeir}, progress.StateSwitching, nil},
		{"the same while the group is modified: perhaps a failover", observed{exists: true, status: statusModifying, link: linkNone, pause: pauseYes, verdict: started, history: lineageHeir}, progress.StateCompleting, nil},
		{"promoted with all there is, and no event tells of a migration", observed{exists: true, status: statusAvailable, link: linkNone, pause: pauseYes, verdict: none, history: lineageHeir}, "", ErrOutcomeUnknown},
		{"a start from another source", observed{exists: true, status: statusModifying, link: linkNone, verdict: started, named: namedOther}, "", ErrTargetBusy},
		{"a start from another source that is over", observed{exists: true, status: statusAvailable, link: linkNone, verdict: failed, named: namedOther}, preflight, nil},
		{"a failover while it migrates: the master that answers is not believed", observed{exists: true, status: statusMigrating, members: membersMoving, link: linkNone, verdict: started}, progress.StateSyncing, nil},
		{"start asked for, nothing to be seen", observed{exists: true, status: statusAvailable, link: linkNone, verdict: none, asked: askedStart}, preflight, nil},
		{"start asked for, the look is older", observed{exists: true, link: linkNone, verdict: none, asked: askedStart}, preflight, nil},
		{"start asked for, the event is there and the status stale", observed{exists: true, status: statusAvailable, link: linkNone, verdict: started, asked: askedStart}, progress.StateStarting, nil},
		{"start asked for, modifying", observed{exists: true, status: statusModifying, link: linkNone, verdict: none, asked: askedStart}, progress.StateStarting, nil},
		{"start asked for, and failed already: not to be made again", observed{exists: true, status: statusAvailable, link: linkNone, verdict: failed, asked: askedStart}, progress.StateStarting, nil},
		{"start asked for, another one won", observed{exists: true, status: statusModifying, link: linkNone, verdict: started, named: namedOther, asked: askedStart}, "", ErrTargetBusy},
		{"completion asked for, follows still", observed{exists: true, status: statusMigrating, link: linkOurs, linkUp: true, pause: pauseYes, asked: askedComplete}, progress.StateCompleting, nil},
		{"completion asked for, refused", observed{exists: true, status: statusMigrating, link: linkOurs, linkUp: true, pause: pauseYes, verdict: target.VerdictNotInSync, asked: askedComplete}, progress.StateInSync, nil},
		{"completion asked for, refused by an event that is older than the status", observed{exists: true, status: statusModifying, link: linkOurs, linkUp: true, pause: pauseYes, verdict: target.VerdictNotInSync, asked: askedComplete}, progress.StateCompleting, nil},
		{"promoted, the history proves it", observed{exists: true, status: statusModifying, link: linkNone, history: lineageAll, pause: pauseYes, asked: askedComplete}, progress.StateSwitching, nil},
		{"promoted too early", observed{exists: true, status: statusAvailable, link: linkNone, history: lineagePart, pause: pauseYes, verdict: completed, asked: askedComplete}, "", ErrOutcomeUnknown},
		{"a master that proves nothing", observed{exists: true, status: statusModifying, link: linkNone, history: lineageOther, pause: pauseYes, asked: askedComplete}, progress.StateCompleting, nil},
		{"the same in an available group: it may be an empty node", observed{exists: true, status: statusAvailable, link: linkNone, history: lineageOther, pause: pauseYes, asked: askedComplete}, progress.StateCompleting, nil},
		{"the same, and the service confirms", observed{exists: true, status: statusAvailable, link: linkNone, history: lineageOther, pause: pauseYes, verdict: completed, asked: askedComplete}, progress.StateSwitching, nil},
		{"an heir in a failover", observed{exists: true, status: statusMigrating, link: linkNone, history: lineageHeir, pause: pauseYes, asked: askedComplete}, progress.StateCompleting, nil},
		{"an heir in an available group", observed{exists: true, status: statusAvailable, link: linkNone, history: lineageHeir, pause: pauseYes, asked: askedComplete}, progress.StateSwitching, nil},
		{"an heir that lags, in a failover", observed{exists: true, status: statusMigrating, link: linkNone, history: lineageBehind, pause: pauseYes, asked: askedComplete}, progress.StateCompleting, nil},
		{"an heir that lags, and the service calls it done", observed{exists: true, status: statusAvailable, link: linkNone, history: lineageBehind, pause: pauseYes, verdict: completed, asked: askedComplete}, "", ErrOutcomeUnknown},
		{"given up while it completes", observed{exists: true, status: statusAvailable, link: linkNone, history: lineageOther, pause: pauseYes, verdict: failed, asked: askedComplete}, progress.StateInSync, nil},
		{"promoted while writes were open", observed{exists: true, status: statusAvailable, link: linkNone, history: lineageAll, pause: pauseNo, verdict: completed, asked: askedComplete}, "", ErrOutcomeUnknown},
		{"promoted, and the source is gone", observed{exists: true, status: statusAvailable, link: linkNone, history: lineageAll, pause: pauseUnknown, verdict: completed, asked: askedComplete}, progress.StateSwitching, nil},
		{"the host cannot tell, nothing under way", observed{exists: true, status: statusAvailable, link: linkNone, pause: pauseUnknown}, preflight, nil},
		{"the host cannot tell, under way", observed{exists: true, status: statusMigrating, link: linkOurs, pause: pauseUnknown}, "", errAny},
	} {
		d := decide(tc.in)
		switch {
		case tc.err == nil && (d.err != nil || d.state != tc.want || d.reason == ""):
			t.Errorf("%s: %s %q %v, want %s with a reason", tc.why, d.state, d.reason, d.err, tc.want)
		case tc.err != nil && tc.err != errAny && !errors.Is(d.err, tc.err), tc.err == errAny && d.err == nil:
			t.Errorf("%s: %s, error %v, want %v", tc.why, d.state, d.err, tc.err)
		}
	}
}

var errAny = errors.New("any")

// observations is how many there are.
const observations = 2 * 5 * 2 * 4 * 2 * 3 * 5 * 3 * 5 * 2 * 3 * 3

// everyObservation goes through the whole cross product of what can be observed.
func everyObservation(yield func(observed) bool) {
	verdicts := []target.Verdict{target.VerdictNone, target.VerdictStarted, target.VerdictFailed, target.VerdictCompleted, target.VerdictNotInSync}
	for i := range observations {
		next := func(n int) int { k := i % n; i /= n; return k }
		o := observed{
			exists:  next(2) == 1,
			status:  []string{statusAvailable, statusModifying, statusMigrating, "snapshotting", ""}[next(5)],
			members: []members{membersSteady, membersMoving}[next(2)],
			link:    []link{linkNone, linkOurs, linkOther, linkUnknown}[next(4)],
			linkUp:  next(2) == 1,
			offsets: []offsets{offsetsLevel, offsetsBehind, offsetsUnknown}[next(3)],
			history: []lineage{lineageAll, lineagePart, lineageHeir, lineageBehind, lineageOther}[next(5)],
			pause:   []pause{pauseNo, pauseYes, pauseUnknown}[next(3)],
			verdict: verdicts[next(5)],
			ended:   next(2) == 1,
			named:   []named{namedOurs, namedOther, namedUnknown}[next(3)],
			asked:   []asked{askedNothing, askedStart, askedComplete}[next(3)],
		}
		if !yield(o) {
			return
		}
	}
}

// No combination of inputs is without a decision, and none leads where an
// acknowledged write could be lost or a request be made twice.
func TestDecideIsTotal(t *testing.T) {
	t.Parallel()
	n, rules := 0, decisionRules()
	for o := range everyObservation {
		n++
		d := decide(o)
		for _, rule := range rules {
			if rule.broken(o, d) {
				t.Fatalf("%s: %+v leads to %+v", rule.why, o, d)
			}
		}
	}
	if n != observations {
		t.Errorf("%d combinations, want %d", n, observations)
	}
}

type decisionRule struct {
	why    string
	broken func(observed, decision) bool
}

func decisionRules() []decisionRule {
	fine := func(d decision) bool { return d.err == nil }
	isIn := func(d decision, states ...progress.State) bool { return fine(d) && slices.Contains(states, d.state) }
	return []decisionRule{
		{"a decision is a state with a reason, or an error", func(o observed, d decision) bool {
			return fine(d) && (d.reason == "" || d.state == "" || d.state.Terminal()) || !fine(d) && (d.state != "" || d.reason != "")
		}},
		{"with writes paused there is no way to a state that resumes them, but on a definite refusal", func(o observed, d decision) bool {
			refused := o.asked == askedComplete && (o.verdict == target.VerdictFailed && o.link == linkNone ||
				o.link == linkOurs && o.status == statusMigrating && (o.verdict == target.VerdictNotInSync || o.verdict == target.VerdictFailed))
			return o.pause == pauseYes && o.asked != askedStart && fine(d) && !d.state.PastNoReturn() && !refused
		}},
		{"nobody switches while writes are open", func(o observed, d decision) bool {
			return o.pause == pauseNo && isIn(d, progress.StateSwitching)
		}},
		{"nobody switches without a primary, seen or confirmed", func(o observed, d decision) bool {
			return isIn(d, progress.StateSwitching) && o.link != linkNone
		}},
		{"nobody switches without proof", func(o observed, d decision) bool {
			proven := o.verdict == target.VerdictCompleted || o.asked == askedComplete && o.history == lineageAll || o.hasAll() && o.status == statusAvailable
			return isIn(d, progress.StateSwitching) && !proven
		}},
		{"nobody switches to a node that lacks some of the source's history", func(o observed, d decision) bool {
			return o.asked == askedComplete && isIn(d, progress.StateSwitching) && (o.history == lineagePart || o.history == lineageBehind)
		}},
		{"nobody switches after the service gave the migration up", func(o observed, d decision) bool {
			return o.verdict == target.VerdictFailed && isIn(d, progress.StateSwitching)
		}},
		{"nobody switches while it is being decided who is the primary", func(o observed, d decision) bool {
			return isIn(d, progress.StateSwitching) && o.members == membersMoving
		}},
		{"nobody goes on with another source's replica", func(o observed, d decision) bool {
			return o.exists && o.link == linkOther && o.asked != askedComplete && fine(d)
		}},
		{"a completion that was asked for leads nowhere but forward or back to in_sync", func(o observed, d decision) bool {
			return o.asked == askedComplete && fine(d) && !isIn(d, progress.StateCompleting, progress.StateSwitching, progress.StateInSync)
		}},
		{"an error after a completion says that the outcome is not known", func(o observed, d decision) bool {
			return o.asked == askedComplete && !fine(d) && !errors.Is(d.err, ErrOutcomeUnknown)
		}},
		{"a start that shows signs of acceptance is not made again", func(o observed, d decision) bool {
			signs := o.link == linkOurs || o.verdict == target.VerdictStarted || o.status == statusModifying || o.status == statusMigrating
			return o.exists && o.asked == askedStart && signs && isIn(d, progress.StatePreflight, progress.StateTesting)
		}},
		{"a replica of ours is not started again", func(o observed, d decision) bool {
			return o.exists && o.link == linkOurs && isIn(d, progress.StatePreflight)
		}},
		{"in sync needs a link", func(o observed, d decision) bool {
			return o.asked != askedComplete && isIn(d, progress.StateInSync) && (!o.linkUp || o.link != linkOurs)
		}},
		{"an error with writes paused says so", func(o observed, d decision) bool {
			return o.pause == pauseYes && !fine(d) && !errors.Is(d.err, ErrOutcomeUnknown)
		}},
		{"a group that is busy is refused with the difference", func(o observed, d decision) bool {
			return errors.Is(d.err, ErrTargetBusy) && !strings.Contains(d.err.Error(), "the plan's source is")
		}},
	}
}
