package migrationtest

import (
	"context"
	"net"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/internal/node"
	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/simulator"
)

// Plan returns the plan of the migration, the same each time: a Migrator of it
// that is made while or after another one ran stands for a new process that
// resumes.
func (s *Scenario) Plan() migration.Plan {
	s.tb.Helper()
	s.run()
	return s.plan
}

// Migrator returns a new Migrator of the plan. In a copy of opts, which may be
// nil, it fills what is not set: DialContext and LookupHost, which know the
// scenario's servers, a constant Retry.Jitter, and a Cutover, which is a
// [migration.SourceFence] whose Switch does nothing but note where to, see
// [Scenario.SwitchedTo]. The recorder comes after the Observers that are given.
// Whatever is wrong with opts fails the test.
//
// The application of a scenario is the source's WriteRate, and the fence stops
// it like all that writes. A Cutover of the host's own has to stop it as it stops
// its own application, or writes go on in the pause and are lost: PauseWrites by
// SourceServer().SetWriteRate(0), ResumeWrites by setting the old rate again.
//
// Each Migrator is a process of its own, which [Scenario.Crash] can end.
func (s *Scenario) Migrator(opts *migration.Options) *migration.Migrator {
	s.tb.Helper()
	s.run()
	return s.migrator(s.plan, opts, &process{})
}

// migrator is a process that has a plan.
func (s *Scenario) migrator(plan migration.Plan, opts *migration.Options, p *process) *migration.Migrator {
	s.tb.Helper()
	var o migration.Options
	if opts != nil {
		o = *opts
	}
	if o.DialContext == nil {
		o.DialContext = s.DialContext
	}
	if o.Cutover == nil {
		o.Cutover = migration.NewSourceFence(func(_ context.Context, to migration.Endpoint) error { return s.switchTo(p, to) })
	}
	if p.effects != nil {
		o.DialContext = s.struck(p, o.DialContext)
		o.Cutover = p.struck(s, o.Cutover)
		o.Workflow = p.workflow(o.Workflow)
	}
	o.DialContext = p.dial(o.DialContext)
	o.Cutover = p.cutover(o.Cutover)
	if o.LookupHost == nil { // the system's resolver is not of this world
		o.LookupHost = s.Sim().LookupHost
	}
	if o.Retry.Jitter == nil {
		o.Retry.Jitter = func() float64 { return 0.5 }
	}
	o.Observers = append(slices.Clone(o.Observers), p.observer(s.recorder))
	m, err := migration.New(plan, s.api(p), &o)
	if err != nil {
		s.tb.Fatalf("migrationtest: Scenario.Migrator: %v", err)
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.processes[m] = p
	return m
}

// switchTo is the Switch of the Cutover that Migrator fills in.
func (s *Scenario) switchTo(p *process, to migration.Endpoint) error {
	if p.dead() {
		return errDied
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switched = &to
	return nil
}

// SwitchedTo returns where the application was switched to by the Cutover that
// Migrator fills in; false if it was not.
func (s *Scenario) SwitchedTo() (migration.Endpoint, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.switched == nil {
		return migration.Endpoint{}, false
	}
	return *s.switched, true
}

// Client returns a client of the simulated ElastiCache: the SDK's own, whose
// calls stay in the process. Faults strike it.
func (s *Scenario) Client() *elasticache.Client {
	s.tb.Helper()
	s.run()
	return s.api(&process{}) // one that lives
}

// api returns the client of a process.
func (s *Scenario) api(p *process) *elasticache.Client {
	config := s.sim.Config()
	answers := s.timing.Call
	if s.timing == (simulator.Timing{}) {
		answers = simulator.DefaultTiming().Call
	}
	var client doer = httpClient{next: config.HTTPClient, faults: s.faults, takes: answers}
	if p.effects != nil {
		client = effectHTTP{p, client}
	}
	config.HTTPClient = processHTTP{p, client}
	return elasticache.NewFromConfig(config)
}

// DialContext connects to a server of the scenario. It fits as a DialContext of
// clients. Faults strike the connection.
func (s *Scenario) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	s.run()
	to := Target
	if address == s.server.Addr() {
		to = Source
	}
	if f := s.faults.strike(Request{To: to, Name: connectName}); f != nil {
		switch f.effect {
		case effectDelay:
			if wait(ctx.Done(), f.delay) != nil {
				return nil, ctx.Err()
			}
		default:
			return nil, refused(network)
		}
	}
	conn, err := s.sim.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return newFaultyConn(conn, to, s.faults), nil
}

// Sim returns the simulator, for what the scenario has no method for.
func (s *Scenario) Sim() *simulator.Sim {
	s.tb.Helper()
	s.run()
	return s.sim
}

// SourceServer returns the source: to stop or restart it, or to change how much
// is written to it.
func (s *Scenario) SourceServer() *simulator.Memory {
	s.tb.Helper()
	s.run()
	return s.server
}

// Group returns the replication group.
func (s *Scenario) Group() *simulator.Group {
	s.tb.Helper()
	s.run()
	return s.target
}

// Recorder returns the recorder that observes the Migrators of the scenario.
func (s *Scenario) Recorder() *Recorder { return s.recorder }

// SourceClient returns a client of the source for the test's own commands, for
// which nothing goes wrong. It retries nothing, and is closed with the scenario.
func (s *Scenario) SourceClient() *redis.Client {
	s.tb.Helper()
	s.run()
	return s.client(s.server.Addr(), s.source.Password)
}

// TargetClient returns a client of the group's primary; for the rest it is like
// that of SourceClient.
func (s *Scenario) TargetClient() *redis.Client {
	s.tb.Helper()
	s.run()
	return s.client(s.target.PrimaryEndpoint().String(), s.group.AuthToken)
}

func (s *Scenario) client(address, password string) *redis.Client {
	config := node.Config{Address: address, Dial: s.sim.DialContext}
	if password != "" {
		config.Password = func(context.Context) (string, error) { return password, nil }
	}
	c := node.NewClient(config)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients = append(s.clients, c)
	return c
}
