// Package migration moves a self-hosted Redis or Valkey into Amazon ElastiCache
// with AWS's online migration.
//
// A [Plan] says what is moved where. A [Migrator], made with [New], drives it
// through the states of [github.com/cachelift/cachelift/progress]: it checks
// the prerequisites, calls TestMigration and StartMigration, watches the
// synchronisation on both servers, cuts over, and confirms the promotion.
//
// # Cutting over
//
// Writes that the source acknowledges after the target has been promoted are
// lost: nobody replicates back. So somebody has to stop them, and that is the
// host's half, the [Cutover]. [SourceFence] is one that works on the source
// itself. The order is:
//
//  1. PauseWrites: from its return on, the source acknowledges no write.
//  2. Read the source's replication offset, then wait until the target has
//     applied it. All that was acknowledged is on the target now.
//  3. CompleteMigration: the point of no return. Before it every failure, and
//     the end of MaxWritePause, resumes writes and goes back to in_sync. After
//     it writes are resumed only on a definite refusal.
//  4. When the target's primary is a master and shows, or the service says, that
//     it was promoted with all of the above: Switch.
//
// # Steps of your own
//
// A [Workflow] is the list of states, and a host puts a [Step] of its own between
// them: an approval before writes are paused, a smoke test before the
// application arrives. A step is a state like the built-in ones, with a timeout,
// retries and an undo. The guide docs/workflows.md says where it can stand and
// when it is called again.
//
// # Resuming
//
// AWS and the servers are the truth, not a file: Run begins by observing, and
// attaches to whatever is under way. A host that stores the Plan can carry on in
// another process after a crash.
//
// # Errors
//
// A run returns an [*Error] with the state, the operation, the cause and a
// diagnosis. Test for the sentinels of this package with [errors.Is], and for
// blocking preflight checks with [errors.As] and a *preflight.FailedError.
package migration
