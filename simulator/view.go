package simulator

import "time"

// view is what changes of what the API shows of a group.
type view struct {
	since   time.Time
	status  string
	primary int // index of the node
}

// role is what the API shows as the role of the node with that index.
func (v view) role(index int) string {
	if index == v.primary {
		return "primary"
	}
	return "replica"
}

// reader is the index of the node that the reader endpoint leads to: the first
// replica, or the primary if there is none.
func (v view) reader(nodes int) int {
	for i := range nodes {
		if i != v.primary {
			return i
		}
	}
	return v.primary
}

// maxViews bounds a group's past; the oldest go first.
const maxViews = 256

// shown is what the API shows at this moment. The caller holds sim.mu.
func (g *Group) shown() view { return g.views[len(g.views)-1] }

// shownAt is what it showed at a time. The caller holds sim.mu.
func (g *Group) shownAt(t time.Time) view {
	for i := len(g.views) - 1; i > 0; i-- {
		if !g.views[i].since.After(t) {
			return g.views[i]
		}
	}
	return g.views[0]
}

// show changes what the API shows. The caller holds sim.mu.
func (g *Group) show(change func(*view)) {
	v := g.shown()
	change(&v)
	v.since = now()
	if len(g.views) >= maxViews {
		g.views = append(g.views[:0], g.views[1:]...)
	}
	g.views = append(g.views, v)
}

// setStatus changes the status. The caller holds sim.mu.
func (g *Group) setStatus(status string) { g.show(func(v *view) { v.status = status }) }

// sight is how a describe operation looks at the past.
type sight struct {
	at       time.Time // it shows what was true then
	shuffled bool      // events are out of order
}

// sightOf takes the faults that change what a call sees. The caller holds s.mu.
func (s *Sim) sightOf(o Occasion) (sight, FaultKind) {
	look, fault := sight{at: now()}, FaultKind("")
	if o.Operation != opDescribeGroups && o.Operation != opDescribeEvents {
		return look, fault
	}
	if o.Operation == opDescribeEvents && s.takeFault(FaultShuffledEvents, o) != nil {
		look.shuffled, fault = true, FaultShuffledEvents
	}
	if in := s.takeFault(FaultStale, o); in != nil {
		look.at, fault = look.at.Add(-in.fault.Delay), FaultStale
	}
	return look, fault
}
