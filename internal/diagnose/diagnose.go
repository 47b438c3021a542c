// Package diagnose names the cause of a failed migration and what to do about
// it. It is pure: evidence goes in, a diagnosis comes out. The knowledge is in
// one table of rules.
package diagnose

import (
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
	// TimedOut tells that a bounded wait of the library's own ran out.
	TimedOut bool
	// Busy tells that the target was found to replicate from another source.
	Busy bool
}

// Diagnose applies the first rule that matches. If none does, the cause is
// unknown, and all the evidence is given.
func Diagnose(in Input) progress.Diagnosis {
	for _, r := range rules() {
		if r.match(in) {
			return r.diagnosis(in)
		}
	}
	return unknown().diagnosis(in)
}

// rule is one row of knowledge.
type rule struct {
	id        string // for tests and for talking about it
	match     func(Input) bool
	cause     progress.Cause
	summary   string
	remedy    string
	doc       string
	retryable bool
}

func (r rule) diagnosis(in Input) progress.Diagnosis {
	return progress.Diagnosis{
		Cause:     r.cause,
		Summary:   r.summary,
		Evidence:  evidence(in, r.cause),
		Remedy:    r.remedy,
		DocURL:    r.doc,
		Detail:    in.Stack,
		Retryable: r.retryable,
	}
}
