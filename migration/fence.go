package migration

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// SourceFence is a ready-made [Cutover]: it pauses writes on the source server
// itself, so that also clients that the host does not know cannot write. The
// host adds what points the application to the target. Make one with
// [NewSourceFence] for each plan and give it to [Options]; it takes the plan's
// source and Options.SourceRedis.
//
// It closes the best fence that the source has and allows, the first of these:
//
//  1. Redis 6.2.7 and later, and Valkey: CLIENT PAUSE WRITE parks writes for at most
//     MaxWritePause, and while they are parked min-replicas-to-write is raised to a
//     number that cannot be met. Writes are refused with NOREPLICAS from then on, and
//     so are the parked ones when the pause ends; when the attempt backs out they are
//     executed.
//  2. Redis 6.0.20, or where only CONFIG is allowed: min-replicas-to-write alone.
//  3. From Redis 6.0 on where CONFIG is not to be had, and before 6.2.7 and 6.0.20, where
//     scripts pass min-replicas-to-write: ACL. Every user loses the right to write, with
//     NOPERM. Slower, and less even at high rates.
//  4. Where scripts, and below Redis 6.0 transactions queued before, pass
//     min-replicas-to-write: that all the same, if the host states that there are
//     none.
//  5. The host's [Gate] alone.
//
// The preflight check source.fence says beforehand which it will be, why no better
// one, and what is weaker. [FenceOptions] has the Gate and the rest.
//
// That the fence holds is proved by a write, before the source's offset is read, while
// the promotion is awaited, and after it: it deletes a key that does not exist,
// "cachelift:fence:" and random letters, and has to be refused. Switch does not wait for
// the last of these; if the source takes writes then the error of the run is
// [ErrSourceOpen].
//
// A host that wants a Switch with state of its own embeds a *SourceFence in its
// Cutover and overrides Switch, calling the embedded one last. Since other methods may be
// overridden as well, they are called one at a time then, and the pause is a round trip or
// two longer.
//
// Clients must expect NOREPLICAS, or NOPERM, while writes are paused, and go on
// trying.
//
// The source itself holds what to put back, so that any process can: the setting is
// raised by 1,000,000, in a rehearsal by twice that, and the rules of an ACL user NAME
// are those of the user cachelift:fence:NAME, which is off. By hand it is CONFIG SET
// min-replicas-to-write with the value that CONFIG GET shows, less the millions. What is
// changed is told as [progress.SettingChanged] before it is, and stands in
// Result.Settings and in Options.Ledger. After a successful migration the fence stays
// closed for good: a client that still writes to the old server gets an error instead
// of losing data in silence. docs/cutover.md has the table of what each fence lets
// through.
type SourceFence struct {
	switchTo func(context.Context, Endpoint) error
	opts     FenceOptions

	mu       sync.Mutex
	config   node.Config
	budget   time.Duration
	settings settings
	closed   preflight.FenceRung // what PauseWrites closed last; "" if not in this process
	calls    map[string]int64    // of writes since the gate was closed, if it is alone
	kept     kept
	last     func() (bool, error) // the proof after the promotion; nil before

	switchedAt time.Time
}

// NewSourceFence returns a fence that calls switchTo, which may be nil, when
// the target takes writes. switchTo must be idempotent.
func NewSourceFence(switchTo func(ctx context.Context, to Endpoint) error) *SourceFence {
	return NewSourceFenceWith(switchTo, FenceOptions{})
}

// NewSourceFenceWith is NewSourceFence with options. [New] reports what is wrong
// with them.
func NewSourceFenceWith(switchTo func(ctx context.Context, to Endpoint) error, opts FenceOptions) *SourceFence {
	return &SourceFence{switchTo: switchTo, opts: opts}
}

// sourceBinder is a Cutover that works on the source; New tells it which.
type sourceBinder interface {
	bindSource(node.Config, time.Duration, Ledger) error
	fenceFacts(context.Context) (preflight.Fence, error)
	// leftover says what a dead process left half done, "" for nothing.
	leftover(context.Context) (string, error)
	// endPause lets parked writes go on.
	endPause(context.Context) error
	// tellTo names who is told of changed settings, from now on.
	tellTo(func(progress.Event))
	// changed are the settings that are known to have been changed.
	changed() []Setting
	// keep has connections kept from PauseWrites on, until letGo.
	keep(rehearsing bool)
	letGo()
	// switched is when the host's function of the last Switch returned, before what
	// is done about the source; zero if there was none.
	switched() time.Time
	// behind is what INFO of the source said behind the proof of PauseWrites.
	behind() (redisinfo.Info, bool)
}

func (f *SourceFence) fenceFacts(ctx context.Context) (facts preflight.Fence, err error) {
	err = f.onNew(func(n *node.Node) error {
		facts, err = n.FenceFacts(ctx)
		return err
	})
	facts.Gate, facts.NoScripts = f.opts.Gate != nil, f.opts.DangerNoScripts
	return facts, err
}

// bindSource is called by New. A fence stands before one source: one that is
// shared by two migrations would guard the wrong one.
func (f *SourceFence) bindSource(c node.Config, budget time.Duration, ledger Ledger) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if old := f.config.Address; old != "" && old != c.Address {
		return fmt.Errorf("migration: Options.Cutover is a SourceFence of the source %s, want one of its own for %s", old, c.Address)
	}
	c.Lost = f.config.Lost
	if c.Lost == nil {
		c.Lost = new(node.Lost)
	}
	f.config, f.budget = c, budget
	f.settings.bind(c.Address, ledger)
	return f.opts.validate()
}

func (f *SourceFence) tellTo(told func(progress.Event)) { f.settings.tellTo(told) }

func (f *SourceFence) switched() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.switchedAt
}

func (f *SourceFence) changed() []Setting { return f.settings.known() }

var errUnbound = errors.New("migration: SourceFence is used before it was given to New as Options.Cutover")

// order is what the node is asked to close.
func (f *SourceFence) order() node.FenceOrder {
	f.mu.Lock()
	defer f.mu.Unlock()
	return node.FenceOrder{Budget: f.budget, Gate: f.opts.Gate != nil, NoScripts: f.opts.DangerNoScripts, Rehearsal: f.kept.rehearsing, Record: f.settings.change, Behind: f.readBehind}
}

// PauseWrites closes the host's gate, if there is one, and then the best fence that
// there is, and proves that it holds.
func (f *SourceFence) PauseWrites(ctx context.Context) error {
	return f.on(func(n *node.Node) error {
		if err := f.closeGate(ctx); err != nil {
			return err
		}
		rung, err := n.CloseFence(ctx, f.order())
		if err != nil {
			return err
		}
		var calls map[string]int64
		if rung == preflight.FenceGate {
			if calls, err = f.awaitQuiet(ctx, n); err != nil {
				return err
			}
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.closed, f.calls, f.last = rung, calls, nil
		if f.kept.keeping {
			f.kept.proved = time.Now()
		}
		return nil
	})
}

// Switch calls the host's function and then lets parked writers go at once,
// which get an error from the fence and reconnect. That the source does not
// answer is no error: then nobody is parked there, or the pause ends by itself.
func (f *SourceFence) Switch(ctx context.Context, to Endpoint) error {
	if f.switchTo != nil {
		if err := f.switchTo(ctx, to); err != nil {
			return err
		}
	}
	f.mu.Lock()
	f.switchedAt = time.Now()
	f.mu.Unlock()
	f.awaitLast() // it must not meet what follows
	// Whatever becomes of the run, the application is on the target now.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
	defer cancel()
	return f.onNew(func(n *node.Node) error { f.leave(ctx, n); return nil })
}

// leaveWithin bounds what is done about clients of the old primary.
const leaveWithin = 5 * time.Second

// leave deals with the clients that are still connected to the old primary.
//
// Step 9 of docs/cutover.md.
func (f *SourceFence) leave(ctx context.Context, n *node.Node) {
	if err := n.ReleaseParked(ctx); err != nil {
		f.note("clients whose writes are parked wait until the pause is over", err)
	} else {
		f.note(ledgerBehind, f.settings.ended(ctx, node.ClientPause))
	}
	if f.opts.OldClients == OldClientsDisconnect {
		f.note("clients of the source could not be disconnected", n.DisconnectClients(ctx))
	}
	if f.opts.AfterSwitch == AfterSwitchOpen {
		back, err := n.OpenFence(ctx)
		f.note("the fence was to be opened after Switch and is not", err)
		f.note(ledgerBehind, f.settings.putBack(ctx, back, err))
	}
}

// ledgerBehind begins the note of what was put back and could not be saved.
const ledgerBehind = "the ledger still says that settings of the source are changed which were put back"

// note tells of something that went wrong and holds up nothing.
func (f *SourceFence) note(what string, err error) {
	if err != nil {
		f.settings.tell(progress.Noted{Text: fmt.Sprintf("%s: %v", what, err)})
	}
}

// ResumeWrites opens the fence: what was changed gets its old value back, then
// parked writes are executed, and then the host's gate is opened. That the ledger cannot
// be told of it is a note: the source is open in any case.
func (f *SourceFence) ResumeWrites(ctx context.Context) error {
	defer f.letGo()
	err := f.onNew(func(n *node.Node) error { // whatever has become of the one that is kept
		back, err := n.OpenFence(ctx)
		f.note(ledgerBehind, f.settings.putBack(ctx, back, err))
		return err
	})
	if err == nil {
		err = f.openGate(ctx)
	}
	if err == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.closed, f.calls = "", nil
	}
	return err
}

// WritesPaused reads from the source whether the fence is closed, and tries a
// write, which has to be refused. With a Gate, that has to be closed too. A gate
// alone counts, but not if the source has executed writes since.
func (f *SourceFence) WritesPaused(ctx context.Context) (paused bool, err error) {
	f.settings.read(ctx)
	err = f.on(func(n *node.Node) error {
		if paused, err = f.gateClosed(ctx); err != nil || !paused {
			return err
		}
		closed := n.FenceClosed
		if f.fenced() { // by this process: the answer is waited for
			closed = n.FenceHolds
		}
		if paused, err = closed(ctx); err != nil || paused || f.opts.Gate == nil {
			return err
		}
		paused, err = f.gateHolds(ctx, n)
		return err
	})
	return paused, err
}

// endPause lets parked writes go on, and leaves the fence as it is.
func (f *SourceFence) endPause(ctx context.Context) error {
	return f.onNew(func(n *node.Node) error { return n.EndPause(ctx) })
}

// leftover looks for what a process that died left half done, when WritesPaused
// says no.
func (f *SourceFence) leftover(ctx context.Context) (what string, err error) {
	err = f.onNew(func(n *node.Node) error {
		if f.opts.Gate != nil {
			if closed, err := f.gateClosed(ctx); err != nil || closed {
				what = "the host's gate is closed"
				return err
			}
		}
		if what, err = n.FenceLeft(ctx); err != nil || what != "" {
			return err
		}
		left, err := f.settings.outstanding(ctx)
		if len(left) > 0 {
			what = fmt.Sprintf("%s was changed and not put back", left[0].Name)
		}
		return err
	})
	return what, err
}
