package simulator_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/cachelift/cachelift/simulator"
)

// TestHangs: a call that hangs ends with its own context, and with the
// simulator; before the acceptance nothing has happened, after it all has.
func TestHangs(t *testing.T) {
	t.Parallel()
	sim := newSim(t, fast())
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg", MultiAZ: simulator.Disabled})
	source := newSource(t)
	eachWay(t, sim, func(t *testing.T, api *elasticache.Client) {
		for _, row := range []struct {
			kind     simulator.FaultKind
			accepted bool
		}{{simulator.FaultHang, false}, {simulator.FaultHangAccepted, true}} {
			in := inject(t, sim, simulator.Fault{Kind: row.kind, Operation: "StartMigration", Count: 1})
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			err := start(ctx, api, "rg", source.Endpoint())
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) || in.Hits() != 1 {
				t.Errorf("%s: %v after %d hits, want the end of the context", row.kind, err, in.Hits())
			}
			last := sim.Calls()[len(sim.Calls())-1]
			if last.Fault != row.kind || last.Status != 0 || last.Accepted != row.accepted {
				t.Errorf("%s: recorded as %+v", row.kind, last)
			}
			if begun := g.Status() != "available"; begun != row.accepted {
				t.Errorf("%s: the group is %s", row.kind, g.Status())
			}
		}
		// A call that is refused does not use up a fault that needs an acceptance.
		in := inject(t, sim, simulator.Fault{Kind: simulator.FaultHangAccepted, Operation: "StartMigration", Count: 1})
		wantCode(t, start(t.Context(), api, "rg", source.Endpoint()), "ReplicationGroupAlreadyUnderMigrationFault")
		if in.Hits() != 0 {
			t.Errorf("%d hits of a call that was refused", in.Hits())
		}
		in.Remove()
		if err := complete(t.Context(), api, "rg", aws.Bool(true)); err != nil {
			t.Fatal(err)
		}
		awaitStatus(t, g, "available")
	})
}

// TestCloseEndsHangs: nobody waits for a simulator that is gone.
func TestCloseEndsHangs(t *testing.T) {
	t.Parallel()
	sim := newSim(t, fast())
	in := inject(t, sim, simulator.Fault{Kind: simulator.FaultHang})
	ended := make(chan error, 1)
	go func() { ended <- describe(context.Background(), newAPI(sim)) }()
	eventually(t, "the call hangs", func() bool { return in.Hits() == 1 })
	if err := sim.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("the call succeeded")
	}
}
