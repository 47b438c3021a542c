package migration_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/migrationtest"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// lateRefusal is a client that refuses the first completion in so many words, and shows
// the event of that only when the second one has been requested. For some looks the
// status is still the one from before the second request.
type lateRefusal struct {
	*elasticache.Client
	message string
	dated   func(first time.Time) time.Time
	looks   int // that show a status of before the request

	mu    sync.Mutex
	sent  []time.Time // the requests
	event *types.Event
}

func (c *lateRefusal) CompleteMigration(ctx context.Context, in *elasticache.CompleteMigrationInput, o ...func(*elasticache.Options)) (*elasticache.CompleteMigrationOutput, error) {
	c.mu.Lock()
	c.sent = append(c.sent, time.Now())
	n := len(c.sent)
	c.mu.Unlock()
	if n == 1 {
		return nil, &types.InvalidReplicationGroupStateFault{Message: aws.String("data is not in sync with the source")}
	}
	return c.Client.CompleteMigration(ctx, in, o...)
}

func (c *lateRefusal) DescribeReplicationGroups(ctx context.Context, in *elasticache.DescribeReplicationGroupsInput, o ...func(*elasticache.Options)) (*elasticache.DescribeReplicationGroupsOutput, error) {
	out, err := c.Client.DescribeReplicationGroups(ctx, in, o...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && len(c.sent) > 1 && c.looks > 0 {
		c.looks--
		out.ReplicationGroups[0].Status = aws.String("migrating")
	}
	return out, err
}

func (c *lateRefusal) DescribeEvents(ctx context.Context, in *elasticache.DescribeEventsInput, o ...func(*elasticache.Options)) (*elasticache.DescribeEventsOutput, error) {
	out, err := c.Client.DescribeEvents(ctx, in, o...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || len(c.sent) < 2 {
		return out, err
	}
	if c.event == nil {
		c.event = &types.Event{
			Date: aws.Time(c.dated(c.sent[0])), Message: aws.String(c.message),
			SourceIdentifier: in.SourceIdentifier, SourceType: types.SourceTypeReplicationGroup,
		}
	}
	out.Events = append(out.Events, *c.event)
	return out, err
}

// The event of a completion that was refused before is seen when the next one has been
// accepted: it is not the answer to that, and the source stays closed.
func TestRefusalOfAnEarlierRequestIsNoAnswer(t *testing.T) {
	t.Parallel()
	const notInSync = "Complete Migration failed for test-cluster: data is not in sync with the source"
	then := func(first time.Time) time.Time { return first }
	tests := []struct {
		why, message string
		dated        func(time.Time) time.Time
		looks        int
	}{
		{"it is dated before the request, and the status is late for long", notInSync, then, 100},
		{"it is dated before the request, and reads as a failed migration", "Migration operation failed for replication group test-cluster.", then, 100},
		{"it is dated when it was published, and the status is late for one look", notInSync, func(time.Time) time.Time { return time.Now() }, 1},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, rec := migrationtest.NewScenario(t), &recorder{}
				s.Faults(migrationtest.InService(simulator.Fault{Kind: simulator.FaultPromotionSlow, Delay: 20 * time.Second}))
				c := &lateRefusal{Client: s.Client(), message: test.message, dated: test.dated, looks: test.looks}
				m, err := migration.New(s.Plan(), c, &migration.Options{
					Cutover: migration.NewSourceFence(nil), Observers: []progress.Observer{rec}, DialContext: s.DialContext,
					LookupHost: func(_ context.Context, host string) ([]string, error) { return []string{host}, nil },
				})
				if err != nil {
					t.Fatal(err)
				}
				result, err := m.Run(t.Context())
				if err != nil || result.Cutover.Attempts != 2 {
					t.Errorf("Run = %v in %d attempts, want success in 2", err, result.Cutover.Attempts)
				}
				want := []string{"test_migration", "start_migration", "pause_writes", "complete_migration!", "resume_writes", "pause_writes", "complete_migration", "switch"}
				if got := rec.actions(); !slices.Equal(got, want) {
					t.Errorf("actions are %v, want %v", got, want)
				}
				if c.event == nil {
					t.Error("nobody saw the event: the test proves nothing")
				}
			})
		})
	}
}
