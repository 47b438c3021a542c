package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// FaultKind says what goes wrong.
type FaultKind string

const (
	// FaultThrottle refuses an API call with "Throttling", HTTP 400, a call of
	// EC2 with "RequestLimitExceeded", HTTP 503, or either with the Code given.
	FaultThrottle FaultKind = "throttle"
	// FaultServerError refuses an API call with "InternalFailure", HTTP 500,
	// or with the Code "ServiceUnavailable", HTTP 503.
	FaultServerError FaultKind = "server_error"
	// FaultRefuse refuses an API call with the Code given, which is required:
	// for example "UnauthorizedOperation" for a call of EC2 that is denied.
	FaultRefuse FaultKind = "refuse"
	// FaultLostRequest breaks the connection before the call is accepted.
	FaultLostRequest FaultKind = "lost_request"
	// FaultLostReply breaks the connection after the call has been accepted
	// and has taken effect. A call that is refused does not use it up.
	FaultLostReply FaultKind = "lost_reply"
	// FaultMissingEvent withholds an event of the Operation. With
	// TestMigration, Count 0 and no group it makes a service whose
	// TestMigration never reports, which the documentation does not exclude.
	FaultMissingEvent FaultKind = "missing_event"
	// FaultRejectedRDB makes a start fail as with a source whose snapshot
	// format is too new: the primary asks for a full sync, gives up, and the
	// event on record for that case follows. It counts starts, not attempts. A
	// source whose full sync is over within [Timing].Poll may be seen linked for
	// an instant; rdb-key-save-delay on the source slows it down.
	FaultRejectedRDB FaultKind = "rejected_rdb"
	// FaultPromotionFails makes a completion fail after the time of a
	// promotion, with an event, and the group goes back to "migrating", as
	// documented for a node that is being replaced.
	FaultPromotionFails FaultKind = "promotion_fails"
	// FaultPromotionSlow makes a promotion take Delay longer.
	FaultPromotionSlow FaultKind = "promotion_slow"
)

// Fault is something that goes wrong on purpose. See [Sim.Inject].
type Fault struct {
	// Kind says what goes wrong. Required.
	Kind FaultKind
	// Operation limits an API fault to one operation, and FaultMissingEvent
	// to the events that one causes, for example "StartMigration" or
	// "DescribeSubnets". Empty: all.
	Operation string
	// GroupID limits the fault to one replication group. Empty: all.
	GroupID string
	// Count is how often the fault strikes. 0: until it is removed.
	Count int
	// Code is the error code that API faults answer with, where the kind
	// leaves a choice.
	Code string
	// Message is the text of the answer. Empty: a text that names the fault.
	Message string
	// Delay is for FaultPromotionSlow alone, which requires it.
	Delay time.Duration
}

// Injection is a fault in force. Its methods are safe for concurrent use.
type Injection struct {
	sim   *Sim
	fault Fault
	hits  int
}

// Inject puts a fault in force. Faults strike in the order they were injected,
// one of a kind at a time. All problems of f are reported at once.
func (s *Sim) Inject(f Fault) (*Injection, error) {
	f.GroupID = strings.ToLower(f.GroupID)
	if f.Code == "" && f.Kind == FaultServerError {
		f.Code = "InternalFailure"
	}
	if f.Message == "" {
		f.Message = "Injected fault: " + string(f.Kind)
	}
	if err := f.validate(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := &Injection{sim: s, fault: f}
	s.injections = append(s.injections, in)
	return in, nil
}

func (f Fault) validate() error {
	kinds := []FaultKind{
		FaultThrottle, FaultServerError, FaultRefuse, FaultLostRequest, FaultLostReply,
		FaultMissingEvent, FaultRejectedRDB, FaultPromotionFails, FaultPromotionSlow,
	}
	var problems []error
	if !slices.Contains(kinds, f.Kind) {
		problems = append(problems, fmt.Errorf("simulator: Fault.Kind is %q, want one of %q", f.Kind, kinds))
	}
	if f.Operation != "" && !slices.Contains(operations(), f.Operation) {
		problems = append(problems, fmt.Errorf("simulator: Fault.Operation is %q, want one of %q", f.Operation, operations()))
	}
	if f.Count < 0 {
		problems = append(problems, fmt.Errorf("simulator: Fault.Count is %d, want 0 or more", f.Count))
	}
	if f.Kind == FaultRefuse && f.Code == "" {
		problems = append(problems, errors.New("simulator: Fault.Code is empty, want an error code to refuse with"))
	}
	if f.Kind == FaultServerError && f.Code != "InternalFailure" && f.Code != "ServiceUnavailable" {
		problems = append(problems, fmt.Errorf("simulator: Fault.Code is %q, want InternalFailure or ServiceUnavailable", f.Code))
	}
	if (f.Kind == FaultPromotionSlow) != (f.Delay > 0) {
		problems = append(problems, fmt.Errorf("simulator: Fault.Delay is %v with Kind %q, want a delay with %q alone", f.Delay, f.Kind, FaultPromotionSlow))
	}
	return errors.Join(problems...)
}

// Remove takes the fault out of force. Removing twice is harmless.
func (in *Injection) Remove() {
	in.sim.mu.Lock()
	defer in.sim.mu.Unlock()
	in.sim.injections = slices.DeleteFunc(in.sim.injections, func(other *Injection) bool { return other == in })
}

// Hits returns how often the fault has struck.
func (in *Injection) Hits() int {
	in.sim.mu.Lock()
	defer in.sim.mu.Unlock()
	return in.hits
}

// takeFault uses up one strike of the first fault of a kind that fits, and
// returns it, nil if there is none. The caller holds s.mu.
func (s *Sim) takeFault(kind FaultKind, operation, groupID string) *Fault {
	for i, in := range s.injections {
		f := &in.fault
		fits := f.Kind == kind && (f.Operation == "" || f.Operation == operation) && (f.GroupID == "" || f.GroupID == groupID)
		if !fits {
			continue
		}
		in.hits++
		if f.Count > 0 && in.hits >= f.Count {
			s.injections = slices.Delete(s.injections, i, i+1)
		}
		return f
	}
	return nil
}
