// Package diagnose names the cause of a failed migration, or of what stands
// against one that goes on, and what to do about it. It is pure: evidence goes in, a
// diagnosis comes out. The knowledge is in one table of rules.
package diagnose

import (
	"time"

	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// Input is the evidence. Every part may be missing.
type Input struct {
	// Err is the error that ended the run.
	Err error
	// Class is the class of Err.
	Class retry.Class
	// Code is the AWS error code in Err; "" if Err is no answer of AWS.
	Code string
	// Failure is the event by which ElastiCache said that the migration
	// failed; zero if there was none.
	Failure progress.ServiceEvent
	// Events are the group's events since the migration began, oldest first.
	Events []progress.ServiceEvent
	// Sample is the last observation of both ends; its zero value means none.
	Sample progress.Sample
	// History is what the looks at both ends amount to; nil if there were none.
	History *History
	// Facts are those of the preflight checks; nil if they were not gathered.
	Facts *preflight.Facts
	// LinkNeverUp tells that the target tried to replicate from the source
	// and never had a link.
	LinkNeverUp bool
	// Probe is what a connection without credentials to the source got; nil if
	// none was made.
	Probe *preflight.Probe
	// Blocked is the preflight report if that is what ended the run.
	Blocked *preflight.Report
	// Cutover tells that the host's Cutover returned Err.
	Cutover bool
	// Step names the step of the host's workflow that failed; "" if none did.
	Step string
	// Stack is the stack of a function of the host that panicked; "" if none
	// did.
	Stack string
	// Paused tells that writes to the source stay paused, because the target
	// may be, or is, promoted.
	Paused bool
	// SourceOpen tells that the source took writes although the target is promoted.
	SourceOpen bool
	// TimedOut tells that a bounded wait of the library's own ran out.
	TimedOut bool
	// Busy tells that the target was found to replicate from another source.
	Busy bool
	// Ended tells that a migration to the target has ended since the plan was made.
	Ended bool
	// Missed tells that the time for the cut-over has passed.
	Missed bool
	// Unanswered tells that TestMigration gave no verdict.
	Unanswered bool

	live bool // the migration goes on
}

// Diagnose names why a run ended: the first rule that matches counts. If none does,
// the cause is unknown, and all the evidence is given.
func Diagnose(in Input) progress.Diagnosis {
	in.live = false
	for _, r := range rules() {
		if r.at != onTheWay && r.match(in) {
			return r.diagnosis(in)
		}
	}
	return unknown().diagnosis(in)
}

// Trouble is what stands against a migration that goes on.
type Trouble struct {
	progress.Diagnosis
	// Ends tells that the run must not go on, since the target would not hold what
	// the source holds.
	Ends bool
}

// Watch names what stands against a migration that goes on; ok is false if nothing
// does that is known.
func Watch(in Input) (t Trouble, ok bool) {
	in.live = true
	for _, r := range rules() {
		if r.at != atTheEnd && r.match(in) {
			return Trouble{r.diagnosis(in), r.ends}, true
		}
	}
	return Trouble{}, false
}

// Loss names what is known to be lost of the source's data, by what the target says
// now. It is Watch with the rules alone that end a run, and leaves the history as it
// is.
func Loss(in Input, at time.Time, target redisinfo.Info) (t Trouble, ok bool) {
	h := *in.past()
	l := h.last
	l.At, l.Target, l.TargetErr = at, target, nil
	h.Add(l)
	in.History, in.live = &h, true
	for _, r := range rules() {
		if r.ends && r.match(in) {
			return Trouble{r.diagnosis(in), true}, true
		}
	}
	return Trouble{}, false
}

// moment is when a rule applies.
type moment string

const (
	atTheEnd moment = "" // of a run
	onTheWay moment = "on the way"
	always   moment = "always"
)

// rule is one row of knowledge.
type rule struct {
	id        string // for tests and for talking about it
	at        moment
	match     func(Input) bool
	rests     func(Input) []string // evidence beside what every diagnosis has; nil: none
	cause     progress.Cause
	sees      string             // what an operator sees, for the documentation
	summary   string             // why
	remedy    string             // what to do
	fix       func(Input) string // the same with values; nil, or "": as in remedy
	doc       string
	retryable bool
	operator  bool
	ends      bool // a run that sees it on the way must not go on
}

func (r rule) diagnosis(in Input) progress.Diagnosis {
	d := progress.Diagnosis{
		Cause:         r.cause,
		Summary:       r.summary,
		Remedy:        r.remedy,
		DocURL:        r.doc,
		Detail:        in.Stack,
		Retryable:     r.retryable,
		NeedsOperator: r.operator,
	}
	var own []string
	if r.rests != nil {
		own = r.rests(in)
	}
	d.Evidence = evidence(in, r.cause, own)
	if r.fix != nil {
		if text := r.fix(in); text != "" {
			d.Remedy = text
		}
	}
	return d
}

// past is the history, an empty one if there is none.
func (in Input) past() *History {
	if in.History == nil {
		return &History{}
	}
	return in.History
}

// ends reports whether what the two ends show may be the reason: while the migration
// goes on, and when it ended because replication failed or an end was out of reach.
func (in Input) ends() bool { return in.live || stopped(in) }
