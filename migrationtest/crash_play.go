package migrationtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/simulator"
)

// mostProcesses is how many processes a case may need, the one in which
// something goes wrong included.
const mostProcesses = 4

// triesAgainAfter is when somebody starts a process again that ended with an
// error: when what passes has passed.
const triesAgainAfter = 5 * time.Minute

// crashCase is one case of a crash matrix: a scenario, and the processes that
// migrate it one after the other.
type crashCase struct {
	tb       TB
	point    crashPoint
	host     Host
	scenario *Scenario
	effects  *sideEffects
	plan     []byte // as it was stored
	way      []migration.StepInfo
	fenced   bool              // the Cutover is a SourceFence
	limit    time.Duration     // of a process, in the scenario's time
	before   map[string]string // the source's settings

	dead []func() // end what is left of a process
}

// crashSeen is what a case that ended well has shown.
type crashSeen struct {
	effects  []sideEffect
	settings map[string]string
	took     time.Duration
}

// play plays a case to its end; want is what the case without a fault has
// shown, zero for that one itself.
func play(tb TB, host func(*Scenario) Host, at crashPoint, want crashSeen) crashSeen {
	tb.Helper()
	s := NewScenario(tb).Timing(quickTiming())
	c := &crashCase{tb: tb, point: at, scenario: s, effects: newSideEffects(at.at, at.how), limit: 4*want.took + 4*time.Hour}
	if at.refused {
		s.Faults(InService(simulator.Fault{Kind: simulator.FaultPromotionFails, Count: 1}))
	}
	c.host = host(s)
	if c.host.Options == nil {
		tb.Fatalf("migrationtest: CrashEverywhere: Host.Options is nil, want a function that returns the options of a process")
	}
	stored, err := json.Marshal(s.Plan())
	if err != nil {
		tb.Fatalf("migrationtest: CrashEverywhere: the plan cannot be stored: %v", err)
	}
	c.plan, c.before = stored, c.settings()
	if s.source.WriteRate == 0 {
		tb.Fatalf("migrationtest: CrashEverywhere: Source has WriteRate 0, want an application that writes: nothing else could be lost")
	}
	defer func() {
		for _, end := range c.dead {
			end()
		}
	}()
	begun := time.Now()
	result := c.finish()
	seen := crashSeen{settings: c.settings(), took: time.Since(begun)}
	c.fail(c.judgeEnd(result, seen.settings, want.settings)...)
	seen.effects, _, _ = c.effects.seen()
	return seen
}

// quickTiming is what saves real time: the library looks a thousand times a second
// while it waits for a promotion.
func quickTiming() simulator.Timing {
	t := usualTiming()
	t.StartDelay, t.Promotion = time.Second, 200*time.Millisecond
	return t
}

// finish starts processes until one finishes the migration.
func (c *crashCase) finish() migration.Result {
	c.tb.Helper()
	var last error
	for range mostProcesses {
		result, err, died := c.process()
		switch {
		case died:
		case err == nil:
			return result
		default:
			last = err
			c.fail(c.judgeStopped(err)...)
			_ = wait(c.scenario.over, triesAgainAfter) // it is not over
		}
	}
	c.fail(fmt.Sprintf("the migration was not finished by %d processes; the last one ended with %v", mostProcesses, last))
	return migration.Result{}
}

// process drives the migration by a new Migrator until it ends, or dies.
func (c *crashCase) process() (result migration.Result, err error, died bool) {
	c.tb.Helper()
	var plan migration.Plan
	if err := json.Unmarshal(c.plan, &plan); err != nil {
		c.fail(fmt.Sprintf("the stored plan cannot be read: %v", err))
	}
	c.effects.next()
	ctx, cancel := context.WithTimeout(context.Background(), c.limit)
	gone := make(chan struct{})
	var once sync.Once
	p := &process{effects: c.effects, ended: func() {
		time.AfterFunc(failsAfter, cancel) // later than what happened before the crash
		once.Do(func() { close(gone) })
	}}
	opts := c.host.Options()
	if c.way == nil {
		c.look(opts)
	}
	m := c.scenario.migrator(plan, opts, p)
	ended := make(chan struct{})
	var end struct { // of a Run that may go on when this method has returned
		result migration.Result
		err    error
	}
	go func() {
		defer close(ended)
		end.result, end.err = m.Run(ctx)
	}()
	c.dead = append(c.dead, func() { p.crash(); cancel(); <-ended })
	select {
	case <-gone:
		return migration.Result{}, nil, true
	case <-ended:
	}
	return end.result, end.err, p.dead()
}

// look notes what the options of the first process are.
func (c *crashCase) look(o *migration.Options) {
	if o == nil {
		o = &migration.Options{}
	}
	c.way = o.Workflow.Steps()
	c.fenced = o.Cutover == nil || hasFence(reflect.TypeOf(o.Cutover))
}

// fail ends the test with what is wrong, and what happened.
func (c *crashCase) fail(problems ...string) {
	c.tb.Helper()
	all, _, more := c.effects.seen()
	if problems = append(problems, more...); len(problems) == 0 {
		return
	}
	var b strings.Builder
	for i, e := range all {
		fmt.Fprintf(&b, "process %d  %s", e.process, e.name())
		if i == c.point.at {
			fmt.Fprintf(&b, "  <- %s", c.point.how)
		}
		b.WriteString("\n")
	}
	again := ""
	if c.point.at >= 0 {
		again = fmt.Sprintf("this point alone: Crashes.Only: []string{%q}\n", c.point)
	}
	c.tb.Fatalf("migrationtest: CrashEverywhere: %s: %s\n%sside effects:\n%stranscript:\n%s",
		c.point, strings.Join(problems, "\n"), again, b.String(), c.scenario.recorder.Transcript())
}

// settings reads those of the source; nil where CONFIG is not to be had.
func (c *crashCase) settings() map[string]string {
	c.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	all, err := c.scenario.SourceClient().ConfigGet(ctx, "*").Result()
	if err != nil {
		return nil
	}
	return all
}

// says reports whether an error tells that writes are paused.
func says(err error) bool {
	return errors.Is(err, migration.ErrOutcomeUnknown) || errors.Is(err, migration.ErrPastNoReturn) || strings.Contains(err.Error(), "paused")
}

// promoted reports whether the target is a primary by a completion.
func (c *crashCase) promoted() bool {
	c.tb.Helper()
	role, err := c.scenario.targetRole()
	return err == nil && role == "master" && c.completions() > 0
}

// completions are the completions that the service accepted and did not give up.
func (c *crashCase) completions() int {
	n := c.accepted(whatComplete)
	if c.point.refused && n > 0 {
		n--
	}
	return n
}

// accepted counts the calls of an operation that took effect, but for those
// with Force.
func (c *crashCase) accepted(operation string) int {
	n := 0
	for _, call := range c.scenario.sim.Calls() {
		if call.Operation == operation && call.Accepted && call.Parameters["Force"] != "true" {
			n++
		}
	}
	return n
}
