package migration_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/smithy-go"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
)

// tamper is a client whose answers about the group are changed while it is on.
type tamper struct {
	*elasticache.Client
	on     atomic.Bool
	calls  atomic.Int64
	change func(*elasticache.DescribeReplicationGroupsOutput, int64) error
}

func (c *tamper) DescribeReplicationGroups(ctx context.Context, in *elasticache.DescribeReplicationGroupsInput, o ...func(*elasticache.Options)) (*elasticache.DescribeReplicationGroupsOutput, error) {
	out, err := c.Client.DescribeReplicationGroups(ctx, in, o...)
	if err == nil && c.on.Load() {
		if err := c.change(out, c.calls.Add(1)); err != nil {
			return nil, err
		}
	}
	return out, err
}

// approval is a workflow with one step before the pause.
func approval(s migration.Step) migration.Workflow {
	s.Name = "approval"
	return migration.DefaultWorkflow().Before(progress.StatePausing, s)
}

// with runs a migration whose client is tampered with.
func with(t *testing.T, s *migrationtest.Scenario, c *tamper, o migration.Options) (migration.Result, error) {
	t.Helper()
	c.Client = s.Client()
	if o.DialContext == nil {
		o.DialContext = s.DialContext
	}
	o.Cutover = migration.NewSourceFence(nil)
	o.Observers = append(o.Observers, s.Recorder())
	o.LookupHost = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	m, err := migration.New(s.Plan(), c, &o)
	if err != nil {
		t.Fatal(err)
	}
	return m.Run(t.Context())
}

// The endpoint changes while a step is tried again: what the step is given and the
// looks beside it must not get in each other's way. The race detector judges.
func TestEndpointMovesDuringAStep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &tamper{change: func(out *elasticache.DescribeReplicationGroupsOutput, n int64) error {
			if n%2 == 0 {
				e := out.ReplicationGroups[0].NodeGroups[0].PrimaryEndpoint
				e.Address = aws.String("alias." + aws.ToString(e.Address))
			}
			return nil
		}}
		s, begun := migrationtest.NewScenario(t), time.Time{}
		step := migration.Step{
			Retry: migration.Retry{Tries: 1 << 20, Initial: time.Second, Max: time.Second},
			Run: func(ctx context.Context, session *migration.Session) error {
				c.on.Store(true)
				if begun.IsZero() {
					begun = time.Now()
				}
				if time.Since(begun) > 5*time.Minute {
					return session.Target().Ping(ctx).Err()
				}
				return errors.New("not yet")
			},
		}
		dial := func(ctx context.Context, network, address string) (net.Conn, error) {
			return s.DialContext(ctx, network, strings.TrimPrefix(address, "alias."))
		}
		if _, err := with(t, s, c, migration.Options{Workflow: approval(step), DialContext: dial, PollEvery: time.Second}); err != nil {
			t.Error(err)
		}
		if c.calls.Load() < 20 {
			t.Errorf("the endpoint moved %d times: the test proves little", c.calls.Load())
		}
	})
}

// A step talks to the source as the application does.
func TestStepTalksToTheSource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		step := migration.Step{Run: func(ctx context.Context, session *migration.Session) error {
			return session.Source().Set(ctx, "warm", "1", 0).Err()
		}}
		result, err := s.Migrator(&migration.Options{Workflow: approval(step)}).Run(t.Context())
		s.AssertDone(result, err)
		if got := s.TargetClient().Get(t.Context(), "warm").Val(); got != "1" {
			t.Errorf("the target has %q, want what the step wrote to the source", got)
		}
	})
}

// While a step takes its time inside the pause nobody waits for an answer of the target.
func TestTargetIsLeftAloneDuringAStepInsideThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const takes = 10 * time.Second
		looks := 0
		asked := func(ctx context.Context, s *migration.Session) int {
			stats := s.Target().Info(ctx, "commandstats").Val()
			_, n, _ := strings.Cut(stats, "cmdstat_role:calls=")
			n, _, _ = strings.Cut(n, ",")
			calls, err := strconv.Atoi(n)
			if err != nil {
				t.Errorf("%v in %q", err, stats)
			}
			return calls
		}
		s := migrationtest.NewScenario(t)
		m := s.Migrator(&migration.Options{
			Cutover: migration.NewSourceFence(nil),
			Workflow: migration.DefaultWorkflow().After(progress.StateDraining, migration.Step{
				Name: "check", NeedsPause: true,
				Run: func(ctx context.Context, s *migration.Session) error {
					before := asked(ctx, s)
					<-time.After(takes)
					looks = asked(ctx, s) - before
					return nil
				},
			}),
		})
		result, err := m.Run(t.Context())
		s.AssertDone(result, err)
		if looks == 0 || looks > 10*int(takes/time.Second) {
			t.Errorf("%d looks at the target in a step of %v, want some and at most ten a second", looks, takes)
		}
	})
}

// The API is out of sight during an approval, and at last says that the group is
// being modified. Writes are not paused on the word of an old status, and a status
// that was late once before does not make the wait shorter.
func TestApprovalWaitsForAFreshStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const modifying = 10 * time.Minute
		var approved atomic.Pointer[time.Time]
		var paused time.Time
		c := &tamper{change: func(out *elasticache.DescribeReplicationGroupsOutput, _ int64) error {
			switch at := approved.Load(); {
			case at == nil:
				return &smithy.GenericAPIError{Code: "Throttling", Message: "not now"}
			case time.Since(*at) < modifying:
				out.ReplicationGroups[0].Status = aws.String("modifying")
			}
			return nil
		}}
		step := migration.Step{Run: func(context.Context, *migration.Session) error {
			c.on.Store(true)
			<-time.After(3 * time.Hour)
			now := time.Now()
			approved.Store(&now)
			return nil
		}}
		watch := progress.ObserverFunc(func(_ context.Context, e progress.Event) {
			if a, ok := e.(progress.ActionDone); ok && a.Action == progress.ActionPauseWrites {
				paused = e.Meta().At
			}
		})
		_, err := with(t, migrationtest.NewScenario(t), c, migration.Options{Workflow: approval(step), Observers: []progress.Observer{watch}})
		if err != nil {
			t.Fatal(err)
		}
		if after := paused.Sub(*approved.Load()); after < modifying {
			t.Errorf("writes were paused %v after the approval, want at least %v: the status was modifying", after, modifying)
		}
	})
}

// Credentials expire during an approval, and then the target does not answer for a
// moment. That ends nothing: the link is fine again before anybody gives up.
func TestApprovalOutlivesABlip(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Bool
		c := &tamper{change: func(*elasticache.DescribeReplicationGroupsOutput, int64) error {
			if back.Load() {
				return nil
			}
			return &smithy.GenericAPIError{Code: "ExpiredToken", Message: "the security token is expired"}
		}}
		s := migrationtest.NewScenario(t)
		step := migration.Step{Run: func(ctx context.Context, _ *migration.Session) error {
			c.on.Store(true)
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(time.Hour):
			}
			back.Store(true)
			return nil
		}}
		var blind atomic.Int64
		dial := func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := s.DialContext(ctx, network, address)
			return &blinking{Conn: conn, on: &c.on, left: &blind}, err
		}
		if _, err := with(t, s, c, migration.Options{Workflow: approval(step), DialContext: dial}); err != nil {
			t.Error(err)
		}
		if blind.Load() == 0 {
			t.Error("no answer was lost: the test proves nothing")
		}
	})
}

// blinking is a connection that loses one answer once it is on.
type blinking struct {
	net.Conn
	on   *atomic.Bool
	left *atomic.Int64
}

func (b *blinking) Read(p []byte) (int, error) {
	if b.on.Load() && b.left.Add(1) <= 3 {
		return 0, errors.Join(net.ErrClosed, b.Close())
	}
	return b.Conn.Read(p)
}

// An abandoned step has no use of its session any more.
func TestSessionEndsWithItsStep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, late := migrationtest.NewScenario(t), make(chan error, 1)
		step := migration.Step{Timeout: time.Second, Run: func(_ context.Context, session *migration.Session) error {
			<-time.After(time.Minute)
			session.Note("after the end")
			late <- session.Target().Ping(context.Background()).Err()
			return nil
		}}
		_, err := s.Migrator(&migration.Options{Workflow: approval(step)}).Run(t.Context())
		var failed *migration.Error
		if !errors.As(err, &failed) || failed.State != "approval" || !strings.Contains(err.Error(), "abandoned") {
			t.Errorf("got %v, want an abandoned step", err)
		}
		if err := <-late; err == nil {
			t.Error("the client answers after the step was abandoned")
		}
		if strings.Contains(s.Recorder().Transcript(), "after the end") {
			t.Error("a step that was abandoned is heard")
		}
	})
}

// Two operators abort at once: both learn that it is done.
func TestTwoAborts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		if _, err := s.Migrator(nil).RunUntil(t.Context(), progress.StateInSync); err != nil {
			t.Fatal(err)
		}
		m, ended := s.Migrator(nil), make(chan error, 2)
		for range 2 {
			go func() { ended <- m.Abort(t.Context(), "enough") }()
		}
		begun := time.Now()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(begun); took > 10*time.Minute {
			t.Errorf("it took %v", took)
		}
		s.AssertWritesOpen()
	})
}

// Errors of a step that look like those of AWS or Redis are still the host's: the
// cut-over is tried again.
func TestAStepsErrorIsTheHosts(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		errors.New("plain"),
		&smithy.GenericAPIError{Code: "AccessDenied", Message: "of another service"},
	} {
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			wf := migration.DefaultWorkflow().After(progress.StatePausing, migration.Step{
				Name: "dns", Retry: migration.Retry{Tries: 1},
				Run: func(context.Context, *migration.Session) error { calls++; return err },
			})
			_, got := migrationtest.NewScenario(t).Migrator(&migration.Options{Workflow: wf, CutoverAttempts: 2}).Run(t.Context())
			if !errors.Is(got, err) || calls != 2 {
				t.Errorf("%v: %d calls, want 2; the run ended with %v", err, calls, got)
			}
		})
	}
}

// During a step the looks are far apart. What happened in between nobody saw, so
// that the target has to be steady for as long as asked once more.
func TestPauseWaitsForSteadinessThatWasSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const steady = 30 * time.Second
		var approved, paused time.Time
		s := migrationtest.NewScenario(t)
		watch := progress.ObserverFunc(func(_ context.Context, e progress.Event) {
			switch e := e.(type) {
			case progress.StepCalled:
				approved = e.At
			case progress.StateChanged:
				if e.To == progress.StatePausing {
					paused = e.At
				}
			}
		})
		step := migration.Step{Run: func(context.Context, *migration.Session) error {
			<-time.After(20 * time.Minute)
			s.SourceServer().CutLinks(10 * time.Second) // over before anybody looks
			<-time.After(15 * time.Second)
			return nil
		}}
		result, err := s.Migrator(&migration.Options{Workflow: approval(step), InSyncFor: steady, Observers: []progress.Observer{watch}}).Run(t.Context())
		s.AssertDone(result, err)
		if after := paused.Sub(approved); after < steady {
			t.Errorf("writes were paused %v after the approval, want at least %v", after, steady)
		}
	})
}

// slow is a connection whose answers take a while.
type slow struct {
	net.Conn
	answer time.Duration
}

func (c slow) Read(p []byte) (int, error) {
	<-time.After(c.answer)
	return c.Conn.Read(p)
}

// Both ends are slow to answer. The target is in sync all the same, and that is
// seen.
func TestSlowAnswersDoNotKeepFromTheCutover(t *testing.T) {
	t.Parallel()
	for _, answer := range []time.Duration{200 * time.Millisecond, 600 * time.Millisecond, 900 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			s := migrationtest.NewScenario(t)
			dial := func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := s.DialContext(ctx, network, address)
				if err != nil {
					return nil, err
				}
				return slow{conn, answer}, nil
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			if _, err := s.Migrator(&migration.Options{DialContext: dial}).Run(ctx); err != nil {
				t.Errorf("answers that take %v: %v", answer, err)
			}
		})
	}
}
