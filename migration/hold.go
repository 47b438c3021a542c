package migration

import (
	"errors"
	"time"

	"github.com/cachelift/cachelift/progress"
)

// errPostponed ends an attempt at the cut-over that was under way.
var errPostponed = errors.New("the cut-over was postponed")

// postponed is what [Migrator.Postpone] left.
type postponed struct {
	active bool
	reason string
}

// Postpone keeps the cut-over from beginning until [Migrator.Release], also one of
// a later Run of this Migrator; the target goes on replicating. A pause that has
// begun is ended: writes are resumed, and the attempt does not count. From
// completing on it is too late: the error is [ErrPastNoReturn], and nothing is
// postponed. Nor does it hold a run that then finds the completion requested by an
// earlier one: that can only go forward. The reason is for the events. It may be called from any goroutine, and
// does not wait for writes to be resumed.
//
// What is postponed is not stored: a new process has to be told again.
func (m *Migrator) Postpone(reason string) error {
	m.mu.Lock()
	r := m.active
	m.mu.Unlock()
	if r == nil {
		m.setPostponed(postponed{true, reason})
		return nil
	}
	r.mu.Lock() // under which the point of no return is crossed
	defer r.mu.Unlock()
	at := r.machine.Current()
	if r.flow.pastNoReturn(at) {
		return ErrPastNoReturn
	}
	m.setPostponed(postponed{true, reason})
	if r.flow.backsOut(at) {
		r.interrupt(errPostponed)
	}
	return nil
}

// Release lets a cut-over that was postponed go on. It may be called from any
// goroutine; without a Postpone it does nothing.
func (m *Migrator) Release() { m.setPostponed(postponed{}) }

func (m *Migrator) setPostponed(p postponed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.postponed = p
}

// isPostponed reports whether [Migrator.Postpone] is in force.
func (m *Migrator) isPostponed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.postponed.active
}

// barred returns why the point of no return is not to be crossed. The caller
// holds r.mu, so that a Postpone that returned nil holds.
func (r *run) barred(from progress.State, t progress.Trigger) error {
	switch {
	case !r.flow.backsOut(from) || t == progress.TriggerBackedOut || t == progress.TriggerAbort || t == progress.TriggerFail,
		r.flow.next(from) != progress.StateCompleting:
		return nil
	case r.rehearsing:
		return errRehearsed
	case r.isPostponed():
		return errPostponed
	}
	return nil
}

// held says whether something holds the cut-over now, and tells observers when
// that has changed. With a rehearsal the schedule is not asked.
func (r *run) held() (progress.CutoverHeld, error) {
	now := time.Now()
	e := progress.CutoverHeld{Hold: progress.HoldNone}
	r.Migrator.mu.Lock()
	p := r.Migrator.postponed
	r.Migrator.mu.Unlock()
	hold, until, err := r.opts.Schedule.hold(now, r.opts.MaxWritePause)
	switch {
	case p.active:
		e = progress.CutoverHeld{Hold: progress.HoldPostponed, Reason: p.reason}
	case err != nil && !r.rehearsing:
		return e, opError("Schedule", err)
	case hold != progress.HoldNone && !r.rehearsing:
		e = progress.CutoverHeld{Hold: hold, Until: until}
	case r.cutover.notBefore.After(now):
		e = progress.CutoverHeld{Hold: progress.HoldBackedOff, Until: r.cutover.notBefore}
	}
	r.tellHeld(e)
	return e, nil
}

// tellHeld emits what holds the cut-over when it is something else than before, or
// until another time.
func (r *run) tellHeld(e progress.CutoverHeld) {
	before := progress.CutoverHeld{Hold: progress.HoldNone}
	if r.hold != nil {
		before = *r.hold
	}
	if e.Hold == before.Hold && e.Reason == before.Reason && e.Until.Equal(before.Until) {
		return
	}
	r.hold = &e
	if e.Hold == progress.HoldNone {
		r.hold = nil
	}
	r.Migrator.update(func(s *progress.Snapshot) { s.Held = r.hold })
	r.emit(e)
}
