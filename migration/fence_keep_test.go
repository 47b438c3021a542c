package migration_test

import (
	"context"
	"errors"
	"net"
	"strings"
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

// openConns counts the connections of a run that are open.
type openConns struct{ open, made atomic.Int64 }

type countedConn struct {
	net.Conn
	of     *openConns
	closed atomic.Bool
}

func (o *openConns) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	o.open.Add(1)
	o.made.Add(1)
	return &countedConn{Conn: conn, of: o}, nil
}

func (c *countedConn) Close() error {
	if !c.closed.Swap(true) {
		c.of.open.Add(-1)
	}
	return c.Conn.Close()
}

// What a fence keeps for the pause ends with the run, however that ends: switched, backed
// out, rehearsed, or cancelled in the pause.
func TestNoConnectionIsLeft(t *testing.T) {
	t.Parallel()
	refused := errors.New("not today")
	for why, end := range map[string]func(ctx context.Context, cancel func(), w *world, opts *migration.Options) error{
		"switched": func(ctx context.Context, _ func(), w *world, opts *migration.Options) error {
			_, err := w.migrator(t, w.plan(), opts).Run(ctx)
			return err
		},
		"backed out": func(ctx context.Context, _ func(), w *world, opts *migration.Options) error {
			opts.CutoverAttempts = 2
			opts.Workflow = migration.DefaultWorkflow().Before(progress.StateDraining, migration.Step{
				Name: "check", NeedsPause: true, Run: func(context.Context, *migration.Session) error { return refused },
			})
			if _, err := w.migrator(t, w.plan(), opts).Run(ctx); !errors.Is(err, refused) {
				return errors.Join(errors.New("it did not back out"), err)
			}
			return nil
		},
		"rehearsed": func(ctx context.Context, _ func(), w *world, opts *migration.Options) error {
			_, err := w.migrator(t, w.plan(), opts).Rehearse(ctx)
			return err
		},
		"cancelled": func(ctx context.Context, cancel func(), w *world, opts *migration.Options) error {
			opts.Observers = []progress.Observer{onAction(progress.ActionPauseWrites, cancel)}
			opts.Workflow = migration.DefaultWorkflow().Before(progress.StateDraining, migration.Step{
				Name: "wait", NeedsPause: true, Run: func(ctx context.Context, _ *migration.Session) error { <-ctx.Done(); return ctx.Err() },
			})
			if _, err := w.migrator(t, w.plan(), opts).Run(ctx); !errors.Is(err, context.Canceled) {
				return errors.Join(errors.New("it was not cancelled"), err)
			}
			return nil
		},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			w, conns := newWorld(t), &openConns{}
			opts := w.options()
			opts.Cutover, opts.DialContext = migration.NewSourceFence(nil), conns.dial
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if err := end(ctx, cancel, w, opts); err != nil {
				t.Fatal(err)
			}
			if n := conns.open.Load(); n != 0 || conns.made.Load() == 0 {
				t.Errorf("%d of %d connections are open after the run", n, conns.made.Load())
			}
		})
	}
}

// The fence is tried once more as a new client when the promotion is known. The
// application does not wait for that; but if a write comes through, the run says so
// although the application is on the target.
func TestFenceThatOpensWithThePromotion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inject(t, simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: 500 * time.Millisecond})
	var switched, ended atomic.Bool
	var last atomic.Value
	opts := w.options()
	opts.Cutover = migration.NewSourceFence(func(context.Context, migration.Endpoint) error { switched.Store(true); return nil })
	opts.Observers = []progress.Observer{progress.ObserverFunc(func(_ context.Context, e progress.Event) {
		if e, is := e.(progress.RunEnded); is {
			last.Store(e.Err)
			ended.Store(true)
		}
	})}
	var paused atomic.Bool
	opts.Observers = append(opts.Observers, onAction(progress.ActionComplete, func() { paused.Store(true) }))
	opts.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == w.source.Addr() && paused.Load() && promotedNow(w) { // nobody but that proof connects now
			c := plainClient(w.source.Addr())
			defer c.Close()
			if err := c.ConfigSet(ctx, "min-replicas-to-write", "0").Err(); err != nil {
				t.Error(err)
			}
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	_, err := w.migrator(t, w.plan(), opts).Run(t.Context())
	if !errors.Is(err, migration.ErrSourceOpen) || !errors.Is(err, migration.ErrPastNoReturn) || errors.Is(err, migration.ErrOutcomeUnknown) {
		t.Errorf("got %v, want ErrSourceOpen and ErrPastNoReturn", err)
	}
	var e *migration.Error
	if !errors.As(err, &e) || !e.NeedsOperator() || !e.PastNoReturn() || e.Retryable() {
		t.Errorf("%+v: want one for an operator, past the point of no return", e)
	}
	if text, _ := last.Load().(string); !switched.Load() || !ended.Load() || !strings.Contains(text, "THE SOURCE TOOK WRITES") {
		t.Errorf("switched %t; observers were told %q", switched.Load(), last.Load())
	}
}

// promotedNow asks the group's node itself.
func promotedNow(w *world) bool {
	c := plainClient(w.group.PrimaryEndpoint().String())
	defer c.Close()
	role, err := c.Do(context.Background(), "ROLE").Slice()
	return err == nil && len(role) > 0 && role[0] == "master"
}

// The application is switched to where the promoted node was seen, without waiting for the
// service's word. If that is another endpoint by then, it is switched once more.
func TestEndpointThatChangesWithThePromotion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := migrationtest.NewScenario(t)
		c := &tamper{Client: s.Client(), change: func(out *elasticache.DescribeReplicationGroupsOutput, _ int64) error {
			e := out.ReplicationGroups[0].NodeGroups[0].PrimaryEndpoint
			e.Address = aws.String("alias." + aws.ToString(e.Address))
			return nil
		}}
		var told []string
		m, err := migration.New(s.Plan(), c, &migration.Options{
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				return s.DialContext(ctx, network, strings.TrimPrefix(addr, "alias."))
			},
			LookupHost: func(_ context.Context, host string) ([]string, error) { return []string{host}, nil },
			Cutover: migration.NewSourceFence(func(_ context.Context, to migration.Endpoint) error {
				c.on.Store(true)
				told = append(told, to.String())
				return nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		result, err := m.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(told) != 2 || told[1] != "alias."+told[0] || result.Cutover.Endpoint.String() != told[1] {
			t.Errorf("switched to %q, and the result says %s", told, result.Cutover.Endpoint)
		}
	})
}
