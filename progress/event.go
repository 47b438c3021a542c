package progress

import (
	"encoding/json"
	"log/slog"
	"time"

	"github.com/cachelift/cachelift/preflight"
)

// Event is something that happened in a migration. It is one of the types of
// this package, and no other: a host switches over those it knows and ignores
// the rest, since later versions add types.
//
// Every event has String, one readable line, and stable JSON, an object that
// begins with "kind" and the fields of [Header]. Once the kind is known,
// [encoding/json.Unmarshal] reads such an object into the event's own type.
type Event interface {
	json.Marshaler

	// Kind names the type of the event in JSON and logs, e.g.
	// "state_changed".
	Kind() string
	// Meta returns the header.
	Meta() Header
	// String is one line for a person, without the header.
	String() string

	stamp(Header) Event
	attrs() []slog.Attr
}

// Header is what all events have.
type Header struct {
	// MigrationID is the plan's id.
	MigrationID string `json:"migration_id"`
	// Seq counts the events of one run from 1.
	Seq uint64 `json:"seq"`
	// At is when the event happened.
	At time.Time `json:"at"`
	// State is the state in which it happened; for a [StateChanged] the new
	// one.
	State State `json:"state"`
}

// Meta returns the header itself; it makes every event that embeds Header
// implement half of [Event].
func (h Header) Meta() Header { return h }

// Stamp returns e with the header h. It is for those who make events: the
// library, and tests of an [Observer].
func Stamp(e Event, h Header) Event { return e.stamp(h) }

// RunStarted tells where a run begins, once it has observed that. Only
// [Retrying] can come before it, and a run that cannot observe has none.
type RunStarted struct {
	Header
	// Source is the source's address, "host:port".
	Source string `json:"source"`
	// Target names the target, e.g. "replication-group/prod-cache".
	Target string `json:"target"`
	// Resumed tells whether the run attaches to a migration that is under
	// way; then Header.State is where it goes on.
	Resumed bool `json:"resumed"`
	// Reason is what was observed and led to the state.
	Reason string `json:"reason"`
}

// StateChanged is emitted once for each transition.
type StateChanged struct {
	Header
	// From is the state that was left.
	From State `json:"from"`
	// To is the state that was entered.
	To State `json:"to"`
	// Trigger is why.
	Trigger Trigger `json:"trigger"`
	// Spent is the time spent in From.
	Spent time.Duration `json:"spent_ns"`
}

// PreflightDone carries the report of the preflight checks.
type PreflightDone struct {
	Header
	// Report has the findings, passes included.
	Report preflight.Report `json:"report"`
}

// ActionDone tells of a side effect: a call that changes something at AWS, or
// a call to the host's Cutover.
type ActionDone struct {
	Header
	// Action is what was asked.
	Action Action `json:"action"`
	// Took is how long the call took.
	Took time.Duration `json:"took_ns"`
	// Err is the error's text; empty if it was accepted.
	Err string `json:"err,omitempty"`
}

// Action is a side effect of a migration.
type Action string

const (
	// ActionTest is the API call TestMigration.
	ActionTest Action = "test_migration"
	// ActionStart is the API call StartMigration.
	ActionStart Action = "start_migration"
	// ActionComplete is the API call CompleteMigration without Force.
	ActionComplete Action = "complete_migration"
	// ActionForceStop is the API call CompleteMigration with Force; only an
	// abort makes it.
	ActionForceStop Action = "force_stop"
	// ActionPauseWrites is the host's Cutover.PauseWrites.
	ActionPauseWrites Action = "pause_writes"
	// ActionResumeWrites is the host's Cutover.ResumeWrites.
	ActionResumeWrites Action = "resume_writes"
	// ActionSwitch is the host's Cutover.Switch.
	ActionSwitch Action = "switch"
)

// StepCalled tells of one call to a step that the host put into the workflow.
type StepCalled struct {
	Header
	// Step is the name of the step, which is also the name of its state.
	Step State `json:"step"`
	// Call is which of its functions was called.
	Call StepCall `json:"call"`
	// Attempt counts the calls since the state was entered, from 1.
	Attempt int `json:"attempt"`
	// InPause tells that writes to the source were paused, so that the time
	// counts against the pause.
	InPause bool `json:"in_pause"`
	// Took is how long the call took.
	Took time.Duration `json:"took_ns"`
	// Err is the error's text; empty if it succeeded.
	Err string `json:"err,omitempty"`
	// Stack is the stack of a call that panicked; else empty.
	Stack string `json:"stack,omitempty"`
}

// StepCall is a function of a step.
type StepCall string

const (
	// StepRun is the step's Run.
	StepRun StepCall = "run"
	// StepUndo is the step's Undo.
	StepUndo StepCall = "undo"
)

// ServicePublished tells of an event that ElastiCache published about the
// target, once each.
type ServicePublished struct {
	Header
	// Event is the service's event.
	Event ServiceEvent `json:"event"`
}

// StatusSeen tells that the group's status at AWS changed.
type StatusSeen struct {
	Header
	// Status is the new status, an opaque string.
	Status string `json:"status"`
}

// Sampled carries a new observation of both ends. It is the only event that
// may be dropped, in favour of a newer one.
type Sampled struct {
	Header
	// Sample is the observation.
	Sample Sample `json:"sample"`
}

// Diagnosed tells of a stall or a danger while the migration goes on, once when
// it is noticed and once when it is over. The next one takes the place of the one
// before without that being told over. What ends a run is in [RunEnded]; if it was a
// danger that a run must not go on with, this event comes before.
type Diagnosed struct {
	Header
	// Diagnosis is the cause, the evidence and what to do.
	Diagnosis Diagnosis `json:"diagnosis"`
	// Over tells that it has passed; then Diagnosis is as it was told before.
	Over bool `json:"over"`
}

// Retrying tells that something failed and will be tried again.
type Retrying struct {
	Header
	// Op is what failed, e.g. "DescribeReplicationGroups".
	Op string `json:"op"`
	// Class is the class of the error, e.g. "throttled".
	Class string `json:"class"`
	// Attempt is the number of the attempt that failed, from 1.
	Attempt int `json:"attempt"`
	// Delay is how long until the next attempt.
	Delay time.Duration `json:"delay_ns"`
	// Err is the error's text.
	Err string `json:"err"`
}

// Drained tells that the target applied all that the source had acknowledged
// when writes were paused.
type Drained struct {
	Header
	// SourceOffset is the source's replication offset read after the pause.
	SourceOffset int64 `json:"source_offset"`
	// TargetOffset is the target's offset that was seen to reach it.
	TargetOffset int64 `json:"target_offset"`
	// LagAtPause is how far the target was behind when writes were paused, in
	// bytes.
	LagAtPause int64 `json:"lag_at_pause"`
	// Took is the time from the pause to the drain.
	Took time.Duration `json:"took_ns"`
}

// Promoted tells that the target's primary was seen to accept the role of
// master.
type Promoted struct {
	Header
	// Primary is the address that was asked.
	Primary string `json:"primary"`
	// Took is the time from the completion request to the promotion.
	Took time.Duration `json:"took_ns"`
}

// PromotionConfirmed tells that the service confirmed the promotion, which
// may be minutes after it happened.
type PromotionConfirmed struct {
	Header
	// By is what confirmed it: the text of the service's event, or the
	// group's status.
	By string `json:"by"`
	// Took is the time from the completion request to the confirmation.
	Took time.Duration `json:"took_ns"`
}

// Noted tells something that needs no action but should be known.
type Noted struct {
	Header
	// Text is a sentence.
	Text string `json:"text"`
}

// ObserverPanicked tells, once per observer, that it panicked. The migration
// goes on; the observer keeps receiving events.
type ObserverPanicked struct {
	Header
	// Observer is the type of the observer.
	Observer string `json:"observer"`
	// Value is the panic's value as text.
	Value string `json:"value"`
	// Stack is the stack of the goroutine that panicked.
	Stack string `json:"stack,omitempty"`
}

// RunEnded is the last event of a run.
type RunEnded struct {
	Header
	// Err is the error that Run returns, as text; empty on success.
	Err string `json:"err,omitempty"`
	// Diagnosis tells why the run failed; nil unless it did.
	Diagnosis *Diagnosis `json:"diagnosis,omitempty"`
	// Took is the time of the run.
	Took time.Duration `json:"took_ns"`
}
