package target

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/internal/retry"
)

// silent never answers.
type silent struct{ API }

func (silent) CompleteMigration(ctx context.Context, _ *elasticache.CompleteMigrationInput, _ ...func(*elasticache.Options)) (*elasticache.CompleteMigrationOutput, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (silent) DescribeReplicationGroups(ctx context.Context, _ *elasticache.DescribeReplicationGroupsInput, _ ...func(*elasticache.Options)) (*elasticache.DescribeReplicationGroupsOutput, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// A reply that never comes must not hold up a migration for ever, and is a lost
// one: the call may have been accepted.
func TestCallsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(silent{}, "prod")
		calls := map[string]func(context.Context) error{
			"Complete": g.Complete,
			"Describe": func(ctx context.Context) error { _, err := g.Describe(ctx); return err },
		}
		for name, call := range calls {
			begun := time.Now()
			err := call(t.Context())
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != callWithin {
				t.Errorf("%s = %v after %v, want the deadline after %v", name, err, time.Since(begun), callWithin)
			}
			if !Ambiguous(err) || Classify(err) != retry.Transport {
				t.Errorf("%s: ambiguous %v, class %s; want true, transport", name, Ambiguous(err), Classify(err))
			}
		}
	})
}
