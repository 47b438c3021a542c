package losstest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/redis/go-redis/v9"

	"github.com/cachelift/cachelift/simulator"
)

// The loss test has to be able to fail: these strategies lose writes under it.

func TestNaiveProtocolLosesWrites(t *testing.T) {
	loses(t, setting{load: load{rate: 10_000}, by: naive}, 5)
}

func TestPauseThatRunsOutLosesWrites(t *testing.T) {
	slow := injected("slow promotion", simulator.Fault{Kind: simulator.FaultPromotionSlow, Operation: opComplete, Delay: 400 * time.Millisecond})
	loses(t, setting{load: load{rate: 10_000}, fault: slow, by: shortPause}, 5)
}

// loses makes cut-overs that way and wants lost writes. One cut-over may be lucky on a
// machine that is busy, several are not: the promotion takes 20 ms and more, in which
// the source acknowledges hundreds of writes.
func loses(t *testing.T, s setting, rounds int) {
	t.Helper()
	lost, acked := 0, 0
	for i := range rounds {
		r, err := cutOver(t.Context(), s)
		if err != nil {
			t.Fatalf("cut-over %d: %v", i, err)
		}
		lost, acked = lost+r.lost, acked+r.acked
	}
	t.Logf("%d of %d acknowledged writes were lost in %d cut-overs", lost, acked, rounds)
	if lost == 0 {
		t.Error("nothing is lost, so the test that finds nothing lost proves nothing")
	}
}

// naive is what is done by hand: wait until the offsets look equal, complete, and
// redirect the application.
func naive(ctx context.Context, a *arena, where *router) error {
	if err := a.followByHand(ctx); err != nil {
		return err
	}
	return a.completeByHand(ctx, where)
}

// shortPause pauses writes, but for less time than the promotion takes.
func shortPause(ctx context.Context, a *arena, where *router) error {
	if err := a.followByHand(ctx); err != nil {
		return err
	}
	c := direct(a.source.Addr())
	defer c.Close()
	if err := c.Do(ctx, "CLIENT", "PAUSE", "100", "WRITE").Err(); err != nil {
		return err
	}
	return a.completeByHand(ctx, where)
}

// followByHand starts the migration and waits until the service says "migrating".
func (a *arena) followByHand(ctx context.Context) error {
	_, err := elasticache.NewFromConfig(a.sim.Config()).StartMigration(ctx, &elasticache.StartMigrationInput{
		ReplicationGroupId: aws.String(groupID),
		CustomerNodeEndpointList: []types.CustomerNodeEndpoint{{
			Address: aws.String(a.wires.replicated.Address), Port: aws.Int32(int32(a.wires.replicated.Port)),
		}},
	})
	if err != nil {
		return err
	}
	return poll(ctx, "the group is migrating", func() (bool, error) { return a.group.Status() == "migrating", nil })
}

// completeByHand waits until the offsets look equal, completes, and redirects when the
// node is a primary.
func (a *arena) completeByHand(ctx context.Context, where *router) error {
	source, target := direct(a.source.Addr()), direct(a.primary())
	defer source.Close()
	defer target.Close()
	err := poll(ctx, "the offsets look equal", func() (bool, error) {
		from, err := offset(ctx, source, "master_repl_offset")
		if err != nil {
			return false, err
		}
		to, err := offset(ctx, target, "slave_repl_offset")
		return to >= from, err
	})
	if err != nil {
		return err
	}
	_, err = elasticache.NewFromConfig(a.sim.Config()).CompleteMigration(ctx, &elasticache.CompleteMigrationInput{ReplicationGroupId: aws.String(groupID)})
	if err != nil {
		return err
	}
	err = poll(ctx, "the target is a primary", func() (bool, error) {
		role, err := target.Do(ctx, "ROLE").Slice()
		return err == nil && role[0] == "master", err
	})
	if err == nil {
		where.turn(a.primary())
	}
	return err
}

// offset is a field of INFO replication.
func offset(ctx context.Context, c *redis.Client, field string) (int64, error) {
	text, err := c.Info(ctx, "replication").Result()
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), field+":"); ok {
			return strconv.ParseInt(value, 10, 64)
		}
	}
	return 0, fmt.Errorf("INFO replication has no %s", field)
}

// poll asks every millisecond until the answer is yes.
func poll(ctx context.Context, what string, ok func() (bool, error)) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		yes, err := ok()
		if err != nil {
			return fmt.Errorf("waiting until %s: %w", what, err)
		}
		if yes {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w", what, context.Cause(ctx))
		case <-tick.C:
		}
	}
}
