package simulator

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// nature is what a kind of fault takes of the fields of a Fault.
type nature struct {
	operations   []string // which it may name; nil: all
	needsDelay   bool
	delay, lasts bool // may be set
	then         bool // Then may be set
}

// natures are all kinds of faults.
func natures() map[FaultKind]nature {
	migration := []string{opTest, opStart, opComplete}
	return map[FaultKind]nature{
		FaultThrottle:       {},
		FaultServerError:    {},
		FaultRefuse:         {},
		FaultLostRequest:    {},
		FaultLostReply:      {},
		FaultHang:           {},
		FaultHangAccepted:   {},
		FaultStale:          {operations: []string{opDescribeGroups, opDescribeEvents}, needsDelay: true},
		FaultMissingEvent:   {operations: migration},
		FaultLateEvent:      {operations: migration, needsDelay: true},
		FaultDuplicateEvent: {operations: migration, delay: true},
		FaultShuffledEvents: {operations: []string{opDescribeEvents}},
		FaultRejectedRDB:    {operations: []string{opStart}},
		FaultStuckModifying: {operations: []string{opStart}, lasts: true},
		FaultPromotionFails: {operations: []string{opComplete}},
		FaultPromotionSlow:  {operations: []string{opComplete}, needsDelay: true},
		FaultFailover:       {delay: true, lasts: true, then: true},
		FaultReplacement:    {delay: true, lasts: true, then: true},
	}
}

// FaultKinds returns all kinds of faults, in the order of their names.
func FaultKinds() []FaultKind {
	var out []FaultKind
	for kind := range natures() {
		out = append(out, kind)
	}
	slices.Sort(out)
	return out
}

// validate reports every problem.
func (f Fault) validate() error {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf("simulator: Fault."+format, args...))
		}
	}
	n, known := natures()[f.Kind]
	check(known, "Kind is %q, want one of %q", f.Kind, FaultKinds())
	allowed := operations()
	if n.operations != nil {
		allowed = n.operations
	}
	check(f.Operation == "" || slices.Contains(allowed, f.Operation), "Operation is %q with Kind %q, want one of %q", f.Operation, f.Kind, allowed)
	check(f.Count >= 0, "Count is %d, want 0 or more", f.Count)
	check(f.After >= 0, "After is %d, want 0 or more", f.After)
	f.When.validate(check)
	check(f.Kind != FaultRefuse || f.Code != "", "Code is empty, want an error code to refuse with")
	check(f.Kind != FaultServerError || f.Code == "InternalFailure" || f.Code == "ServiceUnavailable",
		"Code is %q, want InternalFailure or ServiceUnavailable", f.Code)
	if known {
		check(validSpan(f.Delay, n.needsDelay || n.delay, n.needsDelay), "Delay is %v with Kind %q, want %s",
			f.Delay, f.Kind, spanWanted(n.needsDelay || n.delay, n.needsDelay))
		check(validSpan(f.Lasts, n.lasts, false), "Lasts is %v with Kind %q, want %s", f.Lasts, f.Kind, spanWanted(n.lasts, false))
		thens := []Aftermath{""}
		if n.then {
			thens = append(thens, AftermathResumes, AftermathEnds)
		}
		check(slices.Contains(thens, f.Then), "Then is %q with Kind %q, want one of %q", f.Then, f.Kind, thens)
	}
	return errors.Join(problems...)
}

func validSpan(d time.Duration, may, must bool) bool {
	return d >= 0 && (d == 0 || may) && (d > 0 || !must)
}

func spanWanted(may, must bool) string {
	switch {
	case must:
		return "more than 0"
	case may:
		return "0 or more"
	}
	return "0"
}
