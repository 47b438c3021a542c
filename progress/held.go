package progress

import (
	"log/slog"
	"time"
)

// Hold is why a cut-over waits although the target is in sync.
type Hold string

const (
	// HoldNone: nothing holds it any more.
	HoldNone Hold = "none"
	// HoldPostponed: somebody called Postpone; it waits for Release.
	HoldPostponed Hold = "postponed"
	// HoldTooEarly: the time of the schedule has not come.
	HoldTooEarly Hold = "too_early"
	// HoldOutsideWindow: no window of the schedule is open, or the one that is
	// closes before the write pause would have to be over.
	HoldOutsideWindow Hold = "outside_window"
	// HoldBackedOff: the last attempt backed out, and the next one may not begin
	// yet.
	HoldBackedOff Hold = "backed_off"
)

// CutoverHeld tells that the cut-over waits while the target is in sync, and
// for what: once for each reason, and once, with HoldNone, when it may go on.
type CutoverHeld struct {
	Header
	// Hold is why.
	Hold Hold `json:"hold"`
	// Until is when that is over; zero if nobody knows.
	Until time.Time `json:"until,omitzero"`
	// Reason is what the one who postponed it said.
	Reason string `json:"reason,omitempty"`
}

// Kind returns "cutover_held".
func (CutoverHeld) Kind() string { return "cutover_held" }

func (e CutoverHeld) stamp(h Header) Event { e.Header = h; return e }

// MarshalJSON implements [json.Marshaler].
func (e CutoverHeld) MarshalJSON() ([]byte, error) {
	type plain CutoverHeld
	return encode(e.Kind(), plain(e))
}

// String is one line for a person.
func (e CutoverHeld) String() string {
	if e.Hold == HoldNone {
		return "the cut-over may go on"
	}
	s := "the cut-over is held: " + string(e.Hold)
	if !e.Until.IsZero() {
		s += " until " + e.Until.Format(time.RFC3339)
	}
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return oneLine(s)
}

func (e CutoverHeld) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("hold", string(e.Hold))}
	if !e.Until.IsZero() {
		attrs = append(attrs, slog.Time("until", e.Until))
	}
	if e.Reason != "" {
		attrs = append(attrs, slog.String("reason", e.Reason))
	}
	return attrs
}
