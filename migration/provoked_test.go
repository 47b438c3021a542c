package migration_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// provoked is a migration of real servers in which something is wrong on purpose. The
// service's part is patient, so that the library has to notice.
type provoked struct {
	*world
	t    *testing.T
	rec  *recorder
	opts *migration.Options
	from migration.Source // what the target replicates from
	plan migration.Plan

	cancel context.CancelFunc
	ended  chan struct{}
	err    error // of the run, when it has ended
}

func patientTiming() simulator.Timing {
	timing := simulator.FastTiming()
	timing.AttemptTimeout = time.Minute
	return timing
}

// provoke starts a source with arguments, and a target.
func provoke(t *testing.T, args ...string) *provoked {
	t.Helper()
	return provokeIn(t, patientTiming(), simulator.ReplicationGroup{}, args...)
}

func provokeIn(t *testing.T, timing simulator.Timing, group simulator.ReplicationGroup, args ...string) *provoked {
	t.Helper()
	p := &provoked{t: t, world: &world{source: startSource(t, args...)}, rec: &recorder{}}
	sim, err := simulator.New(simulator.Options{Timing: timing})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	p.sim = sim
	group.ID = "test-cluster"
	if p.group, err = sim.CreateReplicationGroup(t.Context(), group); err != nil {
		t.Fatal(err)
	}
	p.api = elasticache.NewFromConfig(sim.Config())
	p.from = migration.Source{Address: p.source.Endpoint().Address, Port: p.source.Endpoint().Port}
	p.opts = p.options()
	p.opts.InSyncFor = time.Hour // it stays in sync, and is watched
	p.opts.Cutover = migration.NewSourceFence(nil)
	p.opts.Observers = []progress.Observer{p.rec}
	return p
}

// behind puts a proxy between the target and the source, which the library does not
// use.
func (p *provoked) behind() *proxy {
	middle := newProxy(p.t, p.source.Addr())
	p.from = middle.endpoint()
	p.opts.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == middle.addr {
			address = p.source.Addr()
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	return middle
}

// attach starts the migration at the service and then the library, which goes on with
// it. So none of the checks of the preflight stands in the way of the defect.
func (p *provoked) attach() {
	p.t.Helper()
	id := p.group.ID()
	p.plan = migration.NewPlan("test", p.from, migration.ReplicationGroup(id))
	_, err := p.api.StartMigration(p.t.Context(), &elasticache.StartMigrationInput{
		ReplicationGroupId:       aws.String(id),
		CustomerNodeEndpointList: []types.CustomerNodeEndpoint{{Address: aws.String(p.from.Address), Port: aws.Int32(int32(p.from.Port))}},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.run()
}

// run lets the library drive until the test ends.
func (p *provoked) run() {
	p.t.Helper()
	m := p.migrator(p.t, p.plan, p.opts)
	ctx, cancel := context.WithCancel(p.t.Context())
	p.cancel, p.ended = cancel, make(chan struct{})
	go func() {
		defer close(p.ended)
		_, p.err = m.Run(ctx)
	}()
	p.t.Cleanup(func() {
		cancel()
		<-p.ended
		if p.t.Failed() {
			for _, e := range p.rec.all() {
				p.t.Logf("%s %-8s %s", e.Meta().At.Format("15:04:05.000"), e.Meta().State, e)
			}
			p.t.Logf("the run ended with: %v", p.err)
		}
	})
}

func (p *provoked) client(addr string) *redis.Client { return adminClient(p.t, addr, "") }

// info is one field of INFO at the source.
func (p *provoked) info(c *redis.Client, field string) string {
	text := c.Info(p.t.Context()).Val()
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), field+":"); ok {
			return value
		}
	}
	return ""
}

// inState waits until the run has entered a state.
func (p *provoked) inState(s progress.State) {
	p.t.Helper()
	until(p.t, "state "+string(s), func() bool {
		for _, e := range p.rec.all() {
			if e.Meta().State == s {
				return true
			}
		}
		return false
	})
}

// now is the evidence being there: what is sampled from here on shows it.
func (p *provoked) now(what string, evident func() bool) time.Time {
	p.t.Helper()
	until(p.t, what, evident)
	return time.Now()
}

// unlinked is when a target had no connection for so long that it is evidence, which
// is 3 seconds: by the library's own samples.
func (p *provoked) unlinked() time.Time {
	p.t.Helper()
	at := p.sampled("the target is seen without a connection", func(s progress.Sample) bool { return s.Phase == progress.PhaseConnecting })
	return at.Add(3 * time.Second)
}

// names waits for the diagnosis of a cause while the run goes on, and fails the test
// unless it came with one of the two samples that followed the evidence.
func (p *provoked) names(cause progress.Cause, evidence time.Time) progress.Diagnosis {
	p.t.Helper()
	var found *progress.Diagnosed
	samples := 0
	until(p.t, "trouble "+string(cause), func() bool {
		samples = 0
		for _, e := range p.rec.all() {
			switch e := e.(type) {
			case progress.Sampled:
				if e.Sample.At.After(evidence) {
					samples++
				}
			case progress.Diagnosed:
				if e.Diagnosis.Cause == cause && !e.Over {
					found = &e
					return true
				}
			}
		}
		return false
	})
	if samples > 2 {
		p.t.Errorf("%s was named with sample %d behind its evidence, want one of the first two", cause, samples)
	}
	p.complete(found.Diagnosis)
	return found.Diagnosis
}

// complete fails the test unless a diagnosis says all that it should.
func (p *provoked) complete(d progress.Diagnosis) {
	p.t.Helper()
	if d.Summary == "" || d.Remedy == "" || len(d.Evidence) == 0 || !strings.HasPrefix(d.DocURL, "https://") {
		p.t.Errorf("the diagnosis lacks something: %+v", d)
	}
	p.t.Logf("%v", d)
}

// ends fails the test unless the run ends with a cause.
func (p *provoked) ends(cause progress.Cause) {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		p.t.Fatal("the run goes on")
	}
	var failed *migration.Error
	if !errors.As(p.err, &failed) || failed.Diagnosis == nil || failed.Diagnosis.Cause != cause {
		p.t.Fatalf("the run ended with %v, want cause %s", p.err, cause)
	}
	p.complete(*failed.Diagnosis)
}

// goesOn fails the test if the run has ended.
func (p *provoked) goesOn() {
	p.t.Helper()
	select {
	case <-p.ended:
		p.t.Errorf("the run ended: %v", p.err)
	default:
	}
}
