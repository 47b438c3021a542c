// Package migrationtest is a kit for the tests of a host: its own steps, its
// Cutover, its observers, and what it makes of a migration that goes wrong. No
// AWS account, no Redis and no waiting are needed.
//
// # A scenario
//
// A [Scenario] is a migration of a Redis in memory into an ElastiCache in
// memory, reached by the real SDK and the real go-redis client. Inside
// [testing/synctest.Test] time is virtual, so that hours take a moment:
//
//	func TestApprovalComesBeforeThePause(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			s := migrationtest.NewScenario(t)
//			wf := migration.DefaultWorkflow().Before(progress.StatePausing,
//				migration.Step{Name: "approval", Run: waitForTicket})
//			result, err := s.Migrator(&migration.Options{Workflow: wf}).Run(t.Context())
//			s.AssertDone(result, err)
//			s.AssertStates(progress.StateInSync, "approval", progress.StatePausing)
//		})
//	}
//
// What is migrated is described before the first use: [Scenario.Source],
// [Scenario.Target], [Scenario.Timing], [Scenario.Network], [Scenario.FullSync].
// What goes wrong is a [Fault], by what is asked for and how often. A second
// [Scenario.Migrator] stands for a new process that resumes.
//
// All that waits for the network or for time has to be inside the bubble: make
// clients with [Scenario.DialContext] or take [Scenario.SourceClient]. A go-redis
// client of a host name needs MaintNotificationsConfig.EndpointType, or it looks
// the name up by the machine's resolver.
//
// [CrashEverywhere] lets the process die, and everything else go wrong, at every
// side effect of a host's migration.
//
// What costs real time is how often the library looks: once in 15 seconds at the
// API, more often at the servers. For an approval that takes days, raise
// Options.PollEvery.
//
// # Transcripts
//
// A [Recorder] observes each Migrator of a scenario. Its transcript is stable
// text, for golden files, and is shown when an assertion fails.
//
// # Contracts
//
// [CheckCutover] and [CheckObserver] test a host's implementations against what
// is written at [github.com/cachelift/cachelift/migration.Cutover] and [github.com/cachelift/cachelift/progress.Observer]:
//
//	if err := migrationtest.CheckCutover(ctx, cutover, write); err != nil {
//		t.Error(err)
//	}
//
// # What it is not
//
// The servers in memory are a model, which says what a migration asks for. What
// rests on a command that they do not have needs a redis-server, see
// [github.com/cachelift/cachelift/simulator.StartRedis]. And neither is AWS: what the simulator does and how
// that is known is in the documentation of package simulator.
//
// The package does not import testing: it takes a [TB].
package migrationtest
