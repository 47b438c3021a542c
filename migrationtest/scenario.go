package migrationtest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/simulator"
)

// Scenario is a migration of a self-hosted server into an ElastiCache
// replication group, both in memory. Make one with [NewScenario].
//
// What it consists of is said first, by the methods that return the scenario.
// The first call of any other method starts it; what was wrong with the
// description then fails the test, all problems at once. Its methods are safe for
// concurrent use, but for those that describe it. Those that fail the test must
// be called on the test's own goroutine.
type Scenario struct {
	tb       TB
	recorder *Recorder
	faults   *faults

	// The description.
	source   simulator.MemoryOptions
	group    simulator.ReplicationGroup
	timing   simulator.Timing
	network  simulator.Network
	fullSync *time.Duration // nil: as the network has it

	// What has been started. The channels are made then, too, so that they
	// belong to the bubble in which the scenario runs.
	ready  chan struct{}  // closed when the scenario has started
	over   chan struct{}  // closed when it ends
	kept   sync.WaitGroup // appointments
	began  time.Time
	sim    *simulator.Sim
	server *simulator.Memory
	target *simulator.Group
	plan   migration.Plan

	mu        sync.Mutex // guards what follows
	started   bool
	problems  []error
	waiting   []appointment // those that were made before the start
	injected  []simulator.Fault
	clients   []*redis.Client
	switched  *migration.Endpoint
	processes map[*migration.Migrator]*process
}

// NewScenario returns a scenario that nothing has been said about: a Redis 7.0
// with a million keys of a gigabyte that is written to at 50,000 bytes a second,
// and a group of two nodes of type cache.m6g.large, both of which can be
// migrated as they are. It ends with the test.
//
// Use it inside [testing/synctest.Test], with the *testing.T of the bubble: then
// time is virtual, and a migration of hours takes milliseconds. It works outside
// too, in real time; then give it [simulator.FastTiming] and a small Dataset.
//
// The scenario and its *testing.T must belong to the same bubble: not to the test
// around it, whose t mostly has the same name. A scenario of the outer t is never
// ended inside the bubble, which makes the test fail.
//
// It panics if tb is nil.
func NewScenario(tb TB) *Scenario {
	if tb == nil {
		panic("migrationtest: NewScenario: tb is nil, want the *testing.T of the test")
	}
	return &Scenario{
		tb: tb, recorder: NewRecorder(), faults: &faults{}, timing: usualTiming(),
		source: simulator.MemoryOptions{Keys: 1_000_000, Dataset: 1_000_000_000, WriteRate: 50_000},
		group:  simulator.ReplicationGroup{ID: "test-cluster"},

		processes: map[*migration.Migrator]*process{},
	}
}

func usualTiming() simulator.Timing {
	t := simulator.DefaultTiming()
	t.StartDelay, t.Promotion = 5*time.Second, time.Second
	return t
}

// Source describes the source, and replaces all of the default but the eviction
// policy, which is the one of a group's default parameters unless o.Config has one.
func (s *Scenario) Source(o simulator.MemoryOptions) *Scenario {
	s.describe("Source", func() { s.source = o })
	return s
}

// Target describes the replication group, and replaces all of the default but
// the id, if g has none.
func (s *Scenario) Target(g simulator.ReplicationGroup) *Scenario {
	s.describe("Target", func() {
		if g.ID == "" {
			g.ID = s.group.ID
		}
		s.group = g
	})
	return s
}

// Timing sets the delays of the control plane. Unless it is called, they are
// those of [simulator.DefaultTiming], but for a start and a promotion that take
// 5 seconds each instead of a minute: the library looks up to a hundred times a
// second meanwhile, which is what costs a test its real time.
func (s *Scenario) Timing(t simulator.Timing) *Scenario {
	s.describe("Timing", func() { s.timing = t })
	return s
}

// Network sets the figures of replication.
func (s *Scenario) Network(n simulator.Network) *Scenario {
	s.describe("Network", func() { s.network = n })
	return s
}

// FullSync makes the full sync take about d: from the beginning of the save to
// the end of loading; at least a second. It sets the rates of the Network for it,
// and needs a source with a Dataset.
func (s *Scenario) FullSync(d time.Duration) *Scenario {
	s.describe("FullSync", func() { s.fullSync = &d })
	return s
}

// Faults lets things go wrong, from the start or, while the scenario runs, from
// now on. While it runs, a fault that makes no sense fails the test.
func (s *Scenario) Faults(f ...Fault) *Scenario {
	s.tb.Helper()
	var problems []error
	for _, fault := range f {
		if err := fault.validate(); err != nil {
			problems = append(problems, err)
			continue
		}
		if fault.effect != effectService {
			s.faults.add(fault)
			continue
		}
		if err := s.inject(fault.service); err != nil {
			problems = append(problems, err)
		}
	}
	s.report(problems...)
	return s
}

// inject puts a fault of the service in force, now or at the start.
func (s *Scenario) inject(f simulator.Fault) error {
	s.mu.Lock()
	started := s.started
	if !started {
		s.injected = append(s.injected, f)
	}
	s.mu.Unlock()
	if !started {
		return nil
	}
	<-s.ready
	_, err := s.sim.Inject(f)
	return err
}

// At runs f when the scenario has run for d, on a goroutine of its own: to stop
// a server, or to abort. f must not fail the test. If the test is over before, f
// is not called; if f is under way then, the end waits for it.
func (s *Scenario) At(d time.Duration, f func()) *Scenario {
	s.tb.Helper()
	if d < 0 || f == nil {
		s.report(fmt.Errorf("migrationtest: Scenario.At: %v with a function %t, want a time of 0 or more and a function", d, f != nil))
		return s
	}
	s.mu.Lock()
	started := s.started
	if !started {
		s.waiting = append(s.waiting, appointment{d, f})
	}
	s.mu.Unlock()
	if started {
		<-s.ready
		s.keep(appointment{d, f})
	}
	return s
}

// describe changes the description, unless it is too late.
func (s *Scenario) describe(method string, change func()) {
	s.tb.Helper()
	s.mu.Lock()
	started := s.started
	s.mu.Unlock()
	if started {
		s.tb.Fatalf("migrationtest: Scenario.%s: the scenario has started; describe it before its first use", method)
		return
	}
	change()
}

// report fails the test with problems, or keeps them for the start.
func (s *Scenario) report(problems ...error) {
	s.tb.Helper()
	if len(problems) == 0 {
		return
	}
	s.mu.Lock()
	started := s.started
	if !started {
		s.problems = append(s.problems, problems...)
	}
	s.mu.Unlock()
	if started {
		s.tb.Fatalf("%v", errors.Join(problems...))
	}
}

// appointment is something that is to happen at a time.
type appointment struct {
	after time.Duration
	do    func()
}

// keep waits for the time of an appointment, or for the end.
func (s *Scenario) keep(a appointment) {
	s.kept.Go(func() {
		if wait(s.over, time.Until(s.began.Add(a.after))) != nil {
			return
		}
		select {
		case <-s.over:
		default:
			a.do()
		}
	})
}
