package memory

import (
	"slices"
	"time"
)

// Wire is what is between a server and those that replicate from it.
type Wire struct {
	Latency   time.Duration // one way, on top of the world's
	Bandwidth int64         // bytes per second to each replica, 0 for no limit
	Cut       bool          // connections break, and none can be made
	Silent    bool          // nothing arrives in either direction, and nobody is told
}

// limit is the rate at which something goes over the wire that could go at rate.
func (w Wire) limit(rate int64) int64 {
	if w.Bandwidth == 0 {
		return rate
	}
	return min(rate, w.Bandwidth)
}

// SetWire changes what is between the server and its replicas.
func (s *Server) SetWire(wire Wire) {
	s.world.lock()
	defer s.world.mu.Unlock()
	before := s.wire
	s.wire = wire
	if wire.Cut && !before.Cut {
		s.loseReplicas()
	}
	switch {
	case wire.Silent && !before.Silent:
		for _, l := range slices.Clone(s.replicas) {
			l.hush()
		}
	case !wire.Silent && before.Silent:
		s.wakeLinks()
	}
	for _, l := range s.replicas {
		if l.phase == phaseSync && l.sync != nil && !wire.Silent {
			l.send()
		}
	}
}

// latency is how long the stream takes from the server to its replicas.
func (s *Server) latency() time.Duration { return s.world.figures.latency() + s.wire.Latency }

// cutOff reports whether replicas cannot reach the server.
func (s *Server) cutOff() bool { return s.wire.Cut || s.world.at.Before(s.cutUntil) }

// replTimeout is how long the server bears silence.
func (s *Server) replTimeout() time.Duration {
	return time.Duration(max(s.number("repl-timeout"), 1)) * time.Second
}

// hush lets both ends wait for each other in vain. A replica that loads needs
// nothing, and one whose sync has not begun does not know that it should have.
func (l *link) hush() {
	w := l.replica.world
	l.patience.stop()
	l.drop.stop()
	switch {
	case l.phase == phaseLoading:
		return
	case l.phase == phaseSync && l.sync != nil:
		l.sync.sent, l.sync.halted, l.lastIO = l.read(), true, w.at
		l.step.stop()
	case l.phase == phaseUp:
		l.drop = w.after(l.upstream.replTimeout()-w.at.Sub(l.ackAt), l.forgotten)
	}
	l.patience = w.after(l.replica.replTimeout(), l.lost)
}

// forgotten is what an upstream does that has heard nothing for too long.
func (l *link) forgotten() {
	l.dropped = true
	l.leave()
}

// wakeLinks lets what waited go on: TCP sends again what did not arrive.
func (s *Server) wakeLinks() {
	for _, other := range s.world.servers {
		l := other.link
		switch {
		case l == nil:
		case l.upstream == nil && l.phase == phaseHandshake && s.world.names[hostPort(l.host, l.port)] == s:
			l.greet(s)
		case l.upstream != s:
		case l.dropped:
			l.lost()
		default:
			l.patience.stop()
			l.drop.stop()
		}
	}
}
