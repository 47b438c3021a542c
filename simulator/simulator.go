package simulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/cachelift/cachelift/simulator/internal/memory"
)

// ErrClosed is returned by methods of a [Sim] that has been closed.
var ErrClosed = errors.New("simulator: closed")

// NodeKind says what runs behind the endpoints of a [Sim].
type NodeKind string

const (
	// Processes are real redis-server processes that truly replicate. They
	// need redis-server, real time and a moment to start.
	Processes NodeKind = "processes"
	// InMemory is a model of servers and of replication between them, for tests
	// that run hours in milliseconds, inside testing/synctest or not. It is
	// reached through [Sim.DialContext] alone.
	InMemory NodeKind = "in-memory"
)

// Options says how a [Sim] behaves. The zero value is valid.
type Options struct {
	// Nodes says what the nodes are. Default: [Processes].
	Nodes NodeKind
	// Network has the figures of replication between servers in memory. Only
	// with [InMemory].
	Network Network
	// Timing holds the delays of the control plane. The zero Timing is
	// [DefaultTiming], under which a migration takes minutes as it does at
	// AWS; use [FastTiming] in tests.
	Timing Timing
	// Messages replaces event texts that no public source records. Empty
	// texts take those of [DefaultMessages].
	Messages Messages
	// RedisServer is the program that nodes run, Redis 7.0 or newer, or a
	// Valkey. Default: "redis-server", looked up in PATH. Only with [Processes].
	RedisServer string
	// Dir is where nodes keep their configuration, logs and data files, one
	// folder a node. Default: a temporary folder that Close removes. Close
	// leaves a given folder alone. Only with [Processes].
	Dir string
	// Region is the AWS region that ARNs, zones and [Sim.Config] name.
	// Default "us-east-1".
	Region string
	// Logger gets a line for each step of the control plane. Default: none.
	Logger *slog.Logger
}

// Sim is one simulated ElastiCache: a control plane that speaks the AWS wire
// protocol, and nodes of a [NodeKind]. Create it with [New] and end it with Close. Its methods are safe for concurrent use.
type Sim struct {
	timing   Timing
	messages Messages
	server   string
	dir      string
	ownsDir  bool
	region   string
	log      *slog.Logger
	secrets  secrets
	world    *memory.World // of servers in memory, nil with processes
	ec2      *EC2

	newContext func(parent context.Context) (context.Context, context.CancelFunc) // ends with the Sim
	end        context.CancelFunc
	running    sync.WaitGroup // jobs and creations under way

	mu              sync.Mutex
	closed          bool
	groups          map[string]*Group // nil while the group is being created
	parameterGroups map[string]parameterGroup
	subnetGroups    map[string]SubnetGroup
	nodes           []*node
	addresses       int // given to servers in memory
	events          []event
	eventCount      int
	injections      []*Injection
	calls           []Call
	requests        int
}

// New returns a simulator without replication groups. It starts nothing and
// reports every problem with opts at once.
func New(opts Options) (*Sim, error) {
	server, err := opts.validate()
	if err != nil {
		return nil, err
	}
	s := &Sim{
		timing:          opts.Timing.withDefaults(),
		messages:        opts.Messages.withDefaults(),
		server:          server,
		dir:             opts.Dir,
		region:          opts.Region,
		log:             opts.Logger,
		secrets:         newSecrets(),
		groups:          map[string]*Group{},
		parameterGroups: map[string]parameterGroup{},
		subnetGroups:    map[string]SubnetGroup{},
	}
	if s.region == "" {
		s.region = "us-east-1"
	}
	s.ec2 = newEC2(s.region)
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	switch {
	case opts.Nodes == InMemory:
		s.world = memory.NewWorld(opts.Network.figures())
	case s.dir == "":
		if s.dir, err = os.MkdirTemp("", "cachelift-simulator-"); err != nil {
			return nil, fmt.Errorf("simulator: a folder for the nodes: %w", err)
		}
		s.ownsDir = true
	}
	s.addDefaultGroups()
	life, end := context.WithCancel(context.Background())
	s.end = end
	s.newContext = func(parent context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(parent)
		stop := context.AfterFunc(life, cancel)
		return ctx, func() { stop(); cancel() }
	}
	return s, nil
}

// validate reports every problem, and returns the path of the nodes' program if
// they have one.
func (o Options) validate() (server string, err error) {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf("simulator: Options."+format, args...))
		}
	}
	check(o.Nodes == "" || o.Nodes == Processes || o.Nodes == InMemory, "Nodes is %q, want %q or %q", o.Nodes, Processes, InMemory)
	if o.Nodes == InMemory {
		n := o.Network
		check(n.RoundTrip >= 0 && n.Transfer >= 0 && n.Load >= 0 && n.Apply >= 0, "Network is %+v, want no negative figure", n)
		check(o.Dir == "" && o.RedisServer == "", "Dir and RedisServer are for Nodes %q, want them empty", Processes)
		return "", errors.Join(problems...)
	}
	check(o.Network == Network{}, "Network is set, want it with Nodes %q alone", InMemory)
	server, err = findServer(o.RedisServer)
	problems = append(problems, err)
	if o.Dir != "" {
		info, statErr := os.Stat(o.Dir)
		check(statErr == nil, "Dir: %w", statErr)
		check(statErr != nil || info.IsDir(), "Dir: %s is not a folder", o.Dir)
	}
	return server, errors.Join(problems...)
}

// Close ends every server that the simulator started, waits until they are gone
// and removes its temporary folder. API calls are answered with
// ServiceUnavailable from then on. Closing twice is harmless.
func (s *Sim) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.end()
	s.running.Wait()
	var stopping sync.WaitGroup
	for _, n := range s.nodes { // complete: creations have ended
		stopping.Go(n.close)
	}
	stopping.Wait()
	if s.world != nil {
		s.world.Close()
	}
	if !s.ownsDir {
		return nil
	}
	return os.RemoveAll(s.dir)
}

// enter registers work that Close has to wait for.
func (s *Sim) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.running.Add(1)
	return nil
}

// now returns the time in the resolution of the API.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
