package memory

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Kind says where a server stands.
type Kind string

const (
	// SelfHosted servers let clients do everything.
	SelfHosted Kind = "self-hosted"
	// Member servers are nodes of a replication group: some commands are taken
	// from clients, and only the group steers replication.
	Member Kind = "member"
)

// Spec describes a server.
type Spec struct {
	Kind      Kind
	Host      string // name or address
	Port      int
	IP        string   // what others see it come from
	Names     []string // further "host:port" that lead to it
	Engine    string   // "redis" or "valkey"
	Version   string
	Keys      int64 // keys without names
	Dataset   int64 // their size on the wire
	WriteRate int64 // bytes of stream per second
	Config    map[string]string

	// How it is set up, beside Config.
	Renamed       map[string]string // rename-command: new names by old ones, "" for none
	Modules       []string          // names; they do nothing
	Users         []string          // of ACL, beside "default"; nobody can log in as one
	CachedScripts int64
	SaveFails     bool  // the last save is said to have failed; full syncs go on, as streamed ones do
	SystemMemory  int64 // default: 16 GiB
	Shards        int   // primaries with slots, in cluster mode; default: 1
}

// Server is one server. Its world's lock guards it.
type Server struct {
	world   *World
	spec    Spec
	version version
	addr    string
	door    *door // nil while down

	config  map[string]string
	started time.Time
	runID   string
	ids     int // given out
	stats   stats

	// The data.
	data       dataset
	changes    int64 // commands that changed data
	measured   measure
	libraries  []library
	expiry     *timer
	clients    map[int]*client
	lastClient int

	// The stream: its own as a primary, the upstream's as a replica.
	moved      time.Time
	offset     int64
	acked      int64 // right behind the last write of a client
	replID     string
	replID2    string
	secondFrom int64 // second_repl_offset
	backlog    *backlog
	streamDB   int // the database that the stream has selected, -1 for none
	trail      trail
	load       flow // WriteRate
	input      flow // WriteRate, also while nothing is tracked
	ping       *timer
	idle       *timer // without replicas: the end of the backlog

	// Replication.
	link     *link   // to the upstream, nil for a primary
	replicas []*link // that follow this server
	cutUntil time.Time
	wire     Wire  // to its replicas
	followed int64 // how far it had applied what it followed last, -1 for nothing

	// Fences.
	pause  pause
	parked []*parked
}

// stats are counters of INFO.
type stats struct {
	syncFull, partialOK, partialErr int64
	commands, connections           int64
	expired, unexpected, errors     int64
	hits, misses                    int64
	calls                           map[string]int64 // of commands, by name
	dirty                           int64
	input                           int64 // bytes that clients sent
	unsaved                         int64 // those of WriteRate since the last save
	lastSave                        time.Time
	lastSaveTook                    time.Duration // -1 before the first
}

// zeroID is a replication id that is not there.
const zeroID = "0000000000000000000000000000000000000000"

// Start adds a server and lets it serve.
func (w *World) Start(spec Spec) (*Server, error) {
	v, err := parseVersion(spec.Engine, spec.Version)
	if err != nil {
		return nil, err
	}
	w.lock()
	defer w.mu.Unlock()
	s := &Server{world: w, spec: spec, version: v, addr: hostPort(spec.Host, spec.Port), moved: w.at, followed: -1}
	if w.closed {
		return nil, net.ErrClosed
	}
	addresses := append([]string{s.addr}, spec.Names...)
	for _, a := range addresses {
		if w.names[a] != nil {
			return nil, fmt.Errorf("%s is taken", a)
		}
	}
	for _, a := range addresses {
		w.names[a] = s
		host, _, _ := net.SplitHostPort(a)
		w.hosts[host] = true
	}
	w.servers = append(w.servers, s)
	s.data = newDataset(spec.Keys, spec.Dataset)
	s.boot()
	return s, nil
}

// Point makes a name, "host:port", lead to a server. Connections stay where they are.
func (w *World) Point(name string, s *Server) {
	w.lock()
	defer w.mu.Unlock()
	w.names[name] = s
	host, _, _ := net.SplitHostPort(name)
	w.hosts[host] = true
}

func hostPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// boot makes the server what it is after its process has started.
func (s *Server) boot() {
	w := s.world
	s.config = s.version.defaults()
	s.config["port"] = strconv.Itoa(s.spec.Port)
	s.setConfig(s.spec.Config)
	s.started, s.runID = w.at, s.newID()
	s.newHistory()
	s.offset, s.acked, s.backlog, s.streamDB = 0, 0, nil, -1
	s.stats = stats{lastSave: w.at, lastSaveTook: -1}
	s.pause, s.trail, s.measured = pause{}, trail{}, measure{}
	s.clients = map[int]*client{}
	s.scheduleExpiry()
	s.schedulePing()
	s.door = s.open()
}

// newID returns a new identifier of 40 hexadecimal digits. It depends on nothing
// but the server's past, so that runs can be compared.
func (s *Server) newID() string {
	s.ids++
	sum := sha1.Sum(fmt.Appendf(nil, "%s/%d", s.addr, s.ids))
	return hex.EncodeToString(sum[:])
}

// newHistory begins a history without a past.
func (s *Server) newHistory() {
	s.replID, s.replID2, s.secondFrom = s.newID(), zeroID, -1
}

// Stop ends the server; data stay for a restart. Stopping twice is harmless.
func (s *Server) Stop() {
	s.world.lock()
	defer s.world.mu.Unlock()
	s.stop()
}

// stop is Stop under the world's lock.
func (s *Server) stop() {
	if s.door == nil {
		return
	}
	s.door.close()
	s.door = nil
	s.expiry.stop()
	s.ping.stop()
	s.idle.stop()
	s.pause.end.stop()
	s.pause = pause{}
	s.clients, s.parked = nil, nil // their connections are being closed
	s.unfollow()
	s.loseReplicas()
}

// Restart starts the server, after stopping it if it runs.
func (s *Server) Restart() {
	s.world.lock()
	defer s.world.mu.Unlock()
	s.stop()
	if !s.world.closed {
		s.boot()
	}
}

// Replace starts the server empty, as a replaced node, unless it runs.
func (s *Server) Replace() {
	s.world.lock()
	defer s.world.mu.Unlock()
	if s.door != nil || s.world.closed {
		return
	}
	s.data, s.libraries = newDataset(0, 0), nil
	s.boot()
}

// Running reports whether the server serves.
func (s *Server) Running() bool {
	s.world.lock()
	defer s.world.mu.Unlock()
	return s.door != nil
}

// SetWriteRate changes how many bytes of stream its clients make per second.
func (s *Server) SetWriteRate(rate int64) {
	s.world.lock()
	defer s.world.mu.Unlock()
	s.spec.WriteRate = max(rate, 0)
}

// CutLinks keeps replicas from the server for d.
func (s *Server) CutLinks(d time.Duration) {
	s.world.lock()
	defer s.world.mu.Unlock()
	s.cutUntil = s.world.at.Add(d)
	s.loseReplicas()
}

// Offset returns master_repl_offset.
func (s *Server) Offset() int64 {
	s.world.lock()
	defer s.world.mu.Unlock()
	return s.offset
}

// Acknowledged returns the offset right behind the last acknowledged write.
func (s *Server) Acknowledged() int64 {
	s.world.lock()
	defer s.world.mu.Unlock()
	return s.acked
}

// Followed returns how far the server has applied the history of the server
// outside of its group that it followed last, -1 if it never has.
func (s *Server) Followed() int64 {
	s.world.lock()
	defer s.world.mu.Unlock()
	if l := s.link; l != nil && !l.member && l.everUp {
		return s.offset
	}
	return s.followed
}

// refusesReplica reports whether a server outside of the group is kept from
// replicating: it does not know the password, or the group lets in nobody.
func (s *Server) refusesReplica(replica *Server) bool {
	password := s.config["requirepass"]
	return s.spec.Kind == Member || password != "" && password != replica.config["masterauth"] ||
		s.renamed("psync") && s.renamed("sync")
}

// State is one look at a server's replication, for its group.
type State struct {
	Master    bool
	LinkUp    bool
	Syncing   bool  // a full sync is under way
	ReadBytes int64 // received of it
	Loading   bool
	LoadBytes int64
	Offset    int64
	Connects  int  // tries to connect
	Asked     bool // for the data, of this link
	Rejected  bool // the data were of a foreign format, of this link
}

// State returns one look; ok is false if the server is down.
func (s *Server) State() (st State, ok bool) {
	s.world.lock()
	defer s.world.mu.Unlock()
	if s.door == nil {
		return State{}, false
	}
	l := s.link
	if l == nil {
		return State{Master: true, Offset: s.offset}, true
	}
	return State{
		LinkUp:    l.phase == phaseUp,
		Syncing:   l.phase == phaseSync || l.phase == phaseLoading,
		ReadBytes: l.read(),
		Loading:   l.phase == phaseLoading,
		LoadBytes: l.loadedBytes(),
		Offset:    s.offset,
		Connects:  l.connects,
		Asked:     l.asked,
		Rejected:  l.rejected,
	}, true
}
