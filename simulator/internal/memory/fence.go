package memory

import (
	"slices"
	"time"
)

// pause is what CLIENT PAUSE has brought about.
type pause struct {
	on    bool
	all   bool // not only writes
	until time.Time
	end   *timer
}

// parked is a command that waits for the end of a pause.
type parked struct {
	client *client
	args   []string
	done   chan struct{} // closed when reply is there
	reply  any
}

// hold pauses clients.
func (s *Server) hold(d time.Duration, all bool) {
	until := s.world.at.Add(d)
	if s.pause.on { // a pause is only ever made longer and stricter
		all = all || s.pause.all
		if s.pause.until.After(until) {
			until = s.pause.until
		}
	}
	s.pause.end.stop()
	s.pause = pause{on: true, all: all, until: until, end: s.world.timers.set(until, s.release)}
	s.expiry.stop()
}

// release ends the pause: what was parked is tried again, first come first
// served.
func (s *Server) release() {
	s.pause.end.stop()
	s.pause = pause{}
	waiting := s.parked
	s.parked = nil
	for _, p := range waiting {
		reply, again := s.process(p.client, p.args)
		if again {
			s.parked = append(s.parked, p)
			continue
		}
		p.reply = reply
		close(p.done)
	}
	s.scheduleExpiry()
}

// withdraw takes a parked command out, because its client is gone.
func (s *Server) withdraw(p *parked) {
	s.parked = slices.DeleteFunc(s.parked, func(other *parked) bool { return other == p })
}

// takesWrites reports whether a write of a client would be executed now.
func (s *Server) takesWrites() bool {
	return !s.pause.on && s.enoughReplicas() && !s.outOfMemory()
}

// enoughReplicas judges min-replicas-to-write, which min-replicas-max-lag 0
// switches off.
func (s *Server) enoughReplicas() bool {
	least, lag := s.number("min-replicas-to-write"), s.number("min-replicas-max-lag")
	if s.link != nil || least <= 0 || lag <= 0 {
		return true
	}
	return s.goodReplicas() >= least
}

// goodReplicas is the number of replicas that count for min-replicas-to-write:
// online, and heard of lately.
func (s *Server) goodReplicas() int64 {
	good := int64(0)
	for _, l := range s.replicas {
		if l.state() == stateOnline && l.lag() <= s.number("min-replicas-max-lag") {
			good++
		}
	}
	return good
}

// lag is the time since the replica's last acknowledgement in seconds.
func (l *link) lag() int64 {
	if l.phase != phaseUp {
		return 0
	}
	return int64(l.replica.world.at.Sub(l.ackAt) / time.Second)
}

// measure is what was used after a number of changes.
type measure struct{ changes, used int64 }

// outOfMemory reports whether a primary holds more than it may. Nothing is
// evicted. It does not measure anew for each change of a large data set.
func (s *Server) outOfMemory() bool {
	most := s.number("maxmemory")
	if most == 0 || s.link != nil {
		return false
	}
	if s.measured.used == 0 || s.changes-s.measured.changes > (s.data.total()-s.data.keys)/16 {
		s.usedMemory()
	}
	return s.measured.used > most
}
