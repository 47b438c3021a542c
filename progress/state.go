package progress

// State is where a migration stands. The values are stable: they appear in
// JSON, logs and errors. The constants are the built-in states; a step that a
// host puts into its workflow is a state too, by the name of the step.
type State string

const (
	// StateNew: nothing has been asked or done yet.
	StateNew State = "new"
	// StatePreflight: facts are gathered and judged; nothing is changed.
	StatePreflight State = "preflight"
	// StateTesting: TestMigration was requested; its verdict is awaited.
	StateTesting State = "testing"
	// StateStarting: StartMigration is requested; the target's primary is to
	// become a replica of the source.
	StateStarting State = "starting"
	// StateSyncing: the target replicates and is not caught up.
	StateSyncing State = "syncing"
	// StateInSync: the target's link is up and its replication offset is close
	// behind the source's. A migration may stay here for days, and goes back
	// to syncing when it falls behind.
	StateInSync State = "in_sync"
	// StatePausing: the host is stopping writes to the source.
	StatePausing State = "pausing"
	// StateDraining: writes are paused; the target applies what is left.
	StateDraining State = "draining"
	// StateCompleting: CompleteMigration has been requested: the point of no
	// return. Writes stay paused.
	StateCompleting State = "completing"
	// StateSwitching: the target is promoted; the host points the application
	// to it.
	StateSwitching State = "switching"
	// StateDone: the application is on the target. Terminal.
	StateDone State = "done"
	// StateAborting: the migration is being stopped; the application stays on
	// the source.
	StateAborting State = "aborting"
	// StateAborted: stopped on request; the source serves writes. Terminal.
	StateAborted State = "aborted"
	// StateFailed: stopped by an error that no retry cures. Terminal for this
	// run; a later run observes anew.
	StateFailed State = "failed"
)

// States returns all built-in states in the order of a migration.
func States() []State {
	return []State{
		StateNew, StatePreflight, StateTesting, StateStarting, StateSyncing,
		StateInSync, StatePausing, StateDraining, StateCompleting,
		StateSwitching, StateDone, StateAborting, StateAborted, StateFailed,
	}
}

// Terminal reports whether a run ends in the state.
func (s State) Terminal() bool {
	return s == StateDone || s == StateAborted || s == StateFailed
}

// PastNoReturn reports whether completion has been requested, so that the
// migration can only go forward. It knows the built-in states only; for all of
// a workflow see [Snapshot].PastNoReturn.
func (s State) PastNoReturn() bool {
	return s == StateCompleting || s == StateSwitching || s == StateDone
}

// Trigger is what moves a migration from one state to the next.
type Trigger string

const (
	// TriggerBegin: new to preflight.
	TriggerBegin Trigger = "begin"
	// TriggerPassed: preflight to testing.
	TriggerPassed Trigger = "passed"
	// TriggerTested: testing to starting.
	TriggerTested Trigger = "tested"
	// TriggerStarted: starting to syncing.
	TriggerStarted Trigger = "started"
	// TriggerCaughtUp: syncing to in_sync.
	TriggerCaughtUp Trigger = "caught_up"
	// TriggerFellBehind: in_sync, or a step between it and pausing, to syncing.
	TriggerFellBehind Trigger = "fell_behind"
	// TriggerStartAgain: ElastiCache gave the migration up for a reason that
	// passes: syncing, in_sync, or a step between starting and pausing, back to
	// starting.
	TriggerStartAgain Trigger = "start_again"
	// TriggerApproved: in_sync to pausing.
	TriggerApproved Trigger = "approved"
	// TriggerPaused: pausing to draining.
	TriggerPaused Trigger = "paused"
	// TriggerDrained: draining to completing.
	TriggerDrained Trigger = "drained"
	// TriggerPromoted: completing to switching.
	TriggerPromoted Trigger = "promoted"
	// TriggerSwitched: switching to done.
	TriggerSwitched Trigger = "switched"
	// TriggerStepDone: from a step of the host's to the next state.
	TriggerStepDone Trigger = "step_done"
	// TriggerBackedOut: pausing, draining or completing, or a step between
	// them, back to in_sync, with writes resumed on the source.
	TriggerBackedOut Trigger = "backed_out"
	// TriggerAbort: any state from testing to draining, and any step between
	// preflight and the point of no return, to aborting.
	TriggerAbort Trigger = "abort"
	// TriggerAborted: aborting to aborted.
	TriggerAborted Trigger = "aborted"
	// TriggerFail: any live state to failed.
	TriggerFail Trigger = "fail"
)
