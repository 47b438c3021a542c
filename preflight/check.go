package preflight

import (
	"cmp"
	"fmt"
)

// Check is one prerequisite: a value with a pure function. A host's own checks
// stand beside the built-in ones.
type Check struct {
	// ID is stable and unique, "<subject>.<property>", e.g. "target.multi-az".
	// Waivers and reports refer to it.
	ID string
	// Title says in a few words what is required.
	Title string
	// Detail says for the documentation what is looked at and why it matters,
	// in a few sentences; may be empty.
	Detail string
	// DocURL is where the requirement is documented; may be empty.
	DocURL string
	// Severity is how much a failure matters. Zero means [Blocking].
	Severity Severity
	// UnknownSeverity is how much it matters when it cannot be told. Zero
	// means the same as Severity. It is lower for what AWS itself finds out
	// within minutes and without harm, such as the network.
	UnknownSeverity Severity
	// Applies tells whether the check has anything to say about the facts; if
	// not, the report has no finding of it. Nil means always.
	Applies func(Facts) bool
	// Waivable tells whether a failure may be waived. Checks whose failure
	// corrupts data in silence are [NeverWaived]; of those only an unknown
	// result can be waived. Zero means [MayWaive].
	Waivable Waivable
	// Judge looks at the facts and says pass, fail or unknown. It must not
	// change them and must not do I/O. The result's CheckID, Title, DocURL,
	// Severity and Waived are filled in by the function [Judge].
	Judge func(Facts) Finding
}

// judge runs the check and completes the finding. A check of a host may be
// wrong; that must not end the host's program, and must not pass either.
func (c Check) judge(facts Facts) (f Finding) {
	defer func() {
		if v := recover(); v != nil {
			f = broken(fmt.Sprintf("the check panicked: %v", v))
		}
		f.CheckID, f.Title, f.DocURL, f.Waived = c.ID, c.Title, c.DocURL, false
		f.Severity = c.severity(f.Outcome)
	}()
	if c.Judge == nil {
		return broken("the check has no Judge function")
	}
	f = c.Judge(facts)
	if f.Outcome != Pass && f.Outcome != Fail && f.Outcome != Unknown {
		return broken(fmt.Sprintf("the check returned the outcome %q", f.Outcome))
	}
	return f
}

func (c Check) severity(o Outcome) Severity {
	if o == Unknown && c.UnknownSeverity != "" {
		return c.UnknownSeverity
	}
	return cmp.Or(c.Severity, Blocking)
}

// applies asks the check whether it has anything to say. One that panics has.
func (c Check) applies(facts Facts) (yes bool) {
	defer func() {
		if recover() != nil {
			yes = true
		}
	}()
	return c.Applies == nil || c.Applies(facts)
}

// broken is the finding of a check that does not work.
func broken(observed string) Finding {
	return Finding{
		Outcome: Unknown, Subject: "the check itself", Observed: observed,
		Required: "a check that returns pass, fail or unknown", Remedy: "correct the check, or waive it by its id",
	}
}

// Severity is how much a failed check matters.
type Severity string

const (
	// Blocking stops the migration before anything is changed.
	Blocking Severity = "blocking"
	// Warning is reported and does not stop anything.
	Warning Severity = "warning"
)

// Waivable tells whether an operator may override a failed check.
type Waivable string

const (
	// MayWaive: a failure and an unknown result may be waived by id.
	MayWaive Waivable = "may_waive"
	// NeverWaived: a failure stands; only an unknown result may be waived.
	NeverWaived Waivable = "never"
)

// Outcome is the result of a check.
type Outcome string

const (
	// Pass: the requirement was seen to hold.
	Pass Outcome = "pass"
	// Fail: the requirement was seen not to hold.
	Fail Outcome = "fail"
	// Unknown: it could not be told. Never treated as a pass.
	Unknown Outcome = "unknown"
)

// Finding is the result of one check with its evidence.
type Finding struct {
	// CheckID is the id of the check.
	CheckID string `json:"check"`
	// Title is the check's title.
	Title string `json:"title"`
	// Outcome is pass, fail or unknown.
	Outcome Outcome `json:"outcome"`
	// Severity is the check's severity.
	Severity Severity `json:"severity"`
	// Subject is what was looked at, e.g. a group id or an address.
	Subject string `json:"subject,omitempty"`
	// Observed is what was seen, or why nothing was.
	Observed string `json:"observed,omitempty"`
	// Required is what has to be seen to pass.
	Required string `json:"required,omitempty"`
	// Remedy says what to change. Empty for a pass.
	Remedy string `json:"remedy,omitempty"`
	// DocURL is where the requirement is documented.
	DocURL string `json:"doc,omitempty"`
	// Waived tells that an operator overrides this finding.
	Waived bool `json:"waived,omitempty"`
}

// Blocks reports whether the finding stops a migration: a blocking check that
// did not pass and is not waived.
func (f Finding) Blocks() bool {
	return f.Outcome != Pass && f.Severity == Blocking && !f.Waived
}
