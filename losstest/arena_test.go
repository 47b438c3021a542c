package losstest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// groupID is the replication group of every arena.
const groupID = "losstest"

// arena is where one cut-over takes place: a source, a simulated ElastiCache with one
// group, and what lies between the parties.
type arena struct {
	source *simulator.Redis
	sim    *simulator.Sim
	group  *simulator.Group
	wires  *wires
}

func newArena(ctx context.Context, timing simulator.Timing, roundTrip time.Duration, link linkOption) (*arena, error) {
	a := &arena{}
	err := a.build(ctx, timing, roundTrip, link)
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *arena) build(ctx context.Context, timing simulator.Timing, roundTrip time.Duration, link linkOption) (err error) {
	timing.Call += roundTrip
	timing.AttemptTimeout = 30 * time.Second // a machine that is busy is not a source that does not answer
	a.source, err = simulator.StartRedis(ctx, simulator.RedisOptions{Args: []string{"--repl-diskless-sync-delay", "0"}})
	if err != nil {
		return err
	}
	if a.sim, err = simulator.New(simulator.Options{Timing: timing}); err != nil {
		return err
	}
	a.group, err = a.sim.CreateReplicationGroup(ctx, simulator.ReplicationGroup{ID: groupID, MultiAZ: simulator.Disabled})
	if err != nil {
		return err
	}
	a.wires, err = newWires(a.source.Endpoint(), a.primary(), roundTrip, link)
	return err
}

func (a *arena) close() error {
	var errs []error
	if a.wires != nil {
		errs = append(errs, a.wires.close())
	}
	if a.sim != nil {
		errs = append(errs, a.sim.Close())
	}
	if a.source != nil {
		errs = append(errs, a.source.Close())
	}
	return errors.Join(errs...)
}

// primary is the address of the group's primary.
func (a *arena) primary() string { return a.group.PrimaryEndpoint().String() }

// plan replicates over the wire that is for that.
func (a *arena) plan() migration.Plan {
	return migration.NewPlan("losstest", a.wires.replicated, migration.ReplicationGroup(groupID))
}

// options are fast: what is waited for is the servers.
func (a *arena) options() *migration.Options {
	return &migration.Options{
		DialContext:       a.wires.dial,
		PollEvery:         10 * time.Millisecond,
		InSyncFor:         -1,
		SampleFor:         time.Millisecond,
		CutoverRetryAfter: 20 * time.Millisecond,
		Waive:             []string{"target.multi-az"},
		Retry:             migration.Retry{Initial: 5 * time.Millisecond, Max: 50 * time.Millisecond, MaxElapsed: 20 * time.Second},
		Assume:            migration.Assumptions{EventGrace: time.Second, PromotionWithin: 60 * time.Second},
		Workflow:          migration.DefaultWorkflow().Without(progress.StateTesting),
	}
}

func (a *arena) migrator(plan migration.Plan, opts *migration.Options) (*migration.Migrator, error) {
	return migration.New(plan, elasticache.NewFromConfig(a.sim.Config()), opts)
}

// direct is a client that nothing lies before.
func direct(addr string) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: addr, MaxRetries: -1, Protocol: 2, DisableIdentity: true, PoolSize: 2, ReadTimeout: 30 * time.Second,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// executed is how often the source has executed the writers' commands, which is what
// it counts: those that it refused are counted apart.
func executed(ctx context.Context, addr string) (map[string]int64, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second) // whatever becomes of a cut-over
	defer cancel()
	c := direct(addr)
	defer c.Close()
	text, err := c.Info(ctx, "commandstats").Result()
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for line := range strings.Lines(text) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name = strings.TrimPrefix(name, "cmdstat_"); name {
		case "set", "incr", "rpush", "lpop", "lmove":
			calls, _, _ := strings.Cut(strings.TrimPrefix(rest, "calls="), ",")
			if out[name], err = strconv.ParseInt(calls, 10, 64); err != nil {
				return nil, fmt.Errorf("INFO commandstats of %s: %q: %w", addr, line, err)
			}
		}
	}
	return out, nil
}
