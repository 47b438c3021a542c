package memory

import (
	"slices"
	"time"
)

// snapshot is a copy of a server's data at an offset.
type snapshot struct {
	offset    int64
	replID    string
	data      dataset
	libraries []library
	size      int64
	format    int // of the RDB
}

// fullSync is a replica's copying of its upstream.
type fullSync struct {
	snapshot snapshot
	saving   time.Duration // on disk, before the transfer; 0 when it is streamed
	begun    time.Time     // saving, or sending if nothing is saved
	sending  time.Duration // of what is left from then on
	from     time.Time
	sent     int64 // before then
	halted   bool
	loading  time.Duration
	loadFrom time.Time
	orphan   bool // the upstream is gone
}

// wait waits for the upstream to begin. A diskless one waits for more replicas.
func (l *link) wait() {
	delay := time.Duration(0)
	if l.upstream.diskless() {
		delay = time.Duration(l.upstream.number("repl-diskless-sync-delay")) * time.Second
	}
	l.after(delay, l.copy)
}

// diskless reports whether full syncs are streamed without a file.
func (s *Server) diskless() bool { return s.config["repl-diskless-sync"] == "yes" }

// copy lets the upstream save its data and send them.
func (l *link) copy() {
	w, up := l.replica.world, l.upstream
	up.streamDB = -1
	snap := snapshot{
		offset: up.offset, replID: up.replID, data: up.data.clone(), libraries: slices.Clone(up.libraries),
		format: up.version.format,
	}
	snap.size = snap.data.size() + librariesSize(snap.libraries) + emptySnapshot
	l.sync = &fullSync{snapshot: snap, begun: w.at, from: w.at}
	if !up.diskless() {
		l.sync.saving = takes(snap.size, w.figures.Transfer)
		l.sync.from = w.at.Add(l.sync.saving)
	}
	l.phase, l.cached = phaseSync, false
	if up.wire.Silent {
		l.hush()
		return
	}
	l.send()
}

// send transfers what is left, at the rate that there is now.
func (l *link) send() {
	w, f := l.replica.world, l.sync
	f.sent, f.halted = l.read(), false
	if w.at.After(f.from) {
		f.from = w.at
	}
	f.sending = takes(f.snapshot.size-f.sent, l.upstream.wire.limit(w.figures.Transfer))
	l.after(f.from.Sub(w.at)+f.sending, l.received)
}

// emptySnapshot is the size of a snapshot without data.
const emptySnapshot = 177

// received begins to load what has been transferred.
func (l *link) received() {
	s, w, f := l.replica, l.replica.world, l.sync
	up := l.upstream
	up.stats.lastSaveTook = w.at.Sub(f.begun)
	if f.saving > 0 { // a streamed one leaves no file behind
		up.stats.lastSave, up.stats.dirty, up.stats.unsaved = w.at, 0, 0
	}
	s.data, s.libraries, s.backlog = newDataset(0, 0), nil, nil
	s.changes++
	l.everUp = false // of what was applied, nothing is left
	s.expiry.stop()
	s.loseReplicas()
	if f.snapshot.format > s.version.format {
		l.rejected = true
		l.detach()
		l.retry()
		return
	}
	if f.snapshot.data.highest() >= s.databases() {
		s.stop() // "more than N databases" is fatal
		return
	}
	f.loading, f.loadFrom = takes(f.snapshot.size, w.figures.Load), w.at
	l.phase = phaseLoading
	l.after(f.loading, l.loaded)
}

// loaded makes the replica what the snapshot says and follows from there.
func (l *link) loaded() {
	s, f := l.replica, l.sync
	s.data, s.libraries = f.snapshot.data, f.snapshot.libraries
	s.changes++
	s.offset, s.acked = f.snapshot.offset, 0
	s.replID, s.replID2, s.secondFrom = f.snapshot.replID, zeroID, -1
	s.newBacklog()
	s.trail = trail{}
	l.up()
	if f.orphan {
		l.lost()
	}
}

// read returns how much of the snapshot the replica has received.
func (l *link) read() int64 {
	if l.sync == nil {
		return 0
	}
	f := l.sync
	if l.phase == phaseLoading {
		return f.snapshot.size
	}
	passed := l.replica.world.at.Sub(f.from)
	if passed <= 0 || f.halted || f.sending == 0 {
		return f.sent
	}
	return f.sent + share(f.snapshot.size-f.sent, passed, f.sending)
}

// loadedBytes returns how much of the snapshot has been loaded.
func (l *link) loadedBytes() int64 {
	if l.phase != phaseLoading {
		return 0
	}
	return share(l.sync.snapshot.size, l.replica.world.at.Sub(l.sync.loadFrom), l.sync.loading)
}

// saving returns the save that the server has under way for a replica, nil if
// there is none, and the part of it that is done.
func (s *Server) saving() (*fullSync, float64) {
	for _, l := range s.replicas {
		if l.phase != phaseSync || l.sync == nil {
			continue
		}
		span := l.sync.saving
		if span == 0 {
			span = l.sync.from.Sub(l.sync.begun) + l.sync.sending
		}
		passed := s.world.at.Sub(l.sync.begun)
		if passed < span {
			// A child reports once a second.
			passed = passed.Truncate(time.Second)
			return l.sync, float64(passed) / float64(span)
		}
	}
	return nil, 0
}
