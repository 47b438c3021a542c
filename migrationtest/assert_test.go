package migrationtest_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// until runs the scenario up to a state.
func until(tb migrationtest.TB, s *migrationtest.Scenario, state progress.State) {
	tb.Helper()
	if _, err := s.Migrator(nil).RunUntil(context.Background(), state); err != nil {
		tb.Fatalf("%v", err)
	}
}

// Each assertion fails when it has to, says what it wanted and shows the
// transcript.
func TestAssertionsFail(t *testing.T) {
	t.Parallel()
	const transcript = "transcript:\nnew         run started: no migration is under way\n"
	for name, c := range map[string]struct {
		assert func(migrationtest.TB, *migrationtest.Scenario)
		want   string
	}{
		"done": {func(tb migrationtest.TB, s *migrationtest.Scenario) {
			s.AssertDone(migration.Result{State: progress.StateInSync}, nil)
		}, `the run ended in state "in_sync", want "done"`},
		"done without an error": {func(tb migrationtest.TB, s *migrationtest.Scenario) {
			s.AssertDone(migration.Result{State: progress.StateDone}, migration.ErrAborted)
		}, "the run ended with aborted, want no error"},
		"switched": {func(tb migrationtest.TB, s *migrationtest.Scenario) {
			s.AssertDone(migration.Result{State: progress.StateDone}, nil)
		}, "want the group's primary"},
		"writes paused": {func(tb migrationtest.TB, s *migrationtest.Scenario) { s.AssertWritesPaused() },
			"the source has acknowledged a write, want writes paused"},
		"writes open": {func(tb migrationtest.TB, s *migrationtest.Scenario) {
			s.SourceServer().Stop()
			s.AssertWritesOpen()
		}, "the source does not take a write"},
		"states": {func(tb migrationtest.TB, s *migrationtest.Scenario) {
			s.AssertStates(progress.StateInSync, progress.StateSyncing)
		}, `"syncing" is missing`},
		"transcript": {func(tb migrationtest.TB, s *migrationtest.Scenario) {
			s.AssertTranscript("\nnew         run started: no migration is under way\nelse\n")
		}, "the transcript differs in line 2:\n got: preflight   entered from new: begin\nwant: else\nwant all of this:\nnew"},
		"transcript that goes on": {func(tb migrationtest.TB, s *migrationtest.Scenario) {
			s.AssertTranscript(s.Recorder().Transcript() + "more\n")
		}, " got: (the end)\nwant: more\n"},
		"faults struck": {func(tb migrationtest.TB, s *migrationtest.Scenario) {
			s.Faults(migrationtest.Throttle("CompleteMigration").Times(2))
			s.AssertFaultsStruck()
		}, `refuse of CompleteMigration to the api with "Throttling": struck 0 of 2 times`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				wantFailure(t, func(tb migrationtest.TB) {
					s := migrationtest.NewScenario(tb)
					until(tb, s, progress.StateInSync)
					c.assert(tb, s)
				}, c.want, transcript)
			})
		})
	}
}

// What the assertions say of a migration before it began.
func TestAssertionsBeforeTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		s.AssertWritesOpen()
		s.AssertStates()
		s.AssertTranscript("")
		s.AssertFaultsStruck()
		s.AssertNothingLost()
	})
}
