package migration_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// targetConns are connections to the target that go wrong from some time on.
type targetConns struct {
	s      *migrationtest.Scenario
	silent bool         // what is sent is not answered, instead of an error
	from   atomic.Int64 // Unix time in nanoseconds; 0: never
}

type targetConn struct {
	net.Conn
	of *targetConns
}

func (c *targetConns) wrong() bool {
	from := c.from.Load()
	return from != 0 && time.Now().UnixNano() >= from
}

func (c *targetConns) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := c.s.DialContext(ctx, network, addr)
	if err != nil || addr == c.s.Plan().Source.String() {
		return conn, err
	}
	if c.wrong() && !c.silent {
		return nil, errors.Join(io.EOF, conn.Close())
	}
	return &targetConn{conn, c}, nil
}

func (c *targetConn) Write(p []byte) (int, error) {
	switch {
	case !c.of.wrong():
		return c.Conn.Write(p)
	case c.of.silent:
		return len(p), nil
	}
	return 0, io.EOF
}

// The budget of the pause is over, and the target does not answer: that is not waited for
// with writes paused.
func TestTargetThatHangsDoesNotProlongThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		conns := &targetConns{s: s, silent: true}
		var paused, resumed time.Time
		m := s.Migrator(&migration.Options{
			Cutover: migration.NewSourceFence(nil), CutoverAttempts: 1, MaxWritePause: 2 * time.Second, DialContext: conns.dial,
			Workflow: migration.DefaultWorkflow().Before(progress.StateDraining, migration.Step{
				Name: "hang", Run: func(context.Context, *migration.Session) error {
					paused = time.Now()
					conns.from.Store(paused.UnixNano())
					return nil
				},
			}),
			Observers: []progress.Observer{onAction(progress.ActionResumeWrites, func() { resumed = time.Now() })},
		})
		if _, err := m.Run(t.Context()); !errors.Is(err, migration.ErrPausedTooLong) {
			t.Errorf("got %v, want ErrPausedTooLong", err)
		}
		if took := resumed.Sub(paused); took < 0 || took > 5*time.Second {
			t.Errorf("writes were paused for %v, and 2s are allowed", took)
		}
		s.AssertWritesOpen()
	})
}

// Somebody else had the target promoted in the pause, and once that was seen the target
// does not answer: that makes it no replica again.
func TestPromotedTargetThatFallsSilentKeepsWritesPaused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		if _, err := s.Sim().Inject(simulator.Fault{Kind: simulator.FaultMissingEvent, Operation: "CompleteMigration"}); err != nil {
			t.Fatal(err)
		}
		conns := &targetConns{s: s}
		m := s.Migrator(&migration.Options{
			Cutover: migration.NewSourceFence(nil), CutoverAttempts: 1, MaxWritePause: 20 * time.Minute, DialContext: conns.dial,
			Workflow: migration.DefaultWorkflow().Before(progress.StateDraining, migration.Step{
				Name: "somebody", Run: func(ctx context.Context, _ *migration.Session) error {
					_, err := s.Client().CompleteMigration(ctx, &elasticache.CompleteMigrationInput{ReplicationGroupId: aws.String(s.Group().ID())})
					for err == nil && s.Group().Status() != "available" {
						select {
						case <-ctx.Done():
							err = ctx.Err()
						case <-time.After(time.Second):
						}
					}
					conns.from.Store(time.Now().Add(100 * time.Millisecond).UnixNano())
					return errors.Join(errors.New("not now"), err)
				},
			}),
		})
		if _, err := m.Run(t.Context()); !errors.Is(err, migration.ErrOutcomeUnknown) {
			t.Errorf("got %v, want ErrOutcomeUnknown", err)
		}
		s.AssertWritesPaused()
	})
}
