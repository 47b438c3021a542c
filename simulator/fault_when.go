package simulator

import (
	"fmt"
	"slices"
	"time"
)

// Phase is how far the migration of a group has come inside the service, which
// the API does not show: a group is "modifying" in most of them.
type Phase string

const (
	// PhaseIdle: the group is under no migration.
	PhaseIdle Phase = "idle"
	// PhaseTesting: a TestMigration looks at the source.
	PhaseTesting Phase = "testing"
	// PhaseStarting: a start has been accepted, or tries once more; the primary
	// has not been turned to the source yet.
	PhaseStarting Phase = "starting"
	// PhaseSyncing: the primary has been turned to the source.
	PhaseSyncing Phase = "syncing"
	// PhaseMigrating: the primary follows the source, and the group is "migrating".
	PhaseMigrating Phase = "migrating"
	// PhaseCompleting: a completion has been accepted, nothing is promoted yet.
	PhaseCompleting Phase = "completing"
	// PhasePromoted: the primary has been promoted; the status does not say so yet.
	PhasePromoted Phase = "promoted"
)

func phases() []Phase {
	return []Phase{PhaseIdle, PhaseTesting, PhaseStarting, PhaseSyncing, PhaseMigrating, PhaseCompleting, PhasePromoted}
}

// Occasion is a moment at which a fault can strike.
type Occasion struct {
	// Kind is the kind of the fault that asks.
	Kind FaultKind
	// Operation is the operation of the call, or the one that causes the event
	// or the change. Empty for a change of phase.
	Operation string
	// Parameters are the members of the call as in [Call]; nil if it is none.
	// They must not be changed.
	Parameters map[string]string
	// GroupID is the replication group that it is about, in lower case; empty
	// for a call that names none.
	GroupID string
	// Status is the group's status at this moment.
	Status string
	// Phase is the phase of the group's migration at this moment.
	Phase Phase
	// Message is the text of the event, for faults of events.
	Message string
	// At is this moment.
	At time.Time
}

// When limits the moments at which a fault strikes. The zero value does not.
type When struct {
	// Status is the group's status that it takes, such as "modifying". A call
	// that names no group is not struck then. Empty: any.
	Status string
	// Phase is the phase of the group's migration that it takes. A call that
	// names no group is not struck then. Empty: any.
	Phase Phase
	// Fits takes or leaves what the other conditions have taken. It is called
	// while the simulator waits: it must not block, nor call the simulator.
	// Nil: it takes all.
	Fits func(Occasion) bool
}

func (w When) validate(check checker) {
	statuses := append(groupStatuses(), statusMigrating)
	check(w.Status == "" || slices.Contains(statuses, w.Status), "When.Status is %q, want one of %q", w.Status, statuses)
	check(w.Phase == "" || slices.Contains(phases(), w.Phase), "When.Phase is %q, want one of %q", w.Phase, phases())
}

// fits reports whether the fault may strike.
func (f *Fault) fits(o Occasion) bool {
	switch {
	case f.Kind != o.Kind,
		f.Operation != "" && f.Operation != o.Operation,
		f.GroupID != "" && f.GroupID != o.GroupID,
		f.When.Status != "" && f.When.Status != o.Status,
		f.When.Phase != "" && f.When.Phase != o.Phase:
		return false
	}
	return f.When.Fits == nil || f.When.Fits(o)
}

// takeFault uses up one strike of the first fault of the kind that fits, and
// returns it, nil if there is none. The caller holds s.mu.
func (s *Sim) takeFault(kind FaultKind, o Occasion) *Injection {
	if len(s.injections) == 0 {
		return nil
	}
	o.Kind, o.At = kind, now()
	if g := s.groups[o.GroupID]; g != nil {
		o.Status, o.Phase = g.shown().status, g.phase
	}
	for i, in := range s.injections {
		f := &in.fault
		if !f.fits(o) {
			continue
		}
		if in.seen++; in.seen <= f.After {
			continue
		}
		in.hits++
		if f.Count > 0 && in.hits >= f.Count {
			s.injections = slices.Delete(s.injections, i, i+1)
		}
		s.log.Info("fault strikes", "kind", kind, "operation", o.Operation, "group", o.GroupID, "phase", o.Phase)
		return in
	}
	return nil
}

// String describes the fault in a few words.
func (f Fault) String() string {
	s := string(f.Kind)
	for _, part := range []struct {
		text string
		set  bool
	}{
		{"of " + f.Operation, f.Operation != ""},
		{"for " + f.GroupID, f.GroupID != ""},
		{"with " + f.Code, f.Code != ""},
		{"by " + f.Delay.String(), f.Delay > 0},
		{"lasting " + f.Lasts.String(), f.Lasts > 0},
		{"then " + string(f.Then), f.Then != ""},
		{"while " + f.When.Status, f.When.Status != ""},
		{"in phase " + string(f.When.Phase), f.When.Phase != ""},
		{"if it fits", f.When.Fits != nil},
		{fmt.Sprintf("after %d", f.After), f.After > 0},
		{fmt.Sprintf("%d times", f.Count), f.Count > 0},
	} {
		if part.set {
			s += " " + part.text
		}
	}
	return s
}
