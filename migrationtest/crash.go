package migrationtest

import "github.com/cachelift/cachelift/migration"

// Crash cuts a Migrator of the scenario off for good, as if its process had died
// at this moment: its API client, its connections to both servers, present and
// future, those of its [migration.SourceFence] and of its [migration.Session]s
// included. Nothing that it does from now on takes effect, and what happens to
// it later is not recorded. What it asked for before goes on: the service
// finishes a CompleteMigration whose answer nobody waits for any more.
//
// Go has no means to end the goroutines of a process that is played, so that its
// Run has to be ended by its context. Crash first, then cancel, so that nothing
// is put back in between; Run then tries in vain to resume writes for up to half
// a minute, in virtual time, and returns an error. A second [Scenario.Migrator]
// is the process that comes after; it need not wait for the Run of the first:
//
//	ctx, cancel := context.WithCancel(t.Context())
//	var m *migration.Migrator
//	die := migration.Step{Name: "die", NeedsPause: true, Run: func(ctx context.Context, _ *migration.Session) error {
//		s.Crash(m)
//		cancel()
//		return context.Cause(ctx)
//	}}
//	wf := migration.DefaultWorkflow().Before(progress.StateDraining, die)
//	m = s.Migrator(&migration.Options{Workflow: wf})
//	_, _ = m.Run(ctx) // fails: its process is dead
//	s.AssertWritesPaused()
//	result, err := s.Migrator(nil).Run(t.Context())
//	s.AssertDone(result, err)
//
// A Cutover of the host's own is not called any more, and what it embeds of a
// SourceFence has no connection; a call of it that is under way is not stopped.
// Two Migrators must not share a SourceFence, as two processes cannot. What a
// step does by means of its own, such as [Scenario.SourceClient], is not cut.
//
// Crash may be called on any goroutine, a step's included, and more than once.
func (s *Scenario) Crash(m *migration.Migrator) {
	s.tb.Helper()
	s.mu.Lock()
	p := s.processes[m]
	s.mu.Unlock()
	if p == nil {
		s.tb.Fatalf("migrationtest: Scenario.Crash: the Migrator is not of this scenario, want one that its method Migrator returned")
		return
	}
	p.crash()
}
