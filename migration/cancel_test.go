package migration_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

var (
	cancelSeed = flag.Uint64("cancel-seed", 0, "seed of the cancellation tests; 0 draws one")
	cancelCase = flag.Int("cancel-case", -1, "play this case of the cancellation tests alone")
	cancelRuns = flag.Int("cancel-cases", 160, "how many cases the cancellation test has")
)

// seed is what all random choices of a test come from.
func seed(t *testing.T) uint64 {
	t.Helper()
	s := *cancelSeed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("-cancel-seed %d", s)
	return s
}

// moment is when a context ends: at a request, at a time, or a while after a
// state was entered.
type moment struct {
	request int // counted from 1; 0: not at a request
	after   time.Duration
	state   progress.State // "": after is counted from the beginning
}

func (m moment) String() string {
	switch {
	case m.request > 0:
		return fmt.Sprintf("at request %d", m.request)
	case m.state != "":
		return fmt.Sprintf("%v after %s", m.after, m.state)
	}
	return fmt.Sprintf("after %v", m.after)
}

// someMoment draws one, of a migration like the one that a profile tells of.
func someMoment(r *rand.Rand, p profile) moment {
	switch r.IntN(4) {
	case 0:
		return moment{request: 1 + r.IntN(p.requests)}
	case 1:
		return moment{after: time.Duration(r.Int64N(int64(p.took)))}
	}
	s := p.states[r.IntN(len(p.states))] // the short ones as often as the long ones
	return moment{state: s, after: time.Duration(r.Int64N(int64(p.timeIn[s] + 2*time.Millisecond)))}
}

// profile is what a migration does when nobody cancels it.
type profile struct {
	requests int
	took     time.Duration
	states   []progress.State
	timeIn   map[progress.State]time.Duration
}

// trip ends the context of a run at a moment.
type trip struct {
	mu     sync.Mutex
	moment moment
	cancel func()
	seen   int // requests
}

func (c *trip) arm(m moment, cancel func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moment, c.cancel, c.seen = m, cancel, 0
}

// request counts them; it is the When of a fault that never strikes.
func (c *trip) request(migrationtest.Request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen++; c.seen == c.moment.request {
		c.cancel()
	}
	return false
}

// Observe waits for the state.
func (c *trip) Observe(_ context.Context, e progress.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if changed, ok := e.(progress.StateChanged); ok && changed.To == c.moment.state {
		time.AfterFunc(c.moment.after, c.cancel)
	}
}

// migrationToCancel is a scenario with a host whose functions take a while.
type migrationToCancel struct {
	*migrationtest.Scenario
	trip   trip
	world  *journal
	flag   *slowGate
	useOwn bool // a gate of the host's own, not a fence
}

func newMigrationToCancel(t *testing.T, r *rand.Rand) *migrationToCancel {
	timing := simulator.DefaultTiming()
	timing.StartDelay, timing.Promotion = time.Second, 200*time.Millisecond
	m := &migrationToCancel{Scenario: migrationtest.NewScenario(t).Timing(timing), world: &journal{made: map[string]bool{}}, useOwn: r.IntN(2) == 0}
	for _, end := range []migrationtest.End{migrationtest.API, migrationtest.Source, migrationtest.Target} {
		m.Faults(migrationtest.LostRequest(end, "").Always().When(m.trip.request))
	}
	m.flag = &slowGate{flagGate: flagGate{source: func(rate int64) { m.SourceServer().SetWriteRate(rate) }}}
	m.trip.arm(moment{}, func() {})
	return m
}

// process is a new Migrator, with a step in each part of the way.
func (m *migrationToCancel) process() *migration.Migrator {
	slow := func(s migration.Step) migration.Step {
		run, undo := s.Run, s.Undo
		s.Run = func(ctx context.Context, session *migration.Session) error {
			return errors.Join(takes(ctx, 500*time.Millisecond), run(ctx, session))
		}
		if undo != nil {
			s.Undo = func(ctx context.Context, session *migration.Session) error {
				return errors.Join(takes(ctx, 100*time.Millisecond), undo(ctx, session))
			}
		}
		return s
	}
	wf := migration.DefaultWorkflow().
		Before(progress.StateTesting, m.world.step("reserve")).
		Before(progress.StatePausing, m.world.step("approval")).
		After(progress.StatePausing, m.world.step("warm-up")).
		After(progress.StateCompleting, m.world.final("smoke-test")).Wrap(slow)
	opts := &migration.Options{Workflow: wf, Observers: []progress.Observer{&m.trip}}
	if m.useOwn {
		opts.Cutover = m.flag
	}
	return m.Migrator(opts)
}

// takes is work that ends with its context.
func takes(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// slowGate is a gate whose calls take a while.
type slowGate struct{ flagGate }

// PauseWrites raises the flag and waits until the application has seen it.
func (g *slowGate) PauseWrites(ctx context.Context) error {
	return errors.Join(g.flagGate.PauseWrites(ctx), takes(ctx, 300*time.Millisecond))
}

// Switch waits until the application has seen it.
func (g *slowGate) Switch(ctx context.Context, to migration.Endpoint) error {
	return errors.Join(takes(ctx, 300*time.Millisecond), g.flagGate.Switch(ctx, to))
}

// paused reports whether the application can write to the source.
func (m *migrationToCancel) paused(t *testing.T) bool {
	t.Helper()
	if m.useOwn {
		paused, _ := m.flag.WritesPaused(t.Context())
		return paused
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	return m.SourceClient().Del(ctx, "no-such-key").Err() != nil
}

// A context may end at any moment: Run returns, leaves no goroutine behind and
// no paused source, unless its error says so, and this Migrator or a new one goes
// on. Each case ends the context of one to three runs and then lets one finish.
func TestCancelAtAnyMoment(t *testing.T) {
	t.Parallel()
	cases, base := *cancelRuns, seed(t)
	if testing.Short() || raceDetector {
		cases = min(cases, 24)
	}
	plain := profileOf(t)
	cancelled, at := 0, map[progress.State]int{}
	for i := range cases {
		if *cancelCase >= 0 && i != *cancelCase {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(base, uint64(i)))
			m := newMigrationToCancel(t, r)
			for _, s := range m.play(t, r, plain) {
				cancelled++
				at[s]++
			}
			if t.Failed() {
				t.Logf("go test -run TestCancelAtAnyMoment -cancel-seed %d -cancel-case %d\n%s", base, i, m.Recorder().Transcript())
			}
		})
		if t.Failed() {
			return
		}
	}
	t.Logf("%d cancelled runs, in %v", cancelled, at)
	if *cancelCase < 0 && (cancelled < cases || len(at) < 6) {
		t.Errorf("%d runs were cancelled, in %d states: the test proves little", cancelled, len(at))
	}
}

// A look that is cut short must not hide that writes are paused: each run ends at
// another request of its first look, after one that left them so.
func TestLookCutShortSaysPaused(t *testing.T) {
	t.Parallel()
	for own := range uint64(2) {
		synctest.Test(t, func(t *testing.T) {
			m := newMigrationToCancel(t, rand.New(rand.NewPCG(1, 1)))
			m.useOwn = own == 1
			left := moment{state: "smoke-test"}
			result, err := m.run(t, m.process(), left)
			m.judge(t, left, result, err)
			if !m.paused(t) {
				t.Fatalf("writes are open after %v", err)
			}
			cut := 0
			for cancelledIn(err) == "smoke-test" || cancelledIn(err) == progress.StateNew {
				cut++
				when := moment{request: cut}
				result, err = m.run(t, m.process(), when)
				m.judge(t, when, result, err)
			}
			if cut < 5 {
				t.Errorf("%d looks were cut short, want one at each request", cut)
			}
		})
	}
}

// profileOf migrates once.
func profileOf(t *testing.T) (p profile) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newMigrationToCancel(t, rand.New(rand.NewPCG(1, 1)))
		result, err := m.process().Run(t.Context())
		m.AssertDone(result, err)
		p = profile{requests: m.trip.seen, took: result.EndedAt.Sub(result.StartedAt), states: m.Recorder().States(), timeIn: result.TimeIn}
	})
	return p
}

var errCancelled = errors.New("the operator pressed Ctrl-C")

// play cancels runs, and returns in which states.
func (m *migrationToCancel) play(t *testing.T, r *rand.Rand, p profile) (in []progress.State) {
	t.Helper()
	migrator := m.process()
	for range 1 + r.IntN(3) {
		when := someMoment(r, p)
		result, err := m.run(t, migrator, when)
		if err == nil {
			m.AssertDone(result, err)
			return in
		}
		in = append(in, cancelledIn(err))
		m.judge(t, when, result, err)
		if r.IntN(2) == 0 {
			migrator = m.process()
		}
		if r.IntN(8) == 0 && m.abort(t, migrator) {
			return in
		}
	}
	result, err := migrator.Run(t.Context())
	m.AssertDone(result, err)
	for _, operation := range []string{"StartMigration", "CompleteMigration"} {
		if n := m.accepted(operation); n != 1 {
			t.Errorf("%s was accepted %d times, want once", operation, n)
		}
	}
	if err := m.world.all("reserve", "approval", "warm-up", "smoke-test"); err != nil {
		t.Error(err)
	}
	return in
}

// cancelledIn is the state in which a run was cancelled, from which it may have
// backed out.
func cancelledIn(err error) progress.State {
	var e *migration.Error
	if errors.As(err, &e) {
		return e.State
	}
	return ""
}

// run drives until the moment.
func (m *migrationToCancel) run(t *testing.T, migrator *migration.Migrator, when moment) (migration.Result, error) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	stop := func() { cancel(errCancelled) }
	m.trip.arm(when, stop)
	defer m.trip.arm(moment{}, func() {})
	if when.request == 0 && when.state == "" {
		defer time.AfterFunc(when.after, stop).Stop()
	}
	begun := time.Now()
	context.AfterFunc(ctx, func() { begun = time.Now() })
	result, err := migrator.Run(ctx)
	synctest.Wait()
	if left := leftBehind(); left != "" {
		t.Errorf("cancelled %v, Run left behind\n%s", when, left)
	}
	if took := time.Since(begun); err != nil && took > time.Minute {
		t.Errorf("cancelled %v, Run took %v to return", when, took)
	}
	return result, err
}

// judge looks at what a run that was cancelled says and leaves.
func (m *migrationToCancel) judge(t *testing.T, when moment, result migration.Result, err error) {
	t.Helper()
	if !errors.Is(err, errCancelled) {
		t.Errorf("cancelled %v, Run = %v in %s, want the cause of the cancellation", when, err, result.State)
	}
	stays := errors.Is(err, migration.ErrOutcomeUnknown) || errors.Is(err, migration.ErrPastNoReturn)
	if m.paused(t) != stays {
		t.Errorf("cancelled %v in %s: writes paused %t, error: %v", when, result.State, !stays, err)
	}
}

// abort ends the migration if that is possible still.
func (m *migrationToCancel) abort(t *testing.T, migrator *migration.Migrator) bool {
	t.Helper()
	err := migrator.Abort(t.Context(), "a test")
	if err == nil && m.paused(t) {
		t.Error("writes are paused after an abort")
	}
	if err != nil && !errors.Is(err, migration.ErrPastNoReturn) {
		t.Errorf("Abort = %v, want nil, or ErrPastNoReturn", err)
	}
	return err == nil
}

// accepted counts the calls of an operation that took effect.
func (m *migrationToCancel) accepted(operation string) int {
	w := &world{sim: m.Sim()}
	return w.accepted(operation)
}

// leftBehind returns the stacks of goroutines that run the library's code: in the
// caller's bubble if it is in one, else anywhere.
func leftBehind() string {
	own := make([]byte, 200)
	own = own[:runtime.Stack(own, false)]
	bubble := ""
	if _, rest, ok := strings.Cut(string(own), "synctest bubble "); ok {
		bubble, _, _ = strings.Cut(rest, "]")
	}
	all := make([]byte, 8<<20)
	all = all[:runtime.Stack(all, true)]
	var left []string
	for _, stack := range strings.Split(string(all), "\n\n") {
		head, _, _ := strings.Cut(stack, "\n")
		mine := bubble == "" || strings.Contains(head, "synctest bubble "+bubble+"]")
		// Tests of the package itself wait for their turn.
		if mine && !strings.Contains(stack, "testing.tRunner(") && (strings.Contains(stack, "cachelift/migration.") || strings.Contains(stack, "cachelift/internal/")) {
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}
