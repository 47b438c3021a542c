package memory

import (
	"sync"
	"time"
)

// Figures are the rates and delays of a world.
type Figures struct {
	RoundTrip time.Duration // of a client's command; half of it from server to replica
	Transfer  int64         // bytes per second of a full sync
	Load      int64         // bytes per second that a replica loads
	Apply     int64         // bytes per second of the stream that a replica applies at the most
}

// latency is how long the stream takes from a server to its replica.
func (f Figures) latency() time.Duration { return f.RoundTrip / 2 }

// World is a set of servers that can reach each other. Its methods and those of
// its servers are safe for concurrent use.
type World struct {
	figures  Figures
	commands map[string]*command
	since    map[string]versions // of commands
	serving  sync.WaitGroup      // goroutines of listeners and connections

	mu      sync.Mutex
	at      time.Time // what the model has been brought to
	present time.Time // what it is being brought to
	timers  timers
	servers []*Server
	names   map[string]*Server // by "host:port"
	hosts   map[string]bool    // known names and addresses
	dials   int
	closed  bool
}

// NewWorld returns a world without servers.
func NewWorld(f Figures) *World {
	commands, came := table()
	return &World{figures: f, commands: commands, since: came, at: time.Now(), names: map[string]*Server{}, hosts: map[string]bool{}}
}

// Close ends all servers and returns when no goroutine of the world is left.
func (w *World) Close() {
	w.lock()
	w.closed = true
	for _, s := range w.servers {
		s.stop()
	}
	w.mu.Unlock()
	w.serving.Wait()
}

// lock locks the world and brings it to the present.
func (w *World) lock() {
	w.mu.Lock()
	now := time.Now()
	w.present = now
	for {
		t := w.timers.due(now)
		if t == nil {
			break
		}
		w.move(t.at)
		t.do()
	}
	w.move(now)
}

// move lets the offsets of all servers flow to a time before which nothing
// else happens.
func (w *World) move(to time.Time) {
	if to.After(w.at) {
		w.at = to
	}
	for _, s := range w.servers {
		s.move(w.at)
	}
}

// after makes do happen when d has passed.
func (w *World) after(d time.Duration, do func()) *timer { return w.timers.set(w.at.Add(d), do) }

// missed is how many times something has happened that repeats from now on,
// before the present, leaving out the last time. Nobody has looked in between, so
// that it need not be played through: days without a look cost no more than
// seconds.
func (w *World) missed(every time.Duration) int64 {
	return max(0, int64(w.present.Sub(w.at)/every)-1)
}
