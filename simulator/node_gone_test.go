package simulator_test

import (
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cachelift/cachelift/simulator"
)

// A primary that ends while the promotion is on its way would come back empty:
// that must not be called a success.
func TestCompletionOfAPrimaryThatIsGone(t *testing.T) {
	t.Parallel()
	ctx, opts := t.Context(), fast()
	opts.Timing.Promotion = 300 * time.Millisecond
	sim := newSim(t, opts)
	g := newGroup(t, sim, simulator.ReplicationGroup{ID: "rg", MultiAZ: simulator.Disabled})
	api, source := newAPI(sim), newSource(t)
	if err := connect(t, source.Addr()).Set(ctx, "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := start(ctx, api, "rg", source.Endpoint()); err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, g, "migrating")
	if err := complete(ctx, api, "rg", nil); err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, g, "modifying")
	p, err := os.FindProcess(g.Nodes()[0].PID)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, g, "migrating")
	if got := groupEvents(t, api, "rg"); hasEvent(got, "Complete Migration successful") {
		t.Errorf("events %q report a success", got)
	}
	// Force ends it, with what there is.
	if err := complete(ctx, api, "rg", aws.Bool(true)); err != nil {
		t.Fatal(err)
	}
	awaitStatus(t, g, "available")
	if n := connect(t, g.PrimaryEndpoint().String()).DBSize(ctx).Val(); n != 0 {
		t.Errorf("%d keys on a node that was started again", n)
	}
}
