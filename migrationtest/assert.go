package migrationtest

import (
	"context"
	"fmt"
	"slices"
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
// an error and ended in done; and then, unless the application was switched to
// the group's primary and nothing was lost, as [Scenario.AssertNothingLost] has
// it: also with a Cutover of the host's own, see [Scenario.Migrator].
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
	if len(problems) > 0 { // what follows would not tell why
		s.fail(problems...)
		return
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

// AssertNothingLost fails the test, with the transcript, if the target has taken
// over without a write that the source has acknowledged, be it before the
// promotion or after it.
//
// The target has taken over when it was promoted, and either the source takes no
// writes or a Migrator of the scenario has switched the application. Before that,
// and after an abort, the source is the truth, and that the target is behind loses
// nothing. Whether the source takes writes is asked of it, as by
// [Scenario.AssertWritesOpen].
func (s *Scenario) AssertNothingLost() {
	s.tb.Helper()
	s.run()
	s.fail(s.lost()...)
}

func (s *Scenario) lost() []string {
	s.tb.Helper()
	if !s.takenOver() {
		return nil
	}
	acknowledged, applied := s.server.AcknowledgedOffset(), s.target.AppliedOffset()
	if applied >= acknowledged {
		return nil
	}
	return []string{fmt.Sprintf("the source has acknowledged writes up to offset %d and the target has applied %d, want all of them; "+
		"a Cutover of your own has to stop the scenario's writer, too: SourceServer().SetWriteRate(0)", acknowledged, applied)}
}

// takenOver reports whether the target is what counts.
func (s *Scenario) takenOver() bool {
	s.tb.Helper()
	if s.target.AppliedOffset() < 0 {
		return false // it has never followed the source
	}
	if role, err := s.targetRole(); err == nil && role != "master" {
		return false
	}
	return s.hasSwitched() || s.write() != nil
}

// targetRole asks the group's primary for its role.
func (s *Scenario) targetRole() (string, error) {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	role, err := s.TargetClient().Do(ctx, "ROLE").Slice()
	if err != nil {
		return "", err
	}
	return fmt.Sprint(role[0]), nil
}

// hasSwitched reports whether a Switch of a Migrator has returned nil.
func (s *Scenario) hasSwitched() bool {
	if _, ok := s.SwitchedTo(); ok {
		return true
	}
	return slices.ContainsFunc(s.recorder.Events(), func(e progress.Event) bool {
		done, ok := e.(progress.ActionDone)
		return ok && done.Action == progress.ActionSwitch && done.Err == ""
	})
}

// AssertWritesOpen fails the test, with the transcript, unless the source
// acknowledges a write. It does not ask the Cutover: it sends the server a DEL of
// a key that does not exist, which changes nothing. So a Cutover of the host's
// own that stops writes elsewhere than on the server is not seen by it.
func (s *Scenario) AssertWritesOpen() {
	s.tb.Helper()
	if err := s.write(); err != nil {
		s.fail(fmt.Sprintf("the source does not take a write: %v; want writes open", err))
	}
}

// AssertWritesPaused fails the test, with the transcript, unless the source
// refuses a write or holds it back for a second. For the rest it is like
// [Scenario.AssertWritesOpen].
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

// AssertTranscript fails the test unless the transcript is want, with the first
// line that differs before both texts. A line break at the beginning of want is
// ignored, so that it can be written as a raw string.
func (s *Scenario) AssertTranscript(want string) {
	s.tb.Helper()
	want = strings.TrimPrefix(want, "\n")
	got := s.recorder.Transcript()
	if got == want {
		return
	}
	n, g, w := differs(got, want)
	s.fail(fmt.Sprintf("the transcript differs in line %d:\n got: %s\nwant: %s\nwant all of this:\n%s", n, g, w, want))
}

// differs is the first line that is not the same: its number and what it is.
func differs(a, b string) (n int, inA, inB string) {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	line := func(lines []string) string {
		if n >= len(lines) || n == len(lines)-1 && lines[n] == "" {
			return "(the end)"
		}
		return lines[n]
	}
	return n + 1, line(x), line(y)
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
