package migration

import (
	"context"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
	"github.com/cachelift/cachelift/internal/retry"
	"github.com/cachelift/cachelift/preflight"
	"github.com/cachelift/cachelift/progress"
)

// kept is what a fence keeps from the pause of a run until its end: connections, so that
// no look has to wait for one, and what the source told when the fence was proved.
type kept struct {
	keeping    bool
	rehearsing bool // the pause is one of a rehearsal
	node       *node.Node
	behind     *redisinfo.Info // read behind the proof, in the server's order
	proved     time.Time       // when PauseWrites had proved the fence
}

// keep has PauseWrites, and WritesPaused after it, use the same connections, new ones: one
// that has been idle for days may be dead without a sign. letGo has to follow.
func (f *SourceFence) keep(rehearsing bool) {
	f.letGo()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept.keeping, f.kept.rehearsing = true, rehearsing
}

// letGo closes what is kept.
func (f *SourceFence) letGo() {
	f.mu.Lock()
	n := f.kept.node
	f.kept = kept{}
	f.mu.Unlock()
	if n != nil {
		n.Close()
	}
}

// on calls do with a connection to the source: the one that is kept, or one for this call.
func (f *SourceFence) on(do func(*node.Node) error) error {
	f.mu.Lock()
	n := f.kept.node
	if n == nil && f.kept.keeping && f.config.Address != "" {
		n = node.Open(f.config)
		f.kept.node = n
	}
	f.mu.Unlock()
	if n == nil {
		return f.onNew(do)
	}
	return do(n)
}

// onNew calls do with a connection of its own, which holds up nobody else.
func (f *SourceFence) onNew(do func(*node.Node) error) error {
	f.mu.Lock()
	config := f.config
	f.mu.Unlock()
	if config.Address == "" {
		return errUnbound
	}
	n := node.Open(config)
	defer n.Close()
	return do(n)
}

// readBehind is told what the source told behind the proof.
func (f *SourceFence) readBehind(info redisinfo.Info) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept.keeping {
		f.kept.behind = &info
	}
}

// behind is what the source told when PauseWrites had seen a write refused; there is none
// where it was not read in the same round trip.
func (f *SourceFence) behind() (info redisinfo.Info, there bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept.behind == nil {
		return info, false
	}
	return *f.kept.behind, true
}

// provedAt is when PauseWrites had seen a write refused, in this pause of this run.
func (f *SourceFence) provedAt() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept.proved
}

// ownWord reports whether all that is asked while writes are paused is asked of the
// source, which may be asked at any time, and nothing of the host. With ACL it is about
// every user, which is too much to be asked all the time.
func (f *SourceFence) ownWord() bool {
	f.mu.Lock()
	acl := f.closed == preflight.FenceACL
	f.mu.Unlock()
	return f.fenced() && !acl && f.opts.Gate == nil
}

// fenced reports whether this process has closed a fence on the source.
func (f *SourceFence) fenced() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed != "" && f.closed != preflight.FenceGate
}

// proveLast begins the proof that the fence holds after the promotion, as a new client:
// on connections of its own. The application does not wait for it, and what Switch does
// to the source does. It returns what waits for the proof.
func (f *SourceFence) proveLast(ctx context.Context) func() (bool, error) {
	proof := aside(func() (bool, error) { return f.closedAnew(ctx) })
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = proof
	return proof
}

// closedAnew is whether the fence is closed, to new clients. That none gets through at
// the moment, as when many reconnect, says nothing: it is tried again for a while.
func (f *SourceFence) closedAnew(ctx context.Context) (closed bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin) // whatever becomes of the run
	defer cancel()
	policy := retry.Policy{Initial: 20 * time.Millisecond, Max: 500 * time.Millisecond, Tries: 50, MaxElapsed: leaveWithin}
	err = retry.Do(ctx, policy, anyPasses, nil, func(ctx context.Context) error {
		return f.onNew(func(n *node.Node) error {
			closed, err = n.FenceClosed(ctx)
			return err
		})
	})
	return closed, err
}

// awaitLast waits for that proof, if one was begun.
func (f *SourceFence) awaitLast() {
	f.mu.Lock()
	proof := f.last
	f.mu.Unlock()
	if proof != nil {
		_, _ = proof() // the run says what came of it
	}
}

// fence is the Cutover, if that is a SourceFence whose word may be asked for at any time,
// also while another of its methods is called. One that is embedded may have methods of
// the host's, and a Gate is the host's: they are called one at a time.
func (r *run) fence() *SourceFence {
	f, ok := r.opts.Cutover.(*SourceFence)
	if !ok || !f.ownWord() || len(r.flow.hosts(progress.StateCompleting, progress.StateSwitching)) > 0 {
		return nil // a step of the host comes before Switch: it is not to find an open source
	}
	return f
}
