package migration

import (
	"context"
	"time"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/internal/redisinfo"
)

// sightLines is how many looks at the target's primary may be under way at the same
// time, each on a connection of its own.
const sightLines = 4

// sight is what a node tells of itself in one round trip.
type sight struct {
	role redisinfo.Role
	info redisinfo.Info
}

// primarySeen is a sight of the target's primary, and whom that follows.
type primarySeen struct {
	answered[sight]
	link link
}

// lookAhead begins to look at the target's primary, before the answer is needed: the
// connections are made while nobody waits for them yet.
func (r *run) lookAhead(ctx context.Context) {
	if n := r.primary(); r.sights != nil || n == nil {
		return
	}
	var nodes [sightLines]*node.Node
	for i := range nodes {
		nodes[i] = node.Open(nodeConfig(r.destAt, r.opts.TargetRedis, r.opts))
	}
	r.history.Store(false)
	r.sights = lookOut(context.WithoutCancel(ctx), sightLines, pollPause, func(ctx context.Context, line int) (s sight, err error) {
		var sections []string
		if r.history.Load() {
			sections = []string{"server", "replication"}
		}
		s.role, s.info, err = nodes[line].RoleInfo(ctx, sections...)
		return s, err
	})
	r.closeSights = func() {
		for _, n := range nodes {
			n.Close()
		}
	}
}

// readyWithin bounds the wait for the connections of lookAhead. Writes are open still.
const readyWithin = time.Second

// lookReady waits until they are made: with those to the target still to come, the drain
// would begin with a look that takes several round trips.
func (r *run) lookReady(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	r.sights.ready(ctx)
}

// lookNext is lookPrimary from pausing to switching: it returns what was not returned
// before, as soon as it is there.
func (r *run) lookNext(ctx context.Context, every time.Duration) (primarySeen, error) {
	r.lookAhead(ctx)
	if r.sights == nil {
		return primarySeen{answered: answered[sight]{err: errNoPrimary}, link: linkUnknown}, sleep(ctx, every)
	}
	r.sights.pace(every)
	a, err := r.sights.await(ctx, func(a answered[sight]) bool { return a.asked.After(r.sighted) })
	s := primarySeen{answered: a, link: linkUnknown}
	r.sighted = a.asked
	if err != nil || a.err != nil {
		return s, err
	}
	if s.link, s.err = r.linkOf(ctx, a.value.role); s.link == linkOther { // believed only on a new connection
		r.lookAway()
		s.asked = time.Now()
		s.value.role, s.value.info, s.link, s.err = r.lookPrimary(ctx)
		s.at = time.Now()
	}
	return s, nil
}

// lookAway ends what lookAhead began, and waits for it.
func (r *run) lookAway() {
	if r.sights == nil {
		return
	}
	r.sights.stop()
	r.closeSights()
	r.sights = nil
}
