package migrationtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/simulator"
)

// run starts the scenario unless it runs, and returns when it does.
func (s *Scenario) run() {
	s.tb.Helper()
	s.mu.Lock()
	first := !s.started
	if first {
		s.started = true
		s.ready, s.over = make(chan struct{}), make(chan struct{})
	}
	s.mu.Unlock()
	if !first {
		<-s.ready
		return
	}
	defer close(s.ready)
	s.began = time.Now()
	s.tb.Cleanup(s.end)
	if err := s.start(); err != nil {
		s.tb.Fatalf("migrationtest: the scenario does not start: %v", err)
	}
}

// start starts servers and group. It reports all problems at once, and leaves
// nothing running then.
func (s *Scenario) start() error {
	network, err := s.rates()
	problems := append(s.problems, err)
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory, Network: network, Timing: s.timing})
	problems = append(problems, err)
	if err := errors.Join(problems...); err != nil {
		return errors.Join(err, s.judge())
	}
	if err := s.build(sim); err != nil {
		return errors.Join(err, sim.Close())
	}
	s.sim = sim
	from := s.server.Endpoint()
	s.plan = migration.NewPlan("scenario", migration.Source{Address: from.Address, Port: from.Port}, migration.ReplicationGroup(s.target.ID()))
	s.began = time.Now()
	s.faults.begin(s.began)
	for _, a := range s.waiting {
		s.keep(a)
	}
	return nil
}

// judge finds what is wrong with the rest of a description whose figures are
// wrong: in a simulator without figures, which is ended at once.
func (s *Scenario) judge() error {
	sim, err := simulator.New(simulator.Options{Nodes: simulator.InMemory})
	if err != nil {
		return err
	}
	return errors.Join(s.build(sim), sim.Close())
}

// build makes in sim what is described.
func (s *Scenario) build(sim *simulator.Sim) error {
	var problems []error
	var err error
	s.server, err = sim.StartMemory(fitting(s.source))
	problems = append(problems, err)
	s.target, err = sim.CreateReplicationGroup(context.Background(), s.group)
	problems = append(problems, err)
	for _, f := range s.injected {
		_, err := sim.Inject(f)
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// fitting gives the source the eviction policy of a default parameter group: two
// that differ are a warning of every preflight report.
func fitting(o simulator.MemoryOptions) simulator.MemoryOptions {
	config := map[string]string{"maxmemory-policy": "volatile-lru"}
	maps.Copy(config, o.Config)
	o.Config = config
	return o
}

// rates are the figures of the network, with those that FullSync asks for: two
// thirds of the time to transfer and one third to load.
func (s *Scenario) rates() (simulator.Network, error) {
	n := s.network
	if s.fullSync == nil {
		return n, nil
	}
	takes := *s.fullSync
	if takes < time.Second {
		return n, fmt.Errorf("migrationtest: Scenario.FullSync: %v, want at least 1s", takes)
	}
	size := s.source.Dataset
	if size == 0 && s.source.Keys > 0 {
		size = 1_000_000 // what the simulator takes for them
	}
	switch {
	case size < 0: // the simulator says so
		return n, nil
	case size == 0:
		return n, fmt.Errorf("migrationtest: Scenario.FullSync: the source has no data to sync; give it a Dataset")
	}
	sending := takes * 2 / 3
	if saves(s.source) {
		sending /= 2 // it is written to disk first, as fast as it is sent
	}
	n.Transfer = rate(size, sending)
	n.Load = rate(size, takes/3)
	return n, nil
}

// saves reports whether full syncs of the source go over its disk: the default
// before Redis 7.0.
func saves(o simulator.MemoryOptions) bool {
	if set, ok := o.Config["repl-diskless-sync"]; ok {
		return set == "no"
	}
	return o.Engine != "valkey" && (strings.HasPrefix(o.Version, "5.") || strings.HasPrefix(o.Version, "6."))
}

// rate is how many bytes a second make size in d, at least one.
func rate(size int64, d time.Duration) int64 { return max(1, int64(float64(size)/d.Seconds())) }

// outside is a time that no test takes. In a bubble it is the year 2000, so that
// a scenario that seems to take that long ends outside of its bubble, where the
// runtime would end the whole program for touching what belongs to it.
const outside = 20 * 365 * 24 * time.Hour

// end ends what the scenario has started.
func (s *Scenario) end() {
	s.tb.Helper()
	if since := time.Now().Round(0).Sub(s.began.Round(0)); since < -outside || since > outside {
		s.tb.Fatalf("migrationtest: the scenario runs in a synctest bubble and ends outside of it; want NewScenario to get the *testing.T of the bubble")
		return
	}
	close(s.over)
	s.kept.Wait()
	s.mu.Lock()
	clients := s.clients
	s.clients = nil
	s.mu.Unlock()
	var problems []error
	for _, c := range clients {
		problems = append(problems, c.Close())
	}
	if s.sim != nil {
		problems = append(problems, s.sim.Close())
	}
	if err := errors.Join(problems...); err != nil {
		s.tb.Fatalf("migrationtest: the scenario does not end: %v", err)
	}
}
