package migration

import (
	"errors"
	"testing"

	"github.com/cachelift/cachelift/internal/target"
	"github.com/cachelift/cachelift/progress"
)

func TestResume(t *testing.T) {
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
		{"paused, and only a failure is known: a promotion may have come before it", observed{exists: true, status: statusAvailable, link: linkNone, pause: pauseYes, verdict: failed}, "", ErrOutcomeUnknown},
		{"paused, and no event: done long ago, or with another plan", observed{exists: true, status: statusAvailable, link: linkNone, pause: pauseYes, verdict: none}, "", ErrOutcomeUnknown},
		{"paused, and the group is not here: the wrong region", observed{pause: pauseYes}, "", ErrOutcomeUnknown},
		{"node silent, migrating", observed{exists: true, status: statusMigrating, link: linkUnknown, verdict: started}, progress.StateSyncing, nil},
		{"node silent, migrating, paused", observed{exists: true, status: statusMigrating, link: linkUnknown, pause: pauseYes, verdict: started}, progress.StateCompleting, nil},
		{"node silent, available, paused", observed{exists: true, status: statusAvailable, link: linkUnknown, pause: pauseYes}, "", ErrOutcomeUnknown},
		{"node silent, starting", observed{exists: true, status: statusModifying, link: linkUnknown, verdict: started}, progress.StateStarting, nil},
		{"node silent, nothing known", observed{exists: true, status: statusAvailable, link: linkUnknown}, preflight, nil},
		{"the host cannot tell, nothing under way", observed{exists: true, status: statusAvailable, link: linkNone, pause: pauseUnknown}, preflight, nil},
		{"the host cannot tell, under way", observed{exists: true, status: statusMigrating, link: linkOurs, pause: pauseUnknown}, "", errAny},
	} {
		d := resume(tc.in)
		switch {
		case tc.err == nil && (d.err != nil || d.state != tc.want || d.reason == ""):
			t.Errorf("%s: %s %q %v, want %s with a reason", tc.why, d.state, d.reason, d.err, tc.want)
		case tc.err != nil && tc.err != errAny && !errors.Is(d.err, tc.err), tc.err == errAny && d.err == nil:
			t.Errorf("%s: %s, error %v, want %v", tc.why, d.state, d.err, tc.err)
		}
	}
}

var errAny = errors.New("any")

// No combination of inputs is without a decision, and none both pauses and
// forgets: with writes paused and a replica of ours there is no way back that
// resumes them.
func TestResumeIsTotal(t *testing.T) {
	t.Parallel()
	n := 0
	for _, exists := range []bool{false, true} {
		for _, status := range []string{statusAvailable, statusModifying, statusMigrating, "snapshotting"} {
			for _, l := range []link{linkNone, linkOurs, linkOther, linkUnknown} {
				for _, up := range []bool{false, true} {
					for _, p := range []pause{pauseNo, pauseYes, pauseUnknown} {
						for _, v := range []target.Verdict{target.VerdictNone, target.VerdictStarted, target.VerdictFailed, target.VerdictCompleted} {
							o := observed{exists: exists, status: status, link: l, linkUp: up, pause: p, verdict: v}
							checkDecision(t, o)
							n++
						}
					}
				}
			}
		}
	}
	if n != 2*4*4*2*3*4 {
		t.Errorf("%d combinations", n)
	}
}

func checkDecision(t *testing.T, o observed) {
	t.Helper()
	d := resume(o)
	if d.err == nil && (d.reason == "" || d.state == "" || d.state.Terminal()) {
		t.Errorf("%+v: no decision: %+v", o, d)
	}
	if o.exists && o.link == linkOurs && o.pause == pauseYes && d.err == nil && d.state != progress.StateCompleting {
		t.Errorf("%+v: goes on in %s, from which writes could be resumed", o, d.state)
	}
	if o.pause == pauseYes && d.err == nil && !d.state.PastNoReturn() {
		t.Errorf("%+v: goes on in %s, from which writes could be resumed", o, d.state)
	}
	if d.state == progress.StateSwitching && (o.pause != pauseYes || o.verdict != target.VerdictCompleted) {
		t.Errorf("%+v: switches without proof", o)
	}
}
