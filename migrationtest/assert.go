package migrationtest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
)

// fail fails the test with what was expected and what happened.
func (s *Scenario) fail(problems ...string) {
	s.tb.Helper()
	if len(problems) == 0 {
		return
	}
	s.tb.Fatalf("%s\ntranscript:\n%s", strings.Join(problems, "\n"), s.recorder.Transcript())
}

// AssertDone fails the test, with the transcript, unless a run returned without
// an error, ended in done with the application switched to the group's primary,
// and nothing was lost.
func (s *Scenario) AssertDone(r migration.Result, err error) {
	s.tb.Helper()
	s.run()
	var problems []string
	if err != nil {
		problems = append(problems, fmt.Sprintf("the run ended with %v, want no error", err))
	}
	if r.State != progress.StateDone {
		problems = append(problems, fmt.Sprintf("the run ended in state %q, want %q", r.State, progress.StateDone))
	}
	want := s.target.PrimaryEndpoint().String()
	if got := r.Cutover.Endpoint.String(); got != want {
		problems = append(problems, fmt.Sprintf("the application was switched to %q, want the group's primary %q", got, want))
	}
	if to, ok := s.SwitchedTo(); ok && to.String() != want {
		problems = append(problems, fmt.Sprintf("Switch was called with %q, want the group's primary %q", to, want))
	}
	s.fail(append(problems, s.lost()...)...)
}

// AssertNothingLost fails the test, with the transcript, unless the group's
// primary has applied, and if it was promoted had applied then, every write that
// the source has acknowledged until now.
func (s *Scenario) AssertNothingLost() {
	s.tb.Helper()
	s.run()
	s.fail(s.lost()...)
}

func (s *Scenario) lost() []string {
	acknowledged, applied := s.server.AcknowledgedOffset(), s.target.AppliedOffset()
	if applied >= acknowledged && applied >= 0 {
		return nil
	}
	return []string{fmt.Sprintf("the source has acknowledged writes up to offset %d and the target has applied %d, want all of them", acknowledged, applied)}
}

// AssertWritesOpen fails the test, with the transcript, unless the source
// acknowledges a write: a DEL of a key that does not exist, which changes
// nothing.
func (s *Scenario) AssertWritesOpen() {
	s.tb.Helper()
	if err := s.write(); err != nil {
		s.fail(fmt.Sprintf("the source does not take a write: %v; want writes open", err))
	}
}

// AssertWritesPaused fails the test, with the transcript, unless the source
// refuses a write or holds it back for a second.
func (s *Scenario) AssertWritesPaused() {
	s.tb.Helper()
	if s.write() == nil {
		s.fail("the source has acknowledged a write, want writes paused")
	}
}

func (s *Scenario) write() error {
	s.tb.Helper()
	client := s.SourceClient()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return client.Del(ctx, "migrationtest:nothing").Err()
}

// AssertStates fails the test, with the transcript, unless these states were
// entered in this order. Others may lie between them.
func (s *Scenario) AssertStates(states ...progress.State) {
	s.tb.Helper()
	entered := s.recorder.States()
	at := 0
	for _, e := range entered {
		if at < len(states) && e == states[at] {
			at++
		}
	}
	if at < len(states) {
		s.fail(fmt.Sprintf("the states entered are %v, want %v in this order: %q is missing", entered, states, states[at]))
	}
}

// AssertTranscript fails the test unless the transcript is want. A line break at
// the beginning of want is ignored, so that it can be written as a raw string.
func (s *Scenario) AssertTranscript(want string) {
	s.tb.Helper()
	want = strings.TrimPrefix(want, "\n")
	got := s.recorder.Transcript()
	if got == want {
		return
	}
	s.fail(fmt.Sprintf("the transcript differs from line %d on; want:\n%s", differs(got, want), want))
}

// differs is the number of the first line that is not the same.
func differs(a, b string) int {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n + 1
}

// AssertFaultsStruck fails the test, with the transcript, unless every fault has
// struck as often as it was to, those for which Always was said at least once:
// else the test does not show what it seems to show. Faults in the service are
// not counted; see [simulator.Injection].
func (s *Scenario) AssertFaultsStruck() {
	s.tb.Helper()
	if left := s.faults.left(); len(left) > 0 {
		s.fail("faults have not struck, want all to strike:\n" + strings.Join(left, "\n"))
	}
}
