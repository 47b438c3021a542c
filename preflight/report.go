package preflight

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Report is the result of all checks over the same facts.
type Report struct {
	// At is when the facts were gathered.
	At time.Time `json:"at"`
	// Findings has one entry for each check that applies, in the order of the
	// checks.
	Findings []Finding `json:"findings"`
	// UnusedWaivers are the ids in the waiver list that no finding needed or
	// no check has: usually a misspelling.
	UnusedWaivers []string `json:"unused_waivers,omitempty"`
}

// Judge runs the checks over the facts. Results of the checks whose id is in
// waive are marked as waived where the check allows it. A check that panics or
// gives no valid outcome counts as unknown. Judge does no I/O and may be called
// from any goroutine. Nil checks mean [Builtin]. Call [Validate] first to find
// mistakes in the two lists.
func Judge(facts Facts, checks []Check, waive []string) Report {
	if checks == nil {
		checks = Builtin()
	}
	r := Report{At: facts.GatheredAt, Findings: make([]Finding, 0, len(checks))}
	used := map[string]bool{}
	for _, c := range checks {
		if !c.applies(facts) {
			continue
		}
		f := c.judge(facts)
		if f.Outcome != Pass && slices.Contains(waive, c.ID) &&
			(f.Outcome == Unknown || c.Waivable != NeverWaived) {
			f.Waived, used[c.ID] = true, true
		}
		r.Findings = append(r.Findings, f)
	}
	for _, id := range waive {
		if !used[id] {
			r.UnusedWaivers = append(r.UnusedWaivers, id)
		}
	}
	return r
}

// Blocking returns the findings that stop the migration.
func (r Report) Blocking() []Finding {
	var out []Finding
	for _, f := range r.Findings {
		if f.Blocks() {
			out = append(out, f)
		}
	}
	return out
}

// Err returns nil if nothing blocks, else a [*FailedError] with the report.
func (r Report) Err() error {
	if len(r.Blocking()) == 0 {
		return nil
	}
	return &FailedError{Report: r}
}

// FailedError is returned when a preflight report has blocking findings. Test
// for it with [errors.As].
type FailedError struct {
	// Report is the whole report, passes included.
	Report Report
}

// Error lists every blocking finding with its remedy, on one line each.
func (e *FailedError) Error() string {
	var b strings.Builder
	blocking := e.Report.Blocking()
	fmt.Fprintf(&b, "preflight: %s", e.Report.Summary())
	for _, f := range blocking {
		fmt.Fprintf(&b, "\n%s: %s: observed %s, required %s", f.CheckID, f.Outcome, f.Observed, f.Required)
		if f.Remedy != "" {
			fmt.Fprintf(&b, ": %s", f.Remedy)
		}
	}
	return b.String()
}
