package migration_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/migration"
	"github.com/cachelift/cachelift/progress"
	"github.com/cachelift/cachelift/simulator"
)

// A process died with writes paused, and the group's primary does not replicate any more,
// which no event explains. An abort opens the source if the servers show that the target
// was not promoted from it.
func TestAbortOfAPauseWhoseTargetIsAPrimary(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why  string
		kind simulator.FaultKind
		want error
	}{
		{"an empty node is in its place", simulator.FaultReplacement, nil},
		{"a replica has taken over, with all that the source holds", simulator.FaultFailover, migration.ErrPastNoReturn},
	}
	for _, test := range tests {
		t.Run(string(test.kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			plan, fence, opts := w.plan(), migration.NewSourceFence(nil), w.options()
			opts.Cutover = fence
			m := w.migrator(t, plan, opts)
			if _, err := m.RunUntil(t.Context(), progress.StateInSync); err != nil {
				t.Fatal(err)
			}
			if err := fence.PauseWrites(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.inject(t, simulator.Fault{Kind: simulator.FaultMissingEvent, Operation: "StartMigration"})
			w.inject(t, simulator.Fault{Kind: test.kind, Count: 1, Lasts: 50 * time.Millisecond, Then: simulator.AftermathEnds})
			if _, err := w.api.DescribeReplicationGroups(t.Context(), &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String(w.group.ID())}); err != nil {
				t.Fatal(err)
			}
			until(t, "the primary is one", func() bool { return w.group.Status() == "available" && promotedNow(w) })
			if err := m.Abort(t.Context(), "the node was replaced"); !errors.Is(err, test.want) {
				t.Errorf("%s: Abort = %v, want %v", test.why, err, test.want)
			}
			if got := open(t, w.source.Addr()); got != (test.want == nil) {
				t.Errorf("%s: the source takes writes: %t", test.why, got)
			}
		})
	}
}
