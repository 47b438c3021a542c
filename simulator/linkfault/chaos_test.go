package linkfault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
	"github.com/cachelift/cachelift/simulator/linkfault"
)

// number reads a variable of the environment, and takes def if it is not set.
func number(t *testing.T, name string, def uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return def
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s is %q, want a number", name, text)
	}
	return n
}

// TestChaos: whatever goes wrong, a migration ends in done with nothing lost, or
// failed or aborted, for a cause that was brought about, with the source serving
// writes. Faults, their times, deaths of the process, cancels and aborts are
// drawn from a seed: CHAOS_SEED and CHAOS_COUNT say which and how many. By default
// it is a small sample of fixed seeds.
func TestChaos(t *testing.T) {
	seed, count := number(t, "CHAOS_SEED", 1), number(t, "CHAOS_COUNT", 6)
	if os.Getenv("CHAOS_COUNT") != "" && os.Getenv("CHAOS_SEED") == "" {
		seed = rand.Uint64N(1_000_000_000)
	}
	t.Logf("CHAOS_SEED=%d CHAOS_COUNT=%d", seed, count)
	var ended sync.WaitGroup // the processes that were killed
	var sum tally
	t.Cleanup(func() {
		ended.Wait()
		t.Logf("outcomes %v", sum.outcomes)
		t.Logf("struck %v", sum.struck)
		if count >= 20 && len(sum.struck) < 15 {
			t.Errorf("%d kinds of things went wrong in %d migrations: the faults do not strike", len(sum.struck), count)
		}
	})
	for i := range count {
		s := draw(seed + i)
		t.Run(fmt.Sprint(s.seed), func(t *testing.T) {
			t.Parallel()
			c := newChaos(t, s, &ended)
			sum.add(c.play(), c.happened())
		})
	}
}

// tally counts how migrations ended, and what went wrong in them.
type tally struct {
	mu               sync.Mutex
	outcomes, struck map[string]int
}

func (ta *tally) add(outcome string, struck map[string]int) {
	ta.mu.Lock()
	defer ta.mu.Unlock()
	if ta.outcomes == nil {
		ta.outcomes, ta.struck = map[string]int{}, map[string]int{}
	}
	ta.outcomes[outcome]++
	for what, n := range struck {
		ta.struck[what] += n
	}
}

// chaos is one migration under way.
type chaos struct {
	t        *testing.T
	scenario chaosScenario
	ended    *sync.WaitGroup
	source   *simulator.Redis
	sim      *simulator.Sim
	group    *simulator.Group
	link     *linkfault.Proxy
	traffic  *traffic
	plan     []byte
	begun    time.Time
	log      transcript
	injected map[*simulator.Injection]simulator.FaultKind

	mu  sync.Mutex
	did map[string]int // interruptions and changes of the link
}

func (c *chaos) count(what string) {
	c.note("== %s", what)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.did[what]++
}

// happened is what went wrong, and how often.
func (c *chaos) happened() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := maps.Clone(c.did)
	for in, kind := range c.injected {
		if n := in.Hits(); n > 0 {
			out[string(kind)] += n
		}
	}
	return out
}

// transcript is what is shown of a migration that went wrong.
type transcript struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (tr *transcript) Write(p []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.b.Write(p)
}

func (tr *transcript) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.b.String()
}

func (c *chaos) note(format string, args ...any) {
	fmt.Fprintf(&c.log, "+%v %s\n", time.Since(c.begun).Round(time.Millisecond), fmt.Sprintf(format, args...))
}

func newChaos(t *testing.T, s chaosScenario, ended *sync.WaitGroup) *chaos {
	t.Helper()
	c := &chaos{t: t, scenario: s, ended: ended, begun: time.Now(), injected: map[*simulator.Injection]simulator.FaultKind{}, did: map[string]int{}}
	t.Cleanup(func() {
		if t.Failed() || os.Getenv("CHAOS_STORY") != "" {
			t.Logf("replay: CHAOS_SEED=%d CHAOS_COUNT=1\n%s\n%s", s.seed, s, c.story())
		}
	})
	source, src := startRedis(t, "--maxmemory-policy", "volatile-lru")
	c.source, c.link = source, newLink(t, source.Addr())
	p := src.Pipeline()
	for i := range s.keys {
		p.Set(t.Context(), "old:"+strconv.Itoa(i), strings.Repeat("x", 100), 0)
	}
	if _, err := p.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	var err error
	if c.sim, err = simulator.New(simulator.Options{Timing: simulator.FastTiming()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.sim.Close() })
	if c.group, err = c.sim.CreateReplicationGroup(t.Context(), simulator.ReplicationGroup{ID: "rg", Replicas: s.replicas}); err != nil {
		t.Fatal(err)
	}
	for _, f := range s.faults {
		in, err := c.sim.Inject(f)
		if err != nil {
			t.Fatal(err)
		}
		c.injected[in] = f.Kind
	}
	plan := migration.NewPlan("chaos", migration.Source{Address: "127.0.0.1", Port: c.link.Port()}, migration.ReplicationGroup("rg"))
	if c.plan, err = json.Marshal(plan); err != nil {
		t.Fatal(err)
	}
	c.traffic = startTraffic(source.Addr(), 4)
	t.Cleanup(c.traffic.stop)
	return c
}

// process returns a Migrator as a new process makes it, from what is stored.
func (c *chaos) process(l *life) *migration.Migrator {
	c.t.Helper()
	var plan migration.Plan
	if err := json.Unmarshal(c.plan, &plan); err != nil {
		c.t.Fatal(err)
	}
	dial := linkfault.DialFunc(new(net.Dialer).DialContext)
	if c.scenario.bypass {
		dial = c.link.Bypass(dial)
	}
	cfg := c.sim.Config()
	cfg.HTTPClient = l.client(cfg.HTTPClient)
	m, err := migration.New(plan, elasticache.NewFromConfig(cfg), &migration.Options{
		Observers: []progress.Observer{progress.NewText(&c.log)}, DialContext: l.dialer(dial),
		Cutover: migration.NewSourceFence(c.traffic.switchTo), CutoverAttempts: 6, CutoverRetryAfter: 50 * time.Millisecond,
		PollEvery: 20 * time.Millisecond, InSyncFor: c.scenario.inSync, MaxWritePause: 4 * time.Second,
		SampleFor: 20 * time.Millisecond, SyncTimeout: 30 * time.Second, ObserverWait: time.Second,
		Retry: migration.Retry{Initial: 5 * time.Millisecond, Max: 50 * time.Millisecond, MaxElapsed: 10 * time.Second},
		Assume: migration.Assumptions{
			EventGrace: 2 * time.Second, PromotionWithin: 10 * time.Second, ReplicationWithin: 15 * time.Second, TestWithin: 2 * time.Second,
		},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// ended is how one call of Run or Abort came out.
type ended struct {
	result migration.Result
	err    error
}

// live runs one process until it ends by itself or is ended.
func (c *chaos) live(until *interruption) (ended, ending) {
	l := &life{died: make(chan struct{})}
	if until != nil {
		l.until = *until
	}
	m := c.process(l)
	ctx, cancel := context.WithCancel(context.Background())
	out := make(chan ended, 1)
	c.ended.Go(func() {
		result, err := m.Run(ctx)
		out <- ended{result, err}
	})
	defer cancel()
	if until == nil {
		return <-out, ""
	}
	timer := time.NewTimer(until.after)
	defer timer.Stop()
	select {
	case e := <-out:
		return e, ""
	case <-l.died:
		c.count("crash at " + until.call)
	case <-timer.C:
		c.count(string(until.how))
	}
	switch until.how {
	case endCrash:
		l.kill()
		cancel()
		return ended{}, endCrash
	case endCancel:
		cancel()
		return <-out, endCancel
	}
	err := m.Abort(context.Background(), "chaos")
	c.note("Abort = %v", err)
	e := <-out
	switch {
	case err == nil && errors.Is(e.err, migration.ErrRunning): // the abort came first
		return ended{migration.Result{State: progress.StateAborted}, nil}, endAbort
	case err == nil && e.err == nil: // it was done first, or aborted
		return e, ""
	}
	return ended{e.result, errors.Join(err, e.err)}, endAbort
}

// play goes through the lives of the process, judges, and returns the outcome.
func (c *chaos) play() string {
	stop := make(chan struct{})
	var linking sync.WaitGroup
	linking.Go(func() { c.changeLink(stop) })
	defer linking.Wait()
	defer close(stop)
	for _, until := range c.scenario.lives {
		e, how := c.live(&until)
		c.note("Run = %s, %v (%s)", e.result.State, e.err, how)
		if (how == "" || how == endAbort) && c.over(e) {
			return c.judge(e)
		}
	}
	const tries = 8
	for try := 1; ; try++ {
		e, _ := c.live(nil)
		c.note("Run = %s, %v", e.result.State, e.err)
		if c.over(e) || try == tries {
			return c.judge(e)
		}
	}
}

// over reports whether no further Run is needed: it is one that says that writes
// are paused.
func (c *chaos) over(e ended) bool {
	return !errors.Is(e.err, migration.ErrOutcomeUnknown) && !errors.Is(e.err, migration.ErrPastNoReturn)
}

// changeLink lets the link go through its changes, and restores it.
func (c *chaos) changeLink(stop <-chan struct{}) {
	pause := func(d time.Duration) bool {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-stop:
			return false
		case <-timer.C:
			return true
		}
	}
	for _, change := range c.scenario.link {
		if !pause(change.after) {
			return
		}
		c.count(change.what)
		var err error
		switch change.what {
		case "latency":
			err = c.link.Latency(change.d, change.d/2)
		case "bandwidth":
			err = c.link.Bandwidth(change.rate)
		case "cut":
			err = c.link.Cut()
		case "black hole":
			err = c.link.BlackHole()
		}
		if err != nil {
			c.t.Error(err)
		}
		if change.what == "latency" {
			continue // it stays
		}
		pause(change.d)
		if err := c.link.Restore(); err != nil {
			c.t.Error(err)
		}
	}
}

// story is what happened, as far as it was seen.
func (c *chaos) story() string {
	var b strings.Builder
	b.WriteString(c.log.String())
	if c.sim == nil {
		return b.String()
	}
	for _, call := range c.sim.Calls() {
		if call.Fault != "" || !strings.HasPrefix(call.Operation, "Describe") {
			fmt.Fprintf(&b, "call +%v %s %s status %d code %s fault %s accepted %t\n", call.At.Sub(c.begun).Round(time.Millisecond),
				call.Operation, call.Parameters["Force"], call.Status, call.Code, call.Fault, call.Accepted)
		}
	}
	out, err := elasticache.NewFromConfig(c.sim.Config(), func(o *elasticache.Options) { o.Retryer = aws.NopRetryer{} }).
		DescribeEvents(context.Background(), &elasticache.DescribeEventsInput{})
	if err == nil {
		for _, e := range out.Events {
			fmt.Fprintf(&b, "event +%v %s: %s\n", e.Date.Sub(c.begun).Round(time.Millisecond), aws.ToString(e.SourceIdentifier), aws.ToString(e.Message))
		}
	}
	if c.group != nil {
		fmt.Fprintf(&b, "group %s, nodes %+v\n", c.group.Status(), c.group.Nodes())
	}
	return b.String()
}
