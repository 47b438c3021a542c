package memory

import (
	"slices"
	"time"
)

// phase is how far a replica's link has come.
type phase string

const (
	phaseConnect   phase = "connect"   // no connection; the next try is set
	phaseHandshake phase = "handshake" // greeting, or waiting for the source to begin
	phaseSync      phase = "sync"      // a full sync is under way
	phaseLoading   phase = "loading"   // the data set is being loaded
	phaseUp        phase = "connected" // the stream is being followed
)

// retryAfter is how long a replica waits before it tries to connect again.
const retryAfter = time.Second

// link is a replica's side of replication.
type link struct {
	replica  *Server
	upstream *Server // nil while there is no connection
	host     string
	port     int
	member   bool // of the same group: it knows the password

	phase phase
	step  *timer // what happens next
	sync  *fullSync

	everUp    bool
	down      time.Time // since when, once it has been up
	lastIO    time.Time
	applying  flow
	cached    bool // it may ask for a partial resync
	ackOffset int64
	ackAt     time.Time
	ack       *timer
	patience  *timer // of a replica that hears nothing
	drop      *timer // of an upstream that hears nothing
	dropped   bool   // the upstream has given the replica up, which does not know

	// What the group watches.
	connects int
	asked    bool
	rejected bool
}

// follow makes the server a replica.
func (s *Server) follow(host string, port int, member bool) {
	if s.link != nil {
		s.unfollow()
	}
	s.followed = -1
	s.link = &link{replica: s, host: host, port: port, member: member, phase: phaseConnect, cached: true}
	s.link.connect()
}

// promote makes the server a primary with a history of its own.
func (s *Server) promote() {
	if s.link == nil {
		return
	}
	loading := s.link.phase == phaseLoading
	s.unfollow()
	if loading { // what had been there was flushed, what has been loaded is worth nothing
		s.data, s.libraries, s.measured = newDataset(0, 0), nil, measure{}
	}
	s.shiftID(s.newID())
	s.streamDB = -1
	s.loseReplicas()
	s.scheduleExpiry()
}

// unfollow ends the link, if there is one.
func (s *Server) unfollow() {
	l := s.link
	if l == nil {
		return
	}
	if !l.member {
		s.followed = -1
		if l.everUp {
			s.followed = s.offset
		}
	}
	l.detach()
	l.step.stop()
	s.link = nil
}

// connect tries to reach the upstream.
func (l *link) connect() {
	w := l.replica.world
	l.connects++
	up := w.names[hostPort(l.host, l.port)]
	if up == nil || up.door == nil || up == l.replica || up.refusesConnections() || !l.member && up.renamed("ping") ||
		up.cutOff() || up.link != nil && up.link.phase == phaseLoading {
		l.retry()
		return
	}
	l.phase = phaseHandshake
	if up.wire.Silent {
		l.after(l.replica.replTimeout(), l.retry)
		return
	}
	l.greet(up)
}

// greet goes through the handshake.
func (l *link) greet(up *Server) {
	l.after(4*(l.replica.world.figures.RoundTrip+2*up.wire.Latency), func() { l.psync(up) })
}

// after sets what happens next.
func (l *link) after(d time.Duration, do func()) {
	l.step.stop()
	l.step = l.replica.world.after(d, do)
}

// retry connects again after a while.
func (l *link) retry() {
	l.phase = phaseConnect
	l.after(retryAfter, l.connect)
}

// refusedFor is how long a refused request for a full sync shows as one. A real
// replica tries again at once, a thousand times a second.
const refusedFor = 200 * time.Millisecond

// psync asks the upstream for its stream.
func (l *link) psync(up *Server) {
	s := l.replica
	switch {
	case up.door == nil || up.cutOff():
		l.retry()
		return
	case up.wire.Silent:
		l.after(s.replTimeout(), l.retry)
		return
	}
	l.asked = true
	switch {
	case !l.member && up.refusesReplica(s):
		l.phase = phaseSync // it falls back to SYNC, which is refused as well
		l.after(refusedFor, l.retry)
	case up.link != nil && up.link.phase != phaseUp:
		l.retry() // -NOMASTERLINK
	case l.cached && up.continues(s):
		up.stats.partialOK++
		l.attach(up)
		if s.replID != up.replID {
			s.shiftID(up.replID)
			s.loseReplicas()
		}
		l.up()
	default:
		if l.cached {
			up.stats.partialErr++
		}
		up.stats.syncFull++
		if up.backlog == nil {
			up.newHistory()
			up.newBacklog()
		}
		l.attach(up)
		l.wait()
	}
}

// continues reports whether the server holds all that the replica lacks.
func (s *Server) continues(replica *Server) bool {
	if s.backlog == nil {
		return false
	}
	same := replica.replID == s.replID || replica.replID == s.replID2 && replica.offset+1 <= s.secondFrom
	return same && replica.offset+1 >= s.backlogFirst() && replica.offset <= s.offset
}

// attach makes the upstream know of the replica.
func (l *link) attach(up *Server) {
	l.upstream = up
	l.ackAt, l.ackOffset = l.replica.world.at, 0
	up.replicas = append(up.replicas, l)
	up.idle.stop()
	up.trail.add(up.moved, up.offset, up.latency())
}

// up begins to follow the stream from the replica's offset.
func (l *link) up() {
	w := l.replica.world
	l.phase, l.everUp, l.cached, l.sync = phaseUp, true, true, nil
	l.applying, l.lastIO = flow{}, w.at
	if l.upstream.wire.Silent {
		l.hush()
	}
	l.acknowledge()
}

// acknowledge tells the upstream once a second how far the replica is.
func (l *link) acknowledge() {
	w := l.replica.world
	if !l.upstream.wire.Silent {
		l.ackAt, l.ackOffset = w.at, l.replica.offset
	}
	l.ack = w.after(time.Duration(1+w.missed(time.Second))*time.Second, l.acknowledge)
}

// detach forgets the connection, if there is one.
func (l *link) detach() {
	if l.upstream == nil {
		return
	}
	l.leave()
	l.ack.stop()
	l.patience.stop()
	l.drop.stop()
	l.upstream, l.sync, l.dropped = nil, nil, false
	if l.phase == phaseUp {
		l.down = l.replica.world.at
	}
	l.phase = phaseConnect
}

// leave makes the upstream forget the replica.
func (l *link) leave() {
	up := l.upstream
	up.replicas = slices.DeleteFunc(up.replicas, func(other *link) bool { return other == l })
	if ttl := up.number("repl-backlog-ttl"); ttl > 0 && len(up.replicas) == 0 {
		up.idle.stop()
		up.idle = up.world.after(time.Duration(ttl)*time.Second, up.forget)
	}
}

// forget gives up the backlog of a primary that has had no replica for long.
func (s *Server) forget() {
	if s.link == nil && len(s.replicas) == 0 && s.backlog != nil {
		s.backlog = nil
		s.newHistory()
	}
}

// lost is what a broken connection leads to: the next try at once.
func (l *link) lost() {
	if l.phase == phaseLoading {
		// All that it needs is here; the link is missed when it has loaded.
		l.sync.orphan = true
		l.leave()
		return
	}
	l.detach()
	l.after(0, l.connect)
}

// loseReplicas breaks the connections of all replicas.
func (s *Server) loseReplicas() {
	for _, l := range slices.Clone(s.replicas) {
		l.lost()
	}
}

// position is the offset up to which the replica needs nothing any more.
func (l *link) position() int64 {
	if l.phase == phaseUp {
		return l.replica.offset
	}
	if l.sync != nil {
		return l.sync.snapshot.offset
	}
	return l.upstream.offset
}
