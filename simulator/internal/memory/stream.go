package memory

import (
	"slices"
	"strconv"
	"time"
)

// op is what a replica does when it has applied the stream up to an offset.
type op struct {
	end     int64
	changes []change
}

// change is one command in the stream.
type change struct {
	db   int
	args []string
}

// backlog is what a server keeps of the stream. It reaches at least as far as
// the parameter repl-backlog-size says, and further for replicas that still
// need it.
type backlog struct {
	start int64 // offset at which it was created
	ops   []op
	limit int // how many it may hold before it is trimmed
}

// pingBytes is the size of a PING in the stream.
const pingBytes = int64(len("*1\r\n$4\r\nPING\r\n"))

// respSize is the size of a command in the stream.
func respSize(args []string) int64 {
	size := len("*\r\n") + len(strconv.Itoa(len(args)))
	for _, a := range args {
		size += len("$\r\n\r\n") + len(strconv.Itoa(len(a))) + len(a)
	}
	return int64(size)
}

// move lets the server's offset flow from its last time to t.
func (s *Server) move(t time.Time) {
	span := t.Sub(s.moved)
	if span <= 0 {
		return
	}
	s.moved = t // first: servers may follow each other in a circle
	switch {
	case s.door == nil:
		return
	case s.link == nil:
		if rate := s.spec.WriteRate; rate > 0 && s.takesWrites() {
			sent := s.input.over(rate, span)
			s.stats.input += sent
			s.stats.unsaved += sent
			if s.backlog == nil {
				break
			}
			if written := s.load.over(rate, span); written > 0 {
				s.offset += written
				s.acked = s.offset
			}
		}
	case s.link.phase == phaseUp:
		s.link.upstream.move(t)
		s.apply(span)
	}
	if len(s.replicas) > 0 {
		s.trail.add(t, s.offset, s.latency())
	}
}

// apply takes in what has arrived of the upstream's stream.
func (s *Server) apply(span time.Duration) {
	l := s.link
	if l.upstream.wire.Silent {
		return
	}
	arrived := l.upstream.trail.value(s.moved.Add(-l.upstream.latency()))
	most := s.offset + l.applying.over(l.upstream.wire.limit(s.world.figures.Apply), span)
	if arrived <= s.offset {
		return
	}
	if arrived <= most {
		l.applying = flow{}
	}
	to := min(arrived, most)
	l.lastIO = s.moved
	ops := l.upstream.backlog.ops
	first, _ := slices.BinarySearchFunc(ops, s.offset+1, func(o op, at int64) int { return int(o.end - at) })
	for _, o := range ops[first:] {
		if o.end > to {
			break
		}
		s.perform(o)
		s.backlog.ops = append(s.backlog.ops, o)
	}
	s.offset = to
	s.trim()
}

// feed appends commands of a primary to its stream, as one piece. It does
// nothing as long as no replica has ever come.
func (s *Server) feed(changes []change) {
	if s.backlog == nil {
		return
	}
	s.grow(s.streamSize(changes))
	s.backlog.ops = append(s.backlog.ops, op{end: s.offset, changes: changes})
	s.trim()
}

// streamSize is what changes take in the stream, with the SELECTs they need and,
// if they are several, with MULTI and EXEC around them.
func (s *Server) streamSize(changes []change) int64 {
	size := int64(0)
	for i, c := range changes {
		if c.db != s.streamDB {
			size += respSize([]string{"SELECT", strconv.Itoa(c.db)})
			s.streamDB = c.db
		}
		if i == 0 && len(changes) > 1 {
			size += respSize([]string{"MULTI"}) + respSize([]string{"EXEC"})
		}
		size += respSize(c.args)
	}
	return size
}

// grow moves the offset at this moment.
func (s *Server) grow(size int64) {
	delay := s.latency()
	s.trail.add(s.world.at, s.offset, delay)
	s.offset += size
	s.trail.add(s.world.at, s.offset, delay)
}

// trimEvery is how many operations more than needed a backlog may hold.
const trimEvery = 4096

// trim forgets what neither the backlog nor a replica needs.
func (s *Server) trim() {
	b := s.backlog
	if len(b.ops) < max(b.limit, trimEvery) {
		return
	}
	keep := s.backlogFirst() - 1
	for _, l := range s.replicas {
		keep = min(keep, l.position())
	}
	old := 0
	for old < len(b.ops) && b.ops[old].end <= keep {
		old++
	}
	b.ops = slices.Clone(b.ops[old:])
	b.limit = len(b.ops) + trimEvery
}

// backlogFirst is the first offset that the backlog holds.
func (s *Server) backlogFirst() int64 {
	return max(s.backlog.start, s.offset-s.number("repl-backlog-size")) + 1
}

// newBacklog begins a backlog at the present offset.
func (s *Server) newBacklog() { s.backlog = &backlog{start: s.offset} }

// schedulePing lets a primary send PING to its replicas from time to time.
func (s *Server) schedulePing() {
	every := time.Duration(max(s.number("repl-ping-replica-period"), 1)) * time.Second
	missed := s.world.missed(every)
	if s.pings() {
		s.grow(missed * pingBytes)
	}
	s.ping = s.world.after(time.Duration(1+missed)*every, func() {
		if s.pings() {
			s.grow(pingBytes)
		}
		s.schedulePing()
	})
}

// pings reports whether the server sends PING to replicas.
func (s *Server) pings() bool { return s.link == nil && len(s.replicas) > 0 }

// shiftID makes the present history the former one, and begins another.
func (s *Server) shiftID(newID string) {
	s.replID2, s.secondFrom = s.replID, s.offset+1
	s.replID = newID
}
