package progress

import (
	"strings"
)

// Cause is the stable code of why a migration failed.
type Cause string

const (
	// CauseUnknown: no rule matches; the evidence is given verbatim.
	CauseUnknown Cause = "unknown"
	// CauseRDBRejected: the target cannot read the source's RDB version.
	CauseRDBRejected Cause = "rdb_rejected"
	// CauseOutcomeUnknown: the target is promoted or may be, the application
	// is not on it, and writes to the source stay paused.
	CauseOutcomeUnknown Cause = "outcome_unknown"
	// CausePreflight: preflight checks block; the report says which and why.
	CausePreflight Cause = "preflight"
	// CauseSourceUnreachable: the target could not become a replica because
	// it could not connect to the source.
	CauseSourceUnreachable Cause = "source_unreachable"
	// CauseSourceAuth: the source asks for a password; ElastiCache cannot send
	// one.
	CauseSourceAuth Cause = "source_auth"
	// CausePermission: AWS refused the caller.
	CausePermission Cause = "permission"
	// CauseNotFound: the replication group does not exist.
	CauseNotFound Cause = "target_not_found"
	// CauseTargetBusy: the group is in a state in which the call is refused,
	// or migrates from another source.
	CauseTargetBusy Cause = "target_busy"
	// CauseInvalidParameter: AWS refused a parameter of the call.
	CauseInvalidParameter Cause = "invalid_parameter"
	// CauseThrottled: AWS went on throttling until the retries were used up.
	CauseThrottled Cause = "throttled"
	// CauseNotInSync: AWS refused the completion because the ends were not in
	// sync.
	CauseNotInSync Cause = "not_in_sync"
	// CauseTransport: a connection to AWS or to one of the ends failed until
	// the retries were used up.
	CauseTransport Cause = "transport"
	// CauseTimeout: a bounded wait ran out.
	CauseTimeout Cause = "timeout"
	// CauseCutover: the host's Cutover returned an error.
	CauseCutover Cause = "cutover"
	// CauseStep: a step of the host's workflow failed; the evidence names it.
	CauseStep Cause = "step"
)

// Diagnosis is why a migration failed and what to do about it.
type Diagnosis struct {
	// Cause is the stable code.
	Cause Cause `json:"cause"`
	// Summary is one sentence for a person.
	Summary string `json:"summary"`
	// Evidence is what the diagnosis rests on: event texts and error texts,
	// verbatim, and values seen.
	Evidence []string `json:"evidence,omitempty"`
	// Remedy is what to do.
	Remedy string `json:"remedy,omitempty"`
	// DocURL is where the matter is documented; may be empty.
	DocURL string `json:"doc,omitempty"`
	// Detail is a longer text that belongs to the evidence, such as the stack of
	// a panic; String leaves it out. Usually empty.
	Detail string `json:"detail,omitempty"`
	// Retryable tells whether trying again without a change can help.
	Retryable bool `json:"retryable"`
}

// String is the summary, the evidence and the remedy in one line, without the
// detail.
func (d Diagnosis) String() string {
	var b strings.Builder
	b.WriteString(string(d.Cause))
	b.WriteString(": ")
	b.WriteString(d.Summary)
	for i, e := range d.Evidence {
		if i == 0 {
			b.WriteString(" (")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(e)
	}
	if len(d.Evidence) > 0 {
		b.WriteString(")")
	}
	if d.Remedy != "" {
		b.WriteString(": ")
		b.WriteString(d.Remedy)
	}
	return b.String()
}
