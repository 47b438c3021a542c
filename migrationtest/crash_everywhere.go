package migrationtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cachelift/cachelift/migration"
)

// Host is what a crash matrix is given for one of its cases: the host's own
// part of a migration.
type Host struct {
	// Options returns the options of a process, with the host's workflow and its
	// Cutover. It is called for each process of the case, so what a process keeps
	// in memory it makes anew, a [migration.SourceFence] above all; what outlives
	// a process, such as the flag behind a gate, it takes from around it. Nil
	// options are a migration without steps. Required.
	Options func() *migration.Options
	// Check looks at the host's own world when the migration is done, and
	// returns an error if that is not as it should be: a record that was written
	// twice, a ticket that is still open. Nil means that there is nothing to look
	// at.
	Check func() error
}

// Crashes describe a crash matrix; see [CrashEverywhere].
type Crashes struct {
	// Bubble plays a case inside [testing/synctest.Test], with the *testing.T of
	// the bubble. It must not return before play has. Required.
	Bubble func(play func(TB))
	// Host returns the host's part of a case. It is given a fresh scenario, which
	// it may describe, but not run. It has to be the same for each case.
	// Required.
	Host func(*Scenario) Host
	// Only are the names of the points to play, as a failure gives them. Nil
	// means all.
	Only []string
	// Every makes a sample of the points: each time so many are passed over to
	// one that is played. Zero and one mean all.
	Every int
}

// crashPoint is one case of a matrix.
type crashPoint struct {
	refused bool // the service refuses the first completion
	at      int  // the side effect that is struck; negative: none
	what    string
	how     crashKind
}

// String is the point's name.
func (p crashPoint) String() string {
	name := "no fault"
	if p.at >= 0 {
		name = p.what + ", " + string(p.how)
	}
	if p.refused {
		return "a completion was refused: " + name
	}
	return name
}

// CrashEverywhere tests that a host's migration comes to its end whatever goes
// wrong at whatever point, with the process that drives it alive or dead, and
// never does a side effect twice. It returns the names of the points that it
// has played.
//
//	func TestOurMigrationSurvivesEveryCrash(t *testing.T) {
//		migrationtest.CrashEverywhere(t, migrationtest.Crashes{
//			Bubble: func(play func(migrationtest.TB)) {
//				synctest.Test(t, func(t *testing.T) { play(t) })
//			},
//			Host: func(s *migrationtest.Scenario) migrationtest.Host {
//				gate := newAppGate(s) // what outlives a process
//				return migrationtest.Host{Options: func() *migration.Options {
//					return &migration.Options{Cutover: gate, Workflow: ourWorkflow()}
//				}}
//			},
//		})
//	}
//
// # The points
//
// It migrates once without a fault and counts the side effects: the API calls
// that change something, the commands that change something at the source and
// at the target (those of a [migration.SourceFence], and those of steps by their
// [migration.Session]), the calls of the Cutover, and of the steps and their
// Undo. It migrates once more with a completion that the service refuses, for
// those of backing out. Then, for each of them and each of these, a fresh scenario
// is played up to there:
//
//   - "error before": it is refused, and not done;
//   - "request lost", "reply lost": the connection breaks before it is done, or
//     when it is done; not for calls of the host's own code;
//   - "error after": it is done, and answered with an error;
//   - "process gone before", "process gone after": the process dies, see
//     [Scenario.Crash], before it is done, or when it is.
//
// If the process dies, or its Run ends with an error, a new Migrator is made
// from the stored plan, at once, as a supervisor would, until one comes to the
// end.
//
// # What has to hold
//
//   - The migration ends in done after four processes at the most, on the
//     group's primary; StartMigration took effect once, and so did the completion.
//   - No write that the source has acknowledged is lost, and never are writes
//     open on both ends: what the source acknowledges after the promotion is
//     nowhere else. The application is the source's WriteRate, so a Cutover of the
//     host's own has to stop that, as [Scenario.Migrator] says.
//   - Never does a Run leave writes paused with an error that does not say so,
//     and ResumeWrites resumes them.
//   - The source's settings are as before after a run that has given up, and in the
//     end as they are when nothing goes wrong: a fence is closed after a success
//     alone.
//   - The steps were called in their order, all of them, and those between in_sync
//     and completing in each attempt. A run that gave the cut-over up has undone
//     what it had begun, the last one first; nothing is undone after the
//     completion.
//   - Host.Check returns nil.
//
// The first point at which something does not hold fails the test with its name,
// what is wrong, all side effects, and the transcript; with Only it is played
// alone. Each case costs some dozens of milliseconds of real time, and there
// are about six for each side effect.
func CrashEverywhere(tb TB, c Crashes) []string {
	tb.Helper()
	if err := c.validate(); err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	straight := c.play(tb, crashPoint{at: -1}, crashSeen{})
	back := c.play(tb, crashPoint{at: -1, refused: true}, crashSeen{took: straight.took})
	points := append(pointsOf(straight.effects, false), pointsOf(backingOut(back.effects), true)...)
	played := []string{}
	for i, p := range points {
		if !c.wants(i, p) {
			continue
		}
		want := straight
		if p.refused {
			want = back
		}
		c.play(tb, p, want)
		played = append(played, p.String())
	}
	if len(played) == 0 {
		var names []string
		for _, p := range points {
			names = append(names, p.String())
		}
		tb.Fatalf("migrationtest: CrashEverywhere: Crashes.Only is %q, want some of\n%s", c.Only, strings.Join(names, "\n"))
	}
	return played
}

func (c Crashes) validate() error {
	var problems []error
	if c.Bubble == nil {
		problems = append(problems, errors.New("migrationtest: Crashes.Bubble is nil, want a function that plays a case inside synctest.Test"))
	}
	if c.Host == nil {
		problems = append(problems, errors.New("migrationtest: Crashes.Host is nil, want a function that returns the host's part of a case"))
	}
	if c.Every < 0 {
		problems = append(problems, fmt.Errorf("migrationtest: Crashes.Every is %d, want 0 or more", c.Every))
	}
	return errors.Join(problems...)
}

// wants reports whether a point is to be played.
func (c Crashes) wants(i int, p crashPoint) bool {
	if c.Only != nil {
		return slices.Contains(c.Only, p.String())
	}
	return i%max(c.Every, 1) == 0
}

// play plays a case in a bubble of its own.
func (c Crashes) play(tb TB, at crashPoint, want crashSeen) (seen crashSeen) {
	tb.Helper()
	ended := false
	c.Bubble(func(tb TB) {
		seen = play(tb, c.Host, at, want)
		ended = true
	})
	if !ended {
		tb.Fatalf("migrationtest: CrashEverywhere: %s: the case did not come to its end", at)
	}
	return seen
}

// pointsOf are the points of the effects that a case has shown.
func pointsOf(effects []sideEffect, refused bool) []crashPoint {
	var out []crashPoint
	for at, e := range effects {
		if e.what == "" { // played otherwise
			continue
		}
		for _, how := range kindsOf(e) {
			out = append(out, crashPoint{refused: refused, at: at, what: e.name(), how: how})
		}
	}
	return out
}

// backingOut leaves of the effects of a migration whose first completion was
// refused those that come then, up to the next attempt: the rest is like that
// of any other.
func backingOut(effects []sideEffect) []sideEffect {
	out := make([]sideEffect, len(effects))
	back := false
	for at, e := range effects {
		if back && e.what == whatPause {
			break
		}
		if back {
			out[at] = e
		}
		back = back || e.what == whatComplete
	}
	return out
}
