package simulator

import (
	"slices"
	"strings"
	"time"
)

// FaultKind says what goes wrong. Each is tagged as in the package's
// documentation: whether the service is known to do it, or only has to be
// expected to.
type FaultKind string

// Faults of API calls.
const (
	// FaultThrottle refuses an API call with "Throttling", HTTP 400, a call of
	// EC2 with "RequestLimitExceeded", HTTP 503, or either with the Code given
	// (documented; the rates are not).
	FaultThrottle FaultKind = "throttle"
	// FaultServerError refuses an API call with "InternalFailure", HTTP 500,
	// or with the Code "ServiceUnavailable", HTTP 503 (documented).
	FaultServerError FaultKind = "server_error"
	// FaultRefuse refuses an API call with the Code given, which is required:
	// for example "UnauthorizedOperation" for a call of EC2 that is denied
	// (documented).
	FaultRefuse FaultKind = "refuse"
	// FaultLostRequest resets the connection before the call is accepted
	// (assumed, as of every network).
	FaultLostRequest FaultKind = "lost_request"
	// FaultLostReply resets the connection after the call has been accepted
	// and has taken effect. A call that is refused does not use it up (assumed,
	// as of every network).
	FaultLostReply FaultKind = "lost_reply"
	// FaultHang never answers: the call is not accepted, and ends when its
	// context does, or when the simulator is closed (assumed, as of every network).
	FaultHang FaultKind = "hang"
	// FaultHangAccepted is FaultHang for a call that has been accepted and has
	// taken effect. A call that is refused does not use it up.
	FaultHangAccepted FaultKind = "hang_accepted"
	// FaultStale answers a DescribeReplicationGroups or DescribeEvents with what
	// was true Delay ago, which is required (assumed: the service promises no
	// consistency). The group has always been there, with its first status.
	FaultStale FaultKind = "stale"
)

// Faults of events. Their Operation is the one that causes the event.
const (
	// FaultMissingEvent withholds an event of the Operation. With
	// TestMigration, Count 0 and no group it makes a service whose
	// TestMigration never reports, which the documentation does not exclude
	// (assumed).
	FaultMissingEvent FaultKind = "missing_event"
	// FaultLateEvent shows an event Delay later, which is required, with the
	// time at which it happened (assumed).
	FaultLateEvent FaultKind = "late_event"
	// FaultDuplicateEvent shows an event twice; the second one is dated, and
	// shown, Delay later (assumed).
	FaultDuplicateEvent FaultKind = "duplicate_event"
	// FaultShuffledEvents answers a DescribeEvents out of order: the same wrong
	// order each time, on all pages (documented in so far as no order is promised).
	FaultShuffledEvents FaultKind = "shuffled_events"
)

// Faults inside the service.
const (
	// FaultRejectedRDB makes a start fail as with a source whose snapshot
	// format is too new: the primary asks for a full sync, gives up, and the
	// event on record for that case follows (reported). It counts starts, not
	// attempts. A source whose full sync is over within [Timing].Poll may be seen
	// linked for an instant; rdb-key-save-delay on the source slows it down.
	FaultRejectedRDB FaultKind = "rejected_rdb"
	// FaultStuckModifying keeps a start that was accepted from turning the primary
	// to the source: for as long as Lasts, or until the fault is removed or the
	// migration stopped by force. The group is "modifying" meanwhile (assumed).
	FaultStuckModifying FaultKind = "stuck_modifying"
	// FaultPromotionFails makes a completion fail after the time of a
	// promotion, with an event, and the group goes back to "migrating", as
	// documented for a node that is being replaced.
	FaultPromotionFails FaultKind = "promotion_fails"
	// FaultPromotionSlow makes a promotion take Delay longer, which is required
	// (documented in so far as it takes "minutes").
	FaultPromotionSlow FaultKind = "promotion_slow"
	// FaultFailover ends the primary's server, Delay after the occasion. When it
	// has been gone for Lasts, a replica is promoted and is the primary from then
	// on, which the primary endpoint leads to; the former one comes back as its
	// replica. The events and their order are documented, the status, which does
	// not change, is assumed. In a group without replicas the node is replaced.
	//
	// What becomes of a migration is in Then. A completion that is under way is
	// refused with an event, as documented for a node that is being replaced.
	FaultFailover FaultKind = "failover"
	// FaultReplacement ends the primary's server, Delay after the occasion, and
	// starts another in its place, empty, when it has been gone for Lasts. Name
	// and address stay. The events are documented for a failover (assumed: the
	// same here). Then and completions: as with FaultFailover.
	FaultReplacement FaultKind = "replacement"
)

// Aftermath is what becomes of a migration whose primary node has changed. No
// public source says.
type Aftermath string

const (
	// AftermathResumes turns the new node to the source, and the migration goes
	// on with the status it has (assumed). The default.
	AftermathResumes Aftermath = "resumes"
	// AftermathEnds gives the migration up, as after a failed start: the new
	// node is a primary with what it has, the event says that the migration
	// failed, and the status is "available" (assumed).
	AftermathEnds Aftermath = "ends"
)

// Fault is something that goes wrong on purpose. See [Sim.Inject].
type Fault struct {
	// Kind says what goes wrong. Required.
	Kind FaultKind
	// Operation limits a fault of API calls to one operation, a fault of events
	// to those that one causes, for example "StartMigration" or
	// "DescribeSubnets", and FaultFailover and FaultReplacement to calls of one.
	// Empty: all.
	Operation string
	// GroupID limits the fault to one replication group. Empty: all. A call
	// names a group by its id, or as the source of events that it asks for.
	GroupID string
	// When limits the moments at which it strikes. FaultFailover and
	// FaultReplacement can strike at each call that is accepted, and at each
	// change of phase.
	When When
	// After is how many moments that fit pass before the first strike: 2 for
	// the third. Default 0.
	After int
	// Count is how often the fault strikes. 0: until it is removed.
	Count int
	// Code is the error code that API faults answer with, where the kind
	// leaves a choice.
	Code string
	// Message is the text of the answer. Empty: a text that names the fault.
	Message string
	// Delay is how much later, or how long ago, for the kinds that say so.
	Delay time.Duration
	// Lasts is how long it lasts, for FaultStuckModifying (0: for ever), and how
	// long the node is gone, for FaultFailover and FaultReplacement (0: as long as
	// it takes).
	Lasts time.Duration
	// Then is what becomes of a migration after FaultFailover and
	// FaultReplacement. Default: AftermathResumes.
	Then Aftermath
}

// Injection is a fault in force. Its methods are safe for concurrent use.
type Injection struct {
	sim        *Sim
	fault      Fault
	seen, hits int
	removed    chan struct{} // closed by Remove
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
	in := &Injection{sim: s, fault: f, removed: make(chan struct{})}
	s.injections = append(s.injections, in)
	return in, nil
}

// Remove takes the fault out of force, and lets a start that it holds go on.
// What else it has struck stays so. Removing twice is harmless.
func (in *Injection) Remove() {
	in.sim.mu.Lock()
	defer in.sim.mu.Unlock()
	in.sim.injections = slices.DeleteFunc(in.sim.injections, func(other *Injection) bool { return other == in })
	select {
	case <-in.removed:
	default:
		close(in.removed)
	}
}

// Hits returns how often the fault has struck.
func (in *Injection) Hits() int {
	in.sim.mu.Lock()
	defer in.sim.mu.Unlock()
	return in.hits
}
